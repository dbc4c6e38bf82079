"""Weights in a .safetensors file that says which network they belong to."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from helpers.files import write_atomically
from helpers.laddernet import LadderSpec, read_spec
from helpers.pytorch import laddernet
from helpers.pytorch.build import UNet, build
from helpers.spec import UNetSpec

NOTES = ("image_range", "size", "class_names")
"""What training notes on a network, beside its spec; see `note`."""


def note(
    net: UNet, image_range: float, size: tuple[int, int], class_names: tuple[str, ...]
) -> None:
    """Keep with a network how its inputs looked in training.

    image_range: 1.0 for inputs in 0..1, 255.0 for 0..255. size: (height, width).
    """
    net.image_range = float(image_range)
    net.size, net.class_names = tuple(size), tuple(class_names)


def save(net: UNet, path: str | os.PathLike, weights: dict | None = None) -> None:
    """Write weights, spec and notes to `path`, whole or not at all.

    weights: a state dict to write in place of the network's own. Raises OSError that
    names the file where there is no space or no permission.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in (weights or net.state_dict()).items()
    }
    notes = {name: getattr(net, name) for name in NOTES if hasattr(net, name)}
    header = {"spec": net.spec.to_json(), "notes": json.dumps(notes)}
    write_atomically(Path(path), to_bytes(tensors, header))


def load(path: str | os.PathLike, spec: UNetSpec | None = None) -> UNet:
    """The network that `save` wrote, on the CPU, ready to predict.

    spec: what the network must be. Raises FileNotFoundError where there is no file,
    and ValueError where it is no .safetensors file of ours, or of another spec.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file of weights at {path}")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"{path} is no .safetensors file, or is damaged ({error}); give the "
            "model.safetensors that training wrote"
        ) from error
    if "spec" not in header:
        raise ValueError(
            f"{path} does not say which network its weights belong to; write it "
            "with helpers.pytorch.save"
        )
    found = read_spec(header["spec"])
    if spec is not None and found != spec:
        fields = differences(asdict(found), asdict(spec))
        raise ValueError(
            f"{path} holds the weights of another network: {fields}; build it with "
            "the spec of the file, or train anew"
        )
    net = (laddernet.build if isinstance(found, LadderSpec) else build)(found)
    try:
        net.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(
            f"{path} does not hold what its spec needs: {error}"
        ) from error
    notes = json.loads(header.get("notes", "{}"))
    for name in NOTES:
        if name in notes:
            value = notes[name]
            setattr(net, name, tuple(value) if isinstance(value, list) else value)
    return net.eval()


def differences(there: dict, here: dict) -> str:
    """The fields in which two descriptions differ, with both values; "" for none."""
    rows = []
    for name in {**there, **here}:
        a, b = (side.get(name, "missing") for side in (there, here))
        if a != b:
            rows.append(f"{name} is {a!r} there and {b!r} here")
    return ", ".join(rows)


def clone(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the weights, in the computer's memory."""
    return {
        name: tensor.detach().to("cpu", copy=True)
        for name, tensor in net.state_dict().items()
    }
