"""Where PyTorch computes, and in which precision; both are found by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import torch

from helpers.machine import cpu_has_bfloat16

if TYPE_CHECKING:
    from accelerate import Accelerator

MIXED = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
"""Our names of the precisions, and accelerate's."""


def find() -> torch.device:
    """The device that training uses: CUDA, Apple's MPS, or else the CPU."""
    from accelerate import PartialState
    from accelerate.utils import parse_flag_from_env

    # Unless told, accelerate lets processes that have only a CPU train apart.
    alone = not (torch.cuda.is_available() or torch.backends.mps.is_available())
    return PartialState(cpu=alone or parse_flag_from_env("ACCELERATE_USE_CPU")).device


def precision(requested: str = "auto", device: torch.device | None = None) -> str:
    """ "float32", "bfloat16" or "float16": the one asked for, or the fastest that fits.

    "auto" is bfloat16 where the hardware computes in it, float16 on the NVIDIA cards
    with tensor cores before that (a T4), and else float32. Raises ValueError for
    another name, or for float16 on a CPU.
    """
    device = device or find()
    if requested not in ("auto", *MIXED):
        raise ValueError(
            f"precision {requested!r} is not known; choose from 'auto', "
            + ", ".join(repr(name) for name in MIXED)
        )
    if requested == "float16" and device.type == "cpu":
        raise ValueError(
            "precision 'float16' does not train on a CPU; choose 'auto' (here "
            f"{precision('auto', device)!r}), or a machine with a GPU"
        )
    if requested != "auto":
        return requested
    if device.type == "cuda":
        # A T4 says that it supports bfloat16, and emulates it: ask what it is.
        major, _ = torch.cuda.get_device_capability(device)
        return "bfloat16" if major >= 8 else "float16" if major == 7 else "float32"
    if device.type == "cpu" and cpu_has_bfloat16():
        return "bfloat16"
    return "float32"


def accelerator(requested: str = "auto", compiled: bool = False) -> "Accelerator":
    """A fresh `accelerate.Accelerator` for one run.

    compiled: whether networks that it prepares go through `torch.compile`. A batch is
    shared out between processes, so a recipe means the same on any number of them.
    """
    from accelerate import Accelerator, DataLoaderConfiguration
    from accelerate.state import AcceleratorState, GradientState

    # Both are one per process; without this a second run keeps the first's precision.
    AcceleratorState._reset_state()
    GradientState._reset_state()
    return Accelerator(
        mixed_precision=MIXED[precision(requested)],
        dynamo_backend="inductor" if compiled else "no",
        dataloader_config=DataLoaderConfiguration(
            split_batches=True, non_blocking=True
        ),
    )


@contextmanager
def passing(requested: str = "auto") -> Iterator:
    """An accelerator for a moment; a run that goes on around it keeps its own."""
    from accelerate.state import AcceleratorState, GradientState

    states = [AcceleratorState._shared_state, GradientState._shared_state]
    kept = [dict(state) for state in states]
    try:
        yield accelerator(requested)
    finally:
        for state, before in zip(states, kept):
            state.clear()
            state.update(before)


def check_share(batch_size: int, processes: int) -> None:
    """Raise ValueError where a batch does not divide among the processes."""
    if batch_size % processes:
        below = batch_size // processes * processes
        nearest = f"{below} and " if below else ""
        raise ValueError(
            f"batch_size {batch_size} does not divide among {processes} processes; the "
            f"nearest that do: {nearest}{below + processes}"
        )


def from_first(values: torch.Tensor, processes: int) -> torch.Tensor:
    """The first process's values, in all processes."""
    if processes > 1:
        torch.distributed.broadcast(values, 0)
    return values


def info() -> dict[str, object]:
    """What `python -m helpers info` says: device, precision and versions."""
    device = find()
    names = {
        "cuda": lambda: torch.cuda.get_device_name(device),
        "mps": lambda: "Apple GPU (MPS)",
    }
    name = names.get(device.type, lambda: device.type.upper())()
    return {
        "device": f"{name}, {torch.get_num_threads()} CPU threads",
        "precision": precision("auto", device),
        "versions": {
            package: _version(package)
            for package in ("torch", "accelerate", "safetensors", "torchmetrics")
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
