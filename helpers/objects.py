"""Objects counted: which were merged, split, missed or made up.

A pixel score hardly sees a bridge of ten pixels between two objects; whoever counts
objects sees one where there are two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

LEAST = 0.1
"""The share of an object that a component has to cover to count as part of it."""


@dataclass(frozen=True)
class Count:
    """What became of the true objects; counts of several images can be added.

    true, found: how many objects and predicted components there are. merges: how
    often a component joins one more object than it should. splits: how often an
    object falls into one more component than it should. missed: objects that no
    component covers. made_up: components that touch no object.
    """

    true: int = 0
    found: int = 0
    merges: int = 0
    splits: int = 0
    missed: int = 0
    made_up: int = 0

    def __add__(self, other: Count) -> Count:
        """The two counts together."""
        pairs = zip(vars(self).values(), vars(other).values())
        return Count(*(a + b for a, b in pairs))


def count(objects: np.ndarray, predicted: np.ndarray, least: float = LEAST) -> Count:
    """Count merges and splits of one predicted mask.

    objects: (H, W) integers, 0 the ground and a number for each true object.
    predicted: (H, W) of 0 and 1; its components are what hangs together over edges
    of pixels (corners do not connect). A component covers an object if it holds at
    least the share `least` of its pixels, and one pixel at least. One that covers k
    objects counts as k - 1 merges, an object covered by k components as k - 1
    splits. Raises ValueError for shapes that differ or values other than 0 and 1.
    """
    objects, predicted = np.asarray(objects), np.asarray(predicted)
    if objects.shape != predicted.shape or objects.ndim != 2:
        raise ValueError(
            f"objects have shape {objects.shape} and the prediction "
            f"{predicted.shape}; both must be the same (H, W)"
        )
    if not np.isin(predicted, (0, 1)).all():
        raise ValueError(
            f"the prediction holds {predicted.min():g} to {predicted.max():g}, "
            "expected 0 and 1; compare probabilities with 0.5 first"
        )
    components, found = ndimage.label(predicted)
    numbers, own = np.unique(objects, return_inverse=True)
    table = np.zeros((len(numbers), found + 1), np.int64)
    np.add.at(table, (own.reshape(-1), components.reshape(-1)), 1)
    table = table[numbers > 0]
    sizes, shared = table.sum(1, keepdims=True), table[:, 1:]
    covers = (shared > 0) & (shared >= least * sizes)
    return Count(
        true=len(table),
        found=found,
        merges=int(np.maximum(covers.sum(0) - 1, 0).sum()),
        splits=int(np.maximum(covers.sum(1) - 1, 0).sum()),
        missed=int((covers.sum(1) == 0).sum()),
        made_up=int((shared.sum(0) == 0).sum()),
    )


def count_all(
    objects: np.ndarray, predicted: np.ndarray, least: float = LEAST
) -> Count:
    """The counts of all images added up: (N, H, W) each; see `count`."""
    return sum((count(o, p, least) for o, p in zip(objects, predicted)), Count())
