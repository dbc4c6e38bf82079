"""How much work to do: little on a CPU, more where a GPU is at hand.

Source: none; the sizes are this book's, so that a chapter takes a minute on two cores.
"""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "UNET_BOOK_BUDGET"


@dataclass(frozen=True)
class Budget:
    """What a training run may cost.

    preset: the network for photographs. size: side of a photograph in pixels.
    images: at most so many to train on, held_out: to score on; None for all.
    shapes: drawn images to train on. minutes: of training, where no other end is set.
    """

    name: str
    preset: str
    size: int
    images: int | None
    held_out: int | None
    shapes: int
    minutes: float


BUDGETS = {
    "small": Budget("small", "light-pets", 160, 1000, 200, 1000, 5),
    "large": Budget("large", "pets", 160, None, None, 5000, 60),
}


def budget(name: str | None = None) -> Budget:
    """The budget of that name, or the one that `choose` finds fit.

    Raises ValueError that lists the names there are.
    """
    name = name or choose()
    if name not in BUDGETS:
        raise ValueError(
            f"budget {name!r} is not known; choose from {', '.join(BUDGETS)}"
        )
    return BUDGETS[name]


def choose() -> str:
    """The name of the budget that fits: UNET_BOOK_BUDGET, else by the hardware."""
    return os.environ.get(VARIABLE) or ("large" if gpu_visible() else "small")


def gpu_visible() -> bool:
    """Whether a GPU can be seen, without loading a framework that is not loaded."""
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "cuda"):
        return torch.cuda.is_available() or torch.backends.mps.is_available()
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return False
    # The driver's own entries: the first in Linux, the second in its Windows guest.
    return Path("/dev/nvidia0").exists() or Path("/dev/dxg").exists()
