"""Paints ellipses and polygons into images with crisp masks."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from scipy.special import ndtri

_SQUARE = np.ones((3, 3), np.uint8)
# Gaussian noise as a draw from its quantiles: five times as fast as from the density.
_QUANTILES = 2**12


class Canvas:
    """One image as a map of shape numbers (0 is the ground), with their colors."""

    def __init__(self, size: int, rng, shapes: int, color: bool) -> None:
        ground = 0.05 + 0.9 * rng.random() + 0.1 * (rng.random(3) - 0.5)
        paint = rng.random((max(shapes, 1), 3))
        if not color:
            ground, paint = ground.mean(keepdims=True), paint[:, :1]
        # A shape that hardly differs from the ground would be invisible, not hard.
        faint = np.abs(paint - ground).max(1) < 0.25
        paint[faint] = (paint[faint] + 0.5) % 1
        self.colors = np.vstack([ground, paint]).astype(np.float32)
        self.positive = np.zeros(len(self.colors), np.uint8)
        self.slope = (0.2 * (rng.random(2) - 0.5) / size).astype(np.float32)
        self.axis = np.arange(size, dtype=np.float32)
        self.labels = np.zeros((size, size), np.uint8)
        self.covered = np.zeros((size, size), np.uint8)

    def paint(
        self, top: int, left: int, inside: np.ndarray, k: int, positive: bool
    ) -> None:
        """Lay shape k (counted from 1) over what is there."""
        where = _window(top, left, inside)
        np.copyto(self.labels[where], k, where=inside)
        self.positive[k] = positive
        rim = cv2.dilate(inside.view(np.uint8), _SQUARE)
        self.covered[where] |= rim

    def shared(self, top: int, left: int, inside: np.ndarray) -> int:
        """How many pixels of a shape would lie on earlier ones, or next to them."""
        taken = self.covered[_window(top, left, inside)]
        return np.count_nonzero(taken & inside)

    def shared_everywhere(self, inside: np.ndarray) -> np.ndarray:
        """The same for every position at once, within rounding."""
        covered, shape = self.covered.astype(np.float32), inside.astype(np.float32)
        return cv2.matchTemplate(covered, shape, cv2.TM_CCORR)

    def finish(
        self, noise: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The image and the mask, both uint8."""
        image = self.colors.take(self.labels, axis=0)  # faster than indexing
        image += (self.slope[0] * self.axis[:, None] + self.slope[1] * self.axis)[
            ..., None
        ]
        image *= 255
        # A little blur, as a lens has it: the mask stays crisp.
        image = cv2.GaussianBlur(image, (3, 3), 0.6).reshape(*self.labels.shape, -1)
        np.clip(image, 0, 255, out=image)
        grain = rng.integers(_QUANTILES, size=image.shape, dtype=np.uint16)
        image += _noise(noise).take(grain)
        # Cut to the range before the cast: uint8 would wrap 256 round to 0.
        np.clip(image, 0, 255, out=image)
        return np.rint(image, out=image).astype(np.uint8), self.positive.take(
            self.labels
        )


@functools.cache
def _noise(level: float) -> np.ndarray:
    """Quantiles of the noise in gray levels, at equal distances of probability."""
    shares = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    return (255 * level * ndtri(shares)).astype(np.float32)


def _window(top: int, left: int, patch: np.ndarray) -> tuple[slice, slice]:
    return (
        slice(top, top + patch.shape[0]),
        slice(left, left + patch.shape[1]),
    )


def offsets(r: float, center: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Distances of a patch's pixels from a center in it: a column and a row."""
    axis = np.arange(2 * math.floor(r) + 4, dtype=np.float32)
    return axis[:, None] - center[0], axis - center[1]


def ellipse(
    dy: np.ndarray, dx: np.ndarray, a: float, b: float, turn: float
) -> np.ndarray:
    """Which pixel centers lie in an ellipse of half axes a and b."""
    c, s = math.cos(turn), math.sin(turn)
    along = dx * (c / a) + dy * (s / a)
    across = dy * (c / b) - dx * (s / b)
    along *= along
    across *= across
    along += across
    return along <= 1


def polygons(dy: np.ndarray, dx: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Which pixel centers lie in a union of convex polygons.

    planes: (parts, edges, 3) of outward normals (x, y) and offsets in pixels.
    """
    normal_x, normal_y, offset = planes.transpose(2, 0, 1)[..., None, None]
    return (normal_x * dx <= offset - normal_y * dy).all(1).any(0)


def edges(name: str, r: float, turn: float, u: list[float]) -> np.ndarray:
    """A shape inscribed in a circle of radius r, as unions of half planes."""
    third = 2 * math.pi / 3
    if name == "triangle":
        corners = [[turn + k * third + (u[k] - 0.5) * 0.9 for k in range(3)]]
    elif name == "rectangle":
        half = math.radians(20 + 25 * u[0])
        corners = [[turn - half, turn + half, turn + math.pi - half]]
        corners[0].append(turn + math.pi + half)
    else:  # a six-pointed star is two triangles
        corners = [[turn + k * third for k in range(3)]]
        corners.append([angle + math.pi for angle in corners[0]])
    planes = []
    for part in corners:
        for start, end in zip(part, [*part[1:], part[0] + 2 * math.pi]):
            middle, half = (start + end) / 2, (end - start) / 2
            planes.append((math.cos(middle), math.sin(middle), r * math.cos(half)))
    return np.array(planes, np.float32).reshape(len(corners), -1, 3)
