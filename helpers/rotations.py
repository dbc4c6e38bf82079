"""Prediction averaged over turned versions of an image, as in the U-Net paper.

Framework-free: `run` takes a batch (N, h, w, C) and gives outputs (N, h', w', K), as
for `tiles`. Source: Ronneberger et al. 2015, table 1: "averaged over 7 rotated versions
of the input data". It says no more: not which seven, nor what is averaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from helpers import tiles
from helpers.spec import UNetSpec

SEVEN = tuple(360 * k / 7 for k in range(7))
"""Our reading: seven angles, equally far apart, in degrees."""
QUARTERS = (0.0, 90.0, 180.0, 270.0)
"""The turns that need no interpolation."""


def predict(
    run: tiles.Run,
    image: np.ndarray,
    spec: UNetSpec,
    angles: Sequence[float] = SEVEN,
    **tiling,
) -> np.ndarray:
    """Mean output of `run` for an image turned by each angle, and turned back.

    image: (H, W, C) float, returns (H, W, K). angles: degrees, counterclockwise. run:
    give probabilities, if these are to be averaged. tiling: as of `tiles.predict`,
    whose ValueError it raises.
    """
    tiles.check(image.shape, spec, tiling.get("border", "reflect"))
    outputs = [_turned(run, image, spec, angle, tiling) for angle in angles]
    return np.mean(outputs, axis=0)


def turn(image: np.ndarray, angle: float, smooth: bool = True) -> np.ndarray:
    """An image (H, W, C) turned counterclockwise about its center, same size.

    angle: degrees. Beyond the frame lies the mirrored image. smooth: bicubic, within
    the range of the image's values; else linear.
    """
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
    how = cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR
    mode = {"flags": how, "borderMode": cv2.BORDER_REFLECT_101}
    # OpenCV 5.0 forgets the mirror where it interpolates float64 bicubically.
    turned = cv2.warpAffine(image.astype(np.float32), matrix, (width, height), **mode)
    turned = turned.reshape(image.shape).clip(image.min(), image.max())
    return turned.astype(image.dtype)


def _turned(
    run: tiles.Run, image: np.ndarray, spec: UNetSpec, angle: float, tiling: dict
) -> np.ndarray:
    quarters, rest = divmod(angle, 90)
    if not rest:
        there = np.ascontiguousarray(np.rot90(image, int(quarters)))
        return np.rot90(tiles.predict(run, there, spec, **tiling), -int(quarters))
    # Room for the corners: a square as wide as the image's diagonal.
    sides = image.shape[:2]
    whole = math.ceil(math.hypot(*sides)) + 2
    around = [((whole - n) // 2, whole - n - (whole - n) // 2) for n in sides]
    wide = np.pad(image, [*around, (0, 0)], mode="reflect")
    there = tiles.predict(run, turn(wide, angle), spec, **tiling)
    back = turn(there, -angle, smooth=False)
    rows, columns = (slice(before, before + n) for (before, _), n in zip(around, sides))
    return back[rows, columns]
