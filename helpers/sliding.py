"""The sliding window: a classifier of patches, what it sees, and what it costs.

It labels a pixel by the patch around it, as D. Cireşan et al. did with the images of
neurons ("Deep Neural Networks Segment Neuronal Membranes in Electron Microscopy
Images", NIPS 2012). This small one follows their pattern: convolution and pooling in
turns, then dense layers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

POOLINGS = 2
STEP = 2**POOLINGS  # pixels between neighbors after the poolings


@dataclass(frozen=True)
class Patches:
    """A classifier of patches: convolution, ReLU, 2x2 pooling, twice; two dense layers.

    kernel: side of both convolutions, in the pixels of their input. widths: their
    channels. dense: side of the feature map that the first dense layer takes whole.
    hidden: its units. classes: the second one's.

    Raises ValueError for a field that is no positive whole number, or for a window
    of an even side, which has no pixel in its middle.
    """

    in_channels: int = 3
    kernel: int = 4
    widths: tuple[int, int] = (8, 16)
    dense: int = 4
    hidden: int = 32
    classes: int = 2

    def __post_init__(self) -> None:
        if len(self.widths) != POOLINGS:
            raise ValueError(f"widths {self.widths!r}: expected {POOLINGS} numbers")
        names = ("in_channels", "kernel", "dense", "hidden", "classes")
        for name, value in [(n, getattr(self, n)) for n in names] + [
            ("widths", width) for width in self.widths
        ]:
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} {value!r} is not a whole number above 0")
        if self.window % 2 == 0:
            raise ValueError(
                f"kernel {self.kernel} and dense {self.dense} make a window of "
                f"{self.window} pixels, which has no middle; make the kernel even"
            )

    def replace(self, **changes: object) -> Patches:
        """The same with other fields."""
        return replace(self, **changes)

    @property
    def window(self) -> int:
        """Side of the patch in pixels."""
        side = self.dense
        for _ in range(POOLINGS):
            side = 2 * side + self.kernel - 1
        return side

    def costs(self, size: int, how: str) -> dict[str, int]:
        """Multiply-adds of each layer for every window of a size x size image.

        how: "patches", each window on its own; "everywhere", each value computed
        once, as the classifier's `everywhere` does; "coarse", each value once and
        only every fourth window a side, as an ordinary strided network does.
        Additions of biases, poolings and ReLUs are left out. Raises ValueError for
        an unknown word or an image smaller than the window.
        """
        if size < self.window:
            raise ValueError(f"size {size} is less than the window {self.window}")
        taps = self.kernel**2
        per_value = {
            "conv1": taps * self.in_channels * self.widths[0],
            "conv2": taps * self.widths[0] * self.widths[1],
            "hidden": self.dense**2 * self.widths[1] * self.hidden,
            "out": self.hidden * self.classes,
        }
        values = self._values(size, how)
        return {name: cost * values[name] for name, cost in per_value.items()}

    def _values(self, size: int, how: str) -> dict[str, int]:
        """How many places each layer is computed at."""
        windows = size - self.window + 1
        if how == "patches":
            second = 2 * self.dense
            first = 2 * (second + self.kernel - 1)
            sides = {"conv1": windows * first, "conv2": windows * second}
            sides |= {"hidden": windows, "out": windows}
        elif how == "everywhere":
            first = size - self.kernel + 1
            second = first - 1 - 2 * (self.kernel - 1)
            sides = {"conv1": first, "conv2": second, "hidden": windows, "out": windows}
        elif how == "coarse":
            first = size - self.kernel + 1
            second = first // 2 - self.kernel + 1
            last = second // 2 - self.dense + 1
            sides = {"conv1": first, "conv2": second, "hidden": last, "out": last}
        else:
            raise ValueError(
                f"how {how!r} is not known; take 'patches', 'everywhere' or 'coarse'"
            )
        return {name: side**2 for name, side in sides.items()}


def patches(image: np.ndarray, window: int) -> np.ndarray:
    """Every window of an image (H, W, C): (H - w + 1, W - w + 1, w, w, C), a view.

    Raises ValueError where the window does not fit.
    """
    if image.ndim != 3 or min(image.shape[:2]) < window:
        raise ValueError(
            f"image has shape {image.shape}; expected (H, W, C) with H and W of at "
            f"least {window}"
        )
    found = np.lib.stride_tricks.sliding_window_view(image, (window, window), (0, 1))
    return np.moveaxis(found, 2, -1)


def framed(images: np.ndarray, window: int) -> np.ndarray:
    """Images (N, H, W, C) with a mirrored frame, so that each pixel has a window."""
    half = window // 2
    return np.pad(images, ((0, 0), (half, half), (half, half), (0, 0)), "reflect")
