"""Drawn images for the losses: ellipses that touch, and dots that are rare."""

from __future__ import annotations

import math

import cv2
import numpy as np

from helpers.borders import separate
from helpers.canvas import ellipse
from helpers.samples import Samples

GROUND, CELL, SEAM = 0.3, 0.6, 0.5
"""Gray levels of the ground, of a cell, and of the line between two that touch."""
DOT = 2.5  # pixels of radius: 21 pixels, half a percent of 64x64


def touching(
    count: int,
    size: int = 64,
    *,
    seed: int = 0,
    cells: tuple[int, int] = (4, 7),
    radius: tuple[float, float] = (0.1, 0.16),
    noise: float = 0.06,
) -> tuple[Samples, np.ndarray]:
    """Draw clumps of ellipses that touch, all of one gray, with faint seams.

    Image `i` depends on `seed` and `i` alone. cells: least and most in an image, ends
    included (one that finds no room is left out). radius: least and greatest half
    length as a share of size. noise: standard deviation as a share of the full range.

    Returns samples, images (count, size, size, 1) uint8 and masks of 0 and 1, and
    the objects (count, size, size) int64, numbered from 1. Between two of them the
    masks have a line of ground one pixel wide, see `borders.separate`.
    """
    images = np.empty((count, size, size, 1), np.uint8)
    objects = np.empty((count, size, size), np.int64)
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        whole = _clump(size, int(rng.integers(cells[0], cells[1] + 1)), radius, rng)
        objects[i] = separate(whole)
        gray = np.where(objects[i] > 0, CELL, np.where(whole > 0, SEAM, GROUND))
        images[i, ..., 0] = _photograph(gray, noise, rng)
    return _samples(images, objects > 0, ("other", "cell")), objects


def dots(
    count: int,
    size: int = 64,
    *,
    share: float,
    seed: int = 0,
    contrast: float = 0.25,
    noise: float = 0.12,
) -> Samples:
    """Draw dots of one size in noise until they take `share` of every image.

    Few or many, the dots are alike: only their number follows the share (0..1), so
    that imbalance is all that changes. Dots may overlap. The share of an image is
    met or exceeded by less than a dot. contrast, noise: of the full range.

    Returns images (count, size, size, 1) uint8 with masks of 0 and 1. Raises
    ValueError for a share outside 0..0.9.
    """
    if not 0 <= share <= 0.9:
        raise ValueError(f"share {share} is out of range; choose it within 0..0.9")
    images = np.empty((count, size, size, 1), np.uint8)
    masks = np.zeros((count, size, size), bool)
    axis = np.arange(size)
    for i in range(count):
        rng = np.random.default_rng((seed, i, 2))
        while masks[i].sum() < round(share * size**2):
            y, x = rng.integers(3, size - 3, 2)
            masks[i] |= (axis[:, None] - y) ** 2 + (axis - x) ** 2 <= DOT**2
        images[i, ..., 0] = _photograph(GROUND + contrast * masks[i], noise, rng)
    return _samples(images, masks, ("other", "dot"))


def _clump(size: int, cells: int, radius: tuple[float, float], rng) -> np.ndarray:
    """Ellipses, each but the first beside an earlier one: (size, size) int64."""
    axis = np.arange(size, dtype=np.float32)
    labels, placed = np.zeros((size, size), np.int64), []
    for _ in range(40 * cells):
        if len(placed) == cells:
            break
        a = size * rng.uniform(*radius)
        b, turn, line = a * rng.uniform(0.7, 1), *rng.uniform(0, 2 * math.pi, 2)
        if placed:
            y, x, r = placed[rng.integers(len(placed))]
            far = r + (a + b) / 2  # the mean radii meet: most overlap or touch a little
            y, x = y + far * math.sin(line), x + far * math.cos(line)
        else:
            y, x = rng.uniform(0.35 * size, 0.65 * size, 2)
        if not a < min(y, x) <= max(y, x) < size - 1 - a:
            continue
        inside = ellipse(axis[:, None] - y, axis - x, a, b, turn)
        if (labels[inside] > 0).mean() > 0.12:
            continue
        placed.append((y, x, (a + b) / 2))
        labels[inside & (labels == 0)] = len(placed)
    return labels


def _photograph(gray: np.ndarray, noise: float, rng) -> np.ndarray:
    """A little blur and noise, then uint8."""
    gray = cv2.GaussianBlur(gray.astype(np.float32), (3, 3), 0.6)
    gray = gray + rng.normal(scale=noise, size=gray.shape)
    return np.rint(255 * gray.clip(0, 1)).astype(np.uint8)


def _samples(images: np.ndarray, masks: np.ndarray, names: tuple) -> Samples:
    return Samples(images, masks.astype(np.uint8), class_names=names)
