"""How far from the edge of an image a prediction can be trusted."""

from __future__ import annotations

import numpy as np

from helpers.samples import Samples


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


def windows(
    samples: Samples,
    size: int,
    count: int,
    *,
    seed: int = 0,
    around: int = 0,
    room: int = 0,
) -> Samples:
    """Windows at random places: images and masks of size + 2 around pixels a side.

    room: windows lie so far from the edge that `around` may be as large as this; then
    it changes what is shown around the same places, and not the places. Raises
    ValueError where they do not fit.
    """
    height, width = samples.masks.shape[1:]
    if around > room or min(height, width) < size + 2 * room:
        raise ValueError(
            f"windows of {size} pixels with {max(around, room)} around do not fit "
            f"images of {height}x{width} with room {room}"
        )
    rng = np.random.default_rng(seed)
    images, masks = [], []
    for _ in range(count):
        i = rng.integers(len(samples))
        y, x = (rng.integers(room, n - size - room + 1) for n in (height, width))
        rows = slice(y - around, y + size + around)
        columns = slice(x - around, x + size + around)
        images.append(samples.images[i, rows, columns])
        masks.append(samples.masks[i, rows, columns])
    return Samples(np.stack(images), np.stack(masks), class_names=samples.class_names)
