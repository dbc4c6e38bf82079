"""Linear probes: what can be read off a network's features by a weighted sum.

A probe asks two things of the features at one level. What: which kind of shape is it
that reaches into a feature's cell? Where: through which pixels of the cell does an
outline run? Both are answered by ridge regression, which has a closed form. Source of
the idea: G. Alain and Y. Bengio, "Understanding intermediate layers using linear
classifier probes" (2016, arXiv 1610.01644).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

RIDGE = 1e-3
"""The penalty on the weights of standardized features, per sample."""


@dataclass(frozen=True)
class Linear:
    """A ridge regression: features (N, C) -> targets (N, T)."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(
        cls, features: np.ndarray, targets: np.ndarray, ridge: float = RIDGE
    ) -> Linear:
        """The weights with the least mean squared error plus ridge |weights|^2.

        Features are standardized first; one that never changes counts for nothing.
        """
        mean, scale = features.mean(0), features.std(0)
        scale = np.where(scale > 1e-9, scale, np.inf)
        inputs, bias = (features - mean) / scale, targets.mean(0)
        square = inputs.T @ inputs / len(inputs) + ridge * np.eye(inputs.shape[1])
        weights = np.linalg.solve(square, inputs.T @ (targets - bias) / len(inputs))
        return cls(mean, scale, weights, bias)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return (features - self.mean) / self.scale @ self.weights + self.bias


def cells(masks: np.ndarray, side: int) -> np.ndarray:
    """The pixels of each cell: (N, H, W) -> (N, H / side, W / side, side^2).

    Raises ValueError where the cells do not tile the masks.
    """
    count, height, width = masks.shape
    if height % side or width % side:
        raise ValueError(
            f"cells of {side} pixels do not tile masks of {height}x{width}; take a "
            "side that divides both"
        )
    parts = masks.reshape(count, height // side, side, width // side, side)
    parts = parts.transpose(0, 1, 3, 2, 4)
    return parts.reshape(*parts.shape[:3], side**2)


def outlines(masks: np.ndarray, reach: int = 2) -> np.ndarray:
    """Pixels within `reach` (city blocks) of the other side of a shape's outline."""
    inside = masks > 0
    steps = ndimage.generate_binary_structure(2, 1)[None]
    grown = ndimage.binary_dilation(inside, steps, reach)
    # Beyond the image a shape goes on: its edge is no outline.
    shrunk = ndimage.binary_erosion(inside, steps, reach, border_value=1)
    return grown & ~shrunk


def read(
    features: tuple[np.ndarray, np.ndarray], masks: tuple[np.ndarray, np.ndarray]
) -> dict[str, float]:
    """How well two linear probes do on features of one level, held out.

    features: (N, h, w, C) to fit on and to score on; masks: (N, H, W) likewise, 0 on
    the ground and 1 or 2 on a shape of either kind. Returns balanced accuracies,
    the mean of both answers' shares of right ones, so guessing gives 1/2:
    "what": ellipse or triangle, over the pixels of shapes, each with its cell's
    answer. "where": outline (a neighbor lies on its other side) or not, over the
    pixels within three of an outline; every pixel of a cell has its own weights.
    "where, one answer a cell": the same with one answer for all pixels of a cell.
    "ceiling": the best that any one answer a cell could do. Raises ValueError where
    the sizes do not fit.
    """
    side = masks[0].shape[1] // features[0].shape[1]
    fit, held = (f.reshape(-1, f.shape[-1]).astype(np.float64) for f in features)
    true, test = (cells(m, side).reshape(-1, side**2) for m in masks)
    thin, near = (
        [cells(outlines(m, reach), side).reshape(-1, side**2) for m in masks]
        for reach in (1, 3)
    )
    fine = Linear.fit(fit, thin[0].astype(float))
    coarse = Linear.fit(fit, thin[0].mean(1, keepdims=True))

    def where(probe: Linear) -> float:
        known, found = (
            np.broadcast_to(probe(x), y.shape)[y] for x, y in zip((fit, held), near)
        )
        here, wanted = (t[y] for t, y in zip(thin, near))
        return _balanced(known, here, found, wanted)

    return {
        "what": _what(fit, held, true, test),
        "where": where(fine),
        "where, one answer a cell": where(coarse),
        "ceiling": _ceiling(thin[1] & near[1], ~thin[1] & near[1]),
    }


def _ceiling(yes: np.ndarray, no: np.ndarray) -> float:
    """Each cell takes the answer that gains more; (cells, pixels) of bools."""
    gains = yes.sum(1) / yes.sum(), no.sum(1) / no.sum()
    return float(np.maximum(*gains).sum() / 2)


def _balanced(known, here, found, wanted, known_weights=None, weights=None) -> float:
    """Cut halfway between the two answers' means where known; score what was found."""
    cut = _mean_of_both(known, here, known_weights)
    return _mean_of_both((found > cut) == wanted, wanted, weights)


def _mean_of_both(values, group, weights) -> float:
    """The mean of the weighted means in a group and outside it."""
    weights = np.ones(len(values)) if weights is None else weights
    means = [np.average(values[g], weights=weights[g]) for g in (group, ~group)]
    return float(np.mean(means))


def _what(fit, held, true, test) -> float:
    """Ellipse (1) or triangle (2), a cell counting as often as it has their pixels."""
    known, wanted = ((m == 1).sum(1) - (m == 2).sum(1) for m in (true, test))
    fit, held = fit[known != 0], held[wanted != 0]
    known, wanted = known[known != 0], wanted[wanted != 0]
    probe = Linear.fit(fit, np.sign(known[:, None]).astype(float))
    answers = probe(fit)[:, 0], known > 0, probe(held)[:, 0], wanted > 0
    return _balanced(*answers, np.abs(known), np.abs(wanted))
