"""Upsampling as arithmetic: matrices, overlaps, and grids that should not be there."""

from __future__ import annotations

import numpy as np


def convolution_matrix(
    kernel: np.ndarray, size: int, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """The matrix of a convolution, as networks compute it (without a flip).

    kernel: (k, k). size: side in pixels of the square input, zeros around it:
    `padding` of them. Returns (outputs, size * size): times the input's pixels, row
    by row, it gives the output's. Its transpose is the transposed convolution.

    Source: Dumoulin and Visin 2016, arXiv 1603.07285, section 4.
    """
    k = len(kernel)
    side = (size + 2 * padding - k) // stride + 1
    matrix = np.zeros((side, side, size, size), kernel.dtype)
    for top, left in np.ndindex(side, side):
        for i, j in np.ndindex(k, k):
            row, column = top * stride + i - padding, left * stride + j - padding
            if 0 <= row < size and 0 <= column < size:
                matrix[top, left, row, column] = kernel[i, j]
    return matrix.reshape(side * side, size * size)


def overlaps(size: int, kernel: int, stride: int) -> np.ndarray:
    """How many inputs reach each output of a transposed convolution, along a side.

    size: inputs along the side. Returns ((size - 1) * stride + kernel,) counts,
    nothing cut off at the ends.

    Source: Odena et al. 2016, doi 10.23915/distill.00003.
    """
    counts = np.zeros((size - 1) * stride + kernel, int)
    for start in range(0, size * stride, stride):
        counts[start : start + kernel] += 1
    return counts


def inside(kernel: int, stride: int) -> np.ndarray:
    """The counts of `overlaps` that repeat far from both ends: (stride,) of them."""
    return np.array([len(range(phase, kernel, stride)) for phase in range(stride)])


def spectrum(maps: np.ndarray) -> np.ndarray:
    """Mean power of maps (N, H, W) at each frequency, (H, W), zero in the middle.

    Every map loses its mean and fades to its edges (a Hann window), since the jump
    from one edge to the other would lie as a cross over the picture. The powers of
    all frequencies add up to 1. At the rim are the finest patterns, two pixels long.
    """
    height, width = maps.shape[1:]
    window = np.outer(np.hanning(height + 1)[:-1], np.hanning(width + 1)[:-1])
    centered = maps - (maps * window).sum((1, 2), keepdims=True) / window.sum()
    power = (np.abs(np.fft.fft2(centered * window)) ** 2).mean(0)
    return np.fft.fftshift(power / power.sum())


def grid_share(maps: np.ndarray, period: int) -> float:
    """Share of the variance of maps (N, H, W) that is one pattern of that period.

    The maps are averaged over images and over all places `period` pixels apart, so
    what an image shows cancels and what sits on the grid stays. Edges, `period`
    pixels wide, do not count. 0 without a grid, 1 where there is nothing else.
    Raises ValueError where less than one period is left.
    """
    n, height, width = maps.shape
    rows, columns = (side // period - 2 for side in (height, width))
    if min(rows, columns) < 1:
        raise ValueError(
            f"maps of {height}x{width} are too small for a period of {period}: at "
            f"least {3 * period}x{3 * period} pixels are needed"
        )
    kept = maps[:, period : (rows + 1) * period, period : (columns + 1) * period]
    folded = kept.reshape(n, rows, period, columns, period).mean((0, 1, 3))
    return float(folded.var() / max(kept.var(), np.finfo(float).tiny))
