"""Thin lines: the hardest thing to bring back through a pooling, and a bound on it."""

from __future__ import annotations

import numpy as np

from helpers.samples import Samples
from helpers.spec import UNetSpec

CLASS_NAMES = ("ground", "line")
WIDTHS = (8, 16, 32, 64, 128, 256)
"""Channels per level that double with every pooling, as a U-Net's do."""


def make(
    count: int,
    size: int = 64,
    *,
    seed: int = 0,
    width: tuple[int, int] = (1, 3),
    lines: tuple[int, int] = (2, 4),
) -> Samples:
    """Draw `count` seeded images of straight lines that are their own masks.

    Images are (count, size, size, 1) uint8 of 0 and 255, masks 1 on a line: a pixel
    belongs to it if its center lies within half the width of its axis and within
    half the length of its middle. So nothing has to be recognized; a network that
    gives the image back is perfect. Image `i` depends on `seed` and `i` alone.

    width: least and greatest in pixels, whole numbers. lines: least and most per
    image. Lengths are half to all of `size`; middles lie in the inner 60 %, angles
    are free. Raises ValueError for ranges that do not rise from 1.
    """
    for name, (low, high) in (("width", width), ("lines", lines)):
        if not 1 <= low <= high:
            raise ValueError(
                f"{name} ({low}, {high}) is no range: write the least and the most, "
                "at least 1, like (1, 3)"
            )
    masks = np.zeros((count, size, size), np.uint8)
    axis = np.arange(size, dtype=np.float64)
    for i, mask in enumerate(masks):
        rng = np.random.default_rng((seed, i))
        for _ in range(int(rng.integers(lines[0], lines[1] + 1))):
            wide = int(rng.integers(width[0], width[1] + 1))
            turn, length, y, x = rng.random(4)
            dy, dx = np.sin(np.pi * turn), np.cos(np.pi * turn)
            down = axis[:, None] - (0.2 + 0.6 * y) * (size - 1)
            right = axis - (0.2 + 0.6 * x) * (size - 1)
            near = np.abs(down * dx - right * dy) <= wide / 2
            near &= np.abs(down * dy + right * dx) <= (1 + length) * size / 4
            mask |= near
    names = tuple(f"lines-{i:05d}" for i in range(count))
    return Samples(255 * masks[..., None], masks, names, CLASS_NAMES, "shapes")


def network(depth: int, doubling: bool = True, skip: str = "none") -> UNetSpec:
    """An encoder-decoder of `depth` poolings, 8 channels at the top.

    doubling: whether channels double with every pooling or stay 8. skip: "none" lets
    everything through the bottom. Raises ValueError for a depth outside 1..5.
    """
    if not 1 <= depth < len(WIDTHS):
        raise ValueError(
            f"depth {depth} is out of range; choose 1 to {len(WIDTHS) - 1}"
        )
    widths = WIDTHS[: depth + 1] if doubling else WIDTHS[:1] * (depth + 1)
    return UNetSpec(1, 1, widths, convs=1, norm="batch", skip=skip)


def ceiling(masks: np.ndarray, side: int) -> float:
    """The greatest pooled IoU of any answer that is constant on cells of side x side.

    masks: (N, H, W) of 0 and 1. Marking n cells that hold k line pixels of t in all
    scores k / (t + n side^2 - k): best with the fullest cells, so every n is tried.
    Raises ValueError where the cells do not tile the masks.
    """
    count, height, width = masks.shape
    if height % side or width % side:
        raise ValueError(
            f"cells of {side} pixels do not tile masks of {height}x{width}; take a "
            "side that divides both"
        )
    cells = masks.reshape(count, height // side, side, width // side, side)
    held = np.sort(cells.sum((2, 4), dtype=np.int64).ravel())[::-1]
    found = np.cumsum(held)
    marked = side**2 * np.arange(1, len(held) + 1)
    return float((found / (found[-1] + marked - found)).max())
