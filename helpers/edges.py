"""How far from the edge of an image a prediction can be trusted."""

from __future__ import annotations

import numpy as np


def distance(height: int, width: int) -> np.ndarray:
    """Pixels to the nearest edge, 0 for the outermost: (H, W) int64."""
    y, x = np.arange(height), np.arange(width)
    rows, columns = np.minimum(y, y[::-1]), np.minimum(x, x[::-1])
    return np.minimum(rows[:, None], columns)


def profile(errors: np.ndarray) -> np.ndarray:
    """Mean of errors (N, H, W) at each distance from the edge: (D,) float64."""
    errors = np.asarray(errors, np.float64)
    if errors.ndim != 3:
        raise ValueError(f"errors of shape {errors.shape}: expected (N, H, W)")
    away = distance(*errors.shape[1:]).ravel()
    sums = np.bincount(away, errors.mean(axis=0).ravel())
    return sums / np.bincount(away)


def center(arrays: np.ndarray, size: int) -> np.ndarray:
    """The middle size x size pixels of arrays (N, H, W, ...), any aspect ratio.

    Raises ValueError where it does not lie in the middle, or is larger than they are.
    """
    height, width = np.shape(arrays)[1:3]
    if min(height, width) < size or (height - size) % 2 or (width - size) % 2:
        raise ValueError(
            f"no {size}x{size} pixels lie in the middle of {height}x{width}; the "
            "differences have to be even, and not negative"
        )
    top, left = (height - size) // 2, (width - size) // 2
    return arrays[:, top : top + size, left : left + size]
