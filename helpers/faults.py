"""Masks that went wrong on their way into training, to see what each fault leaves."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

CLASS_NAMES = ("object", "ground", "border")
"""What `trimap` draws, by index."""


def trimap(masks: np.ndarray, width: int = 2) -> np.ndarray:
    """Masks (N, H, W) of 0 and 1 as trimaps: 0 object, 1 ground, 2 border.

    The border takes `width` pixels on both sides of every outline, corners included.
    The order is that of Oxford-IIIT Pet, less one. Returns (N, H, W) uint8.
    """
    square = np.ones((1, 3, 3), bool)
    steps = {"structure": square, "iterations": width}
    inner = ndimage.binary_erosion(masks, border_value=1, **steps)
    outer = ndimage.binary_dilation(masks, **steps)
    return np.where(inner, 0, np.where(outer, 2, 1)).astype(np.uint8)


def invented(mask: np.ndarray, small: np.ndarray) -> float:
    """Share of the pixels of `small` whose class occurs nowhere in their block, 0..1.

    mask: (H, W) classes. small: the same, shrunk by whole factors; a pixel of it stands
    for a block of `mask`. Raises ValueError where the sides do not divide.
    """
    factors = [a // b for a, b in zip(mask.shape, small.shape)]
    if any(a != b * f for a, b, f in zip(mask.shape, small.shape, factors)):
        raise ValueError(
            f"a mask of shape {mask.shape} has no whole blocks for {small.shape}: "
            "shrink it by a whole factor"
        )
    blocks = mask.reshape(small.shape[0], factors[0], small.shape[1], factors[1])
    known = (blocks == small[:, None, :, None]).any((1, 3))
    return float(1 - known.mean())


def nearest(mask: np.ndarray, side: int) -> np.ndarray:
    """A mask (H, W) resized to side x side pixels, each from the one at its center."""
    return cv2.resize(mask, (side, side), interpolation=cv2.INTER_NEAREST_EXACT)


def bilinear(mask: np.ndarray, side: int) -> np.ndarray:
    """A mask (H, W) resized as if classes were shades: (side, side) float32.

    As PyTorch and Keras do it, four neighbors blended, nothing averaged beforehand.
    """
    shades = mask.astype(np.float32)
    return cv2.resize(shades, (side, side), interpolation=cv2.INTER_LINEAR)


def as_jpeg(mask: np.ndarray, step: int = 127, quality: int = 75) -> np.ndarray:
    """A mask saved as gray levels, `step` for each class, in a JPEG, and read again."""
    file = BytesIO()
    Image.fromarray(mask * np.uint8(step)).save(file, "jpeg", quality=quality)
    return np.asarray(Image.open(file)) // step


def _subtracted_twice(mask: np.ndarray, side: int) -> np.ndarray:
    return nearest(mask, side) - np.uint8(1)  # below 0 an unsigned byte starts at 255


def _swapped(mask: np.ndarray, side: int) -> np.ndarray:
    return np.array([0, 2, 1], np.uint8)[nearest(mask, side)]


PIPELINES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "nearest, as it should be": nearest,
    "bilinear, rounded": lambda m, n: np.rint(bilinear(m, n)).astype(np.uint8),
    "bilinear, cut off": lambda m, n: bilinear(m, n).astype(np.uint8),
    "through a JPEG": lambda m, n: nearest(as_jpeg(m), n),
    "one subtracted twice": _subtracted_twice,
    "ground and border swapped": _swapped,
}
"""What a trimap (H, W) and a side in pixels become, by the name of the fault."""
