"""The gap between two near objects: whether a prediction keeps it open."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from helpers.objects import count


def kept_apart(masks: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Whether each prediction finds both objects of its mask and joins them nowhere.

    masks, predictions: (N, H, W) of 0 and 1. Returns (N,) floats: 1 for yes, 0 for
    no, nan where the mask itself does not hold exactly two objects. An object counts
    as found where a tenth of it is; corners do not connect (`objects.count`).
    """
    kept = np.full(len(masks), np.nan)
    for i, (mask, prediction) in enumerate(zip(masks, predictions, strict=True)):
        objects, number = ndimage.label(mask)
        if number == 2:
            found = count(objects, prediction)
            kept[i] = not (found.merges or found.missed)
    return kept
