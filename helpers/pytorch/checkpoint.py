"""Checkpoints that survive a kill at any moment, and tell whose they are."""

import os
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path

import torch

from helpers.recipe import Recipe
from helpers.spec import UNetSpec

NAME = "checkpoint.pt"


def write(path: Path, state: dict) -> None:
    """Write a checkpoint whole or not at all; the one before stays until then.

    Raises OSError that names the file where it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    # torch tells of a full disk with a RuntimeError.
    except (OSError, RuntimeError) as error:
        raise OSError(
            getattr(error, "errno", None),
            f"cannot write {path} ({getattr(error, 'strerror', None) or error}); the "
            "checkpoint before it stays: free space there, or choose another folder",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


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
    for what in ours:
        fields = differences(loads(theirs[what]), loads(ours[what]))
        if fields:
            raise ValueError(
                f"{path} is of a run with another {what}: {fields}; resume with the "
                f"same {what}, or choose another folder to start afresh"
            )
    return state


def described(spec: UNetSpec, recipe: Recipe) -> dict[str, str]:
    """Spec and recipe as JSON, for a checkpoint to carry."""
    return {"spec": spec.to_json(), "recipe": dumps(asdict(recipe))}


def differences(there: dict, here: dict) -> str:
    """The fields in which two descriptions differ, with both values; "" for none."""
    rows = []
    for name in {**there, **here}:
        a, b = (side.get(name, "missing") for side in (there, here))
        if a != b:
            rows.append(f"{name} is {a!r} there and {b!r} here")
    return ", ".join(rows)
