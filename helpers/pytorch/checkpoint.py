"""Checkpoints that survive a kill at any moment, and tell whose they are."""

import os
from dataclasses import asdict, fields
from json import dumps, loads
from pathlib import Path

import torch

from helpers.files import replacing
from helpers.history import History
from helpers.pytorch import weights
from helpers.pytorch.build import UNet
from helpers.pytorch.weights import differences
from helpers.recipe import Recipe
from helpers.spec import UNetSpec

NAME = "checkpoint.pt"


class Folder:
    """Where one run of training writes: checkpoint.pt, model.safetensors, history.json.

    out: the folder, made where it is missing, or None to write nothing; nothing is
    written either where this is not the `main` process. Raises OSError where the
    folder cannot be made.
    """

    def __init__(self, out: str | os.PathLike | None, main: bool) -> None:
        self.path = None if out is None else Path(out)
        self.writes = main and out is not None
        if self.writes:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OSError(
                    error.errno,
                    f"cannot make the folder {out} ({error.strerror}); choose another",
                ) from error

    @property
    def checkpoint(self) -> Path:
        """The file to go on from."""
        return self.path / NAME

    @property
    def model(self) -> Path:
        """The file of the weights that count."""
        return self.path / "model.safetensors"

    def save(self, state: dict, net: UNet, kept: dict, history: History) -> None:
        """Write all three; the checkpoint first, as the others follow from it."""
        if self.writes:
            write(self.checkpoint, state)
            weights.save(net, self.model, kept)
            history.save(self.path / "history.json")

    def rescue(self, net: UNet, kept: dict) -> None:
        """Write the weights of a run that broke off before it had a checkpoint."""
        if self.writes and not self.checkpoint.exists():
            weights.save(net, self.model, kept)

    def after_interrupt(self, epochs: int) -> str:
        """How to go on after Ctrl-C, when so many epochs were complete."""
        if self.path is None:
            return "the network holds the weights so far; out=... would keep them"
        if epochs:
            return (
                f"{self.checkpoint} holds epoch {epochs}; go on with the same folder "
                "and resume=True, or --resume"
            )
        if self.checkpoint.exists():
            return f"{self.checkpoint}, of an earlier run, was left as it was"
        return f"no checkpoint yet; the weights so far are in {self.model}"


def write(path: Path, state: dict) -> None:
    """Write a checkpoint whole or not at all; the one before stays until then.

    Raises OSError that names the file where it cannot be written.
    """
    with replacing(path) as temporary:
        try:
            with open(temporary, "wb") as file:
                torch.save(state, file)
        except RuntimeError as error:  # torch tells of a full disk with it
            raise OSError(None, str(error)) from error


def read(path: Path, spec: UNetSpec, recipe: Recipe) -> dict:
    """The state that `write` wrote, on the CPU.

    Raises ValueError where it is no checkpoint or is damaged, or belongs to another
    spec or recipe; the message names the fields that differ.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        theirs = state["described"]
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(
            f"{path} is no checkpoint of helpers, or is damaged ({error}); remove it "
            "to start afresh"
        ) from error
    ours = described(spec, recipe)
    # One of an earlier version lacks fields, which then were as they are by default.
    defaults = {"spec": {field.name: field.default for field in fields(spec)}}
    for what in ours:
        there = defaults.get(what, {}) | loads(theirs[what])
        apart = differences(there, loads(ours[what]))
        if apart:
            raise ValueError(
                f"{path} is of a run with another {what}: {apart}; resume with the "
                f"same {what}, or choose another folder to start afresh"
            )
    return state


def described(spec: UNetSpec, recipe: Recipe) -> dict[str, str]:
    """Spec and recipe as JSON, for a checkpoint to carry."""
    return {"spec": spec.to_json(), "recipe": dumps(asdict(recipe))}
