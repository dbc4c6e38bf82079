"""Receptive fields as numbers: how far they reach, how wide their middle is."""

from __future__ import annotations

import numpy as np


def kernels(
    layers: int, channels: int = 8, seed: int = 0, uniform: bool = False
) -> list[np.ndarray]:
    """The weights of a plain stack of 3x3 convolutions: each (3, 3, in, out) float32.

    One channel goes in. Normal numbers of variance 2 / (9 in), He's for ReLUs, or,
    if uniform, one channel throughout and 1/9 for every weight. Both frameworks
    build from these, so that their stacks are the same.
    """
    rng = np.random.default_rng(seed)
    if uniform:
        return [np.full((3, 3, 1, 1), 1 / 9, np.float32) for _ in range(layers)]
    sides = [(1, channels)] + [(channels, channels)] * (layers - 1)
    drawn = [rng.normal(0, np.sqrt(2 / (9 * a)), (3, 3, a, b)) for a, b in sides]
    return [each.astype(np.float32) for each in drawn]


def extent(field: np.ndarray) -> tuple[int, int]:
    """Rows and columns from the first to the last that is not all zero."""
    rows, columns = (np.flatnonzero(field.any(axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("the field is zero everywhere; nothing reaches the output")
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def deviation(field: np.ndarray) -> float:
    """The standard deviation in pixels of a field (H, W) taken as a distribution.

    That of its rows and of its columns, averaged as variances. For a Gaussian, 68 %
    of the weight lies within it along each axis.
    """
    variances = []
    for axis in (0, 1):
        weight = field.sum(axis, dtype=np.float64)
        weight /= weight.sum()
        place = np.arange(len(weight))
        mean = weight @ place
        variances.append(weight @ (place - mean) ** 2)
    return float(np.sqrt(np.mean(variances)))


def expected(layers: int) -> float:
    """The deviation of a plain stack of 3x3 convolutions: sqrt(2 layers / 3) pixels.

    One convolution of equal weights spreads an input over -1, 0 and 1: a variance of
    2/3, and independent spreads add. Random weights of mean zero do the same to the
    squared gradient. Source: Luo et al. 2016, arXiv 1701.04128, sections 2.1 to 2.3.
    """
    return float(np.sqrt(2 * layers / 3))


def gaussian(size: int, deviation: float) -> np.ndarray:
    """A Gaussian at `size` pixels around its middle; its sum is 1."""
    place = np.arange(size) - (size - 1) / 2
    weight = np.exp(-(place**2) / (2 * deviation**2))
    return weight / weight.sum()
