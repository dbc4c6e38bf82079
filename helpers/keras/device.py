"""Where Keras runs: the device, the precision that suits it, a quiet TensorFlow.

Importing this file prepares TensorFlow, so it comes before every other import of
Keras in this package.
"""

import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import metadata

from helpers.machine import cpu_has_bfloat16

POLICIES = {
    "float32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
"""Keras's dtype policies by the names that a `Recipe` uses."""


def setup() -> None:
    """Prepare TensorFlow before its first use: quiet, and memory taken as needed.

    What it logs when it starts is shown where it fails or where TF_CPP_MIN_LOG_LEVEL
    is 0 or 1. Does nothing where KERAS_BACKEND names another backend.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        return
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") not in ("0", "1")
    with _without_stderr() if quiet else nullcontext():
        tensorflow = importlib.import_module("tensorflow")
        found = tensorflow.config.list_physical_devices("GPU")
    if quiet:
        # It warns of every new model as if it were the old one traced again.
        tensorflow.get_logger().setLevel("ERROR")
    for gpu in found:
        # Once TensorFlow runs it refuses; then somebody else has already chosen.
        try:
            tensorflow.config.experimental.set_memory_growth(gpu, True)
        except (RuntimeError, ValueError):
            break


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Keep what C++ writes to the error stream to show it only after a failure."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            hidden.seek(0)
            os.write(2, hidden.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def check_backend() -> None:
    """Raise RuntimeError where Keras does not run on TensorFlow."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"Keras runs on {keras.backend.backend()!r}, but training here needs "
            "TensorFlow; set the environment variable KERAS_BACKEND=tensorflow before "
            "Python starts, or use helpers.pytorch"
        )


def precision(requested: str = "auto") -> str:
    """The dtype policy for `build(spec, dtype=...)`: what was asked, or what suits.

    requested: "auto", "float32", "bfloat16" or "float16", as in a `Recipe`. "auto"
    is mixed_bfloat16 on a GPU of compute capability 8 or more and on a CPU that
    multiplies bfloat16 itself, mixed_float16 on an older GPU (a T4 has no bfloat16;
    `compile` then scales the loss), and else float32. Weights stay float32 in all of
    them. Raises ValueError for another name.
    """
    if requested in POLICIES:
        return POLICIES[requested]
    if requested != "auto":
        raise ValueError(
            f"precision {requested!r} is not known; choose from 'auto', "
            + ", ".join(repr(name) for name in POLICIES)
        )
    found = gpus()
    if not found:
        return "mixed_bfloat16" if cpu_has_bfloat16() else "float32"
    if found[0][1] is None:
        return "float32"
    return "mixed_bfloat16" if found[0][1] >= (8, 0) else "mixed_float16"


def gpus() -> list[tuple[str, tuple[int, int] | None]]:
    """Name and compute capability of every GPU that TensorFlow sees.

    The capability is None where there is none, as on an Apple GPU.
    """
    tensorflow = importlib.import_module("tensorflow")
    rows = []
    for gpu in tensorflow.config.list_physical_devices("GPU"):
        details = tensorflow.config.experimental.get_device_details(gpu)
        rows.append(
            (details.get("device_name", gpu.name), details.get("compute_capability"))
        )
    return rows


def info() -> dict:
    """What training would use: device, precision, and versions by package."""
    found = gpus()
    names = ", ".join(name for name, _ in found)
    cpu = f"CPU ({platform.machine()}, {os.cpu_count()} cores)"
    return {
        "device": names or cpu,
        "precision": precision(),
        "versions": {name: _version(name) for name in ("keras", "tensorflow")},
    }


def _version(package: str) -> str:
    # TensorFlow comes under several names (tensorflow-cpu, tf-nightly).
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return importlib.import_module(package).__version__


setup()
