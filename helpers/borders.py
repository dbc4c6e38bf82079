"""The weight map of the U-Net paper: pixels between two objects count for more.

Objects come as (H, W) integers: 0 is the ground, every object has its own number.
Source: Ronneberger et al. 2015, section 3, equations 1 and 2.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

W0, SIGMA = 10.0, 5.0
"""The paper's height of the border term, and its width in pixels (about 5)."""


def separate(objects: np.ndarray) -> np.ndarray:
    """The same objects with a line of ground, one pixel wide, where two touch.

    objects: (H, W) integers. Two objects that are neighbors, diagonally too, lose
    contact: the one with the lower number gives way. The paper drew such lines "by
    morphological operations"; a mask of 0 and 1 could not tell the two apart.
    Raises ValueError as `weight_map` does.
    """
    objects = _checked(objects)
    highest = ndimage.maximum_filter(objects, size=3)
    return np.where((objects > 0) & (highest > objects), 0, objects)


def weight_map(
    objects: np.ndarray,
    w0: float = W0,
    sigma: float = SIGMA,
    balance: bool = True,
) -> np.ndarray:
    """The weight of each pixel in the loss: w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2)).

    objects: (H, W) integers. d1 and d2: pixels to the nearest and the second nearest
    object. With fewer than two objects d2 is infinite and there is no second term.
    w0: its height, sigma: its width in pixels. balance: w_c as `class_weights` has
    it, else 1. Returns (H, W) float32.

    The term is added on the ground alone: what the formula means inside an object
    the paper leaves open.
    Raises ValueError for objects that are no (H, W) integers of 0 or more, or a sigma
    that is not above 0.
    """
    objects = _checked(objects)
    if not sigma > 0:
        raise ValueError(f"sigma {sigma} is not above 0; the paper has about 5 pixels")
    weights = class_weights(objects > 0) if balance else np.ones(objects.shape)
    nearest, second = nearest_two(objects)
    border = w0 * np.exp(-((nearest + second) ** 2) / (2 * sigma**2))
    return (weights + np.where(objects == 0, border, 0)).astype(np.float32)


def weight_maps(
    objects: np.ndarray,
    w0: float = W0,
    sigma: float = SIGMA,
    balance: bool = True,
) -> np.ndarray:
    """`weight_map` of each image: (N, H, W) -> (N, H, W) float32."""
    return np.stack([weight_map(one, w0, sigma, balance) for one in objects])


def class_weights(mask: np.ndarray) -> np.ndarray:
    """w_c: weights under which ground and objects count alike, of mean 1.

    mask: (H, W) of 0 and 1. A class with the share q of the pixels weighs 1 / (2 q).
    (The paper asks for balance and gives no formula.) Where there is one class only,
    all weights are 1. Returns (H, W) float64.
    """
    share = float(np.mean(mask))
    if share in (0.0, 1.0):
        return np.ones(np.shape(mask))
    return np.where(mask, 0.5 / share, 0.5 / (1 - share))


def nearest_two(objects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels to the nearest and to the second nearest object: (H, W) float64 each.

    From pixel center to pixel center; 0 inside an object, infinite without one.
    """
    objects = _checked(objects)
    numbers = np.unique(objects[objects > 0])
    best = np.full((2, *objects.shape), np.inf)
    for number in numbers:
        distance = ndimage.distance_transform_edt(objects != number)
        best = np.sort(np.concatenate([best, distance[None]]), axis=0)[:2]
    return best[0], best[1]


def _checked(objects: np.ndarray) -> np.ndarray:
    objects = np.asarray(objects)
    if objects.ndim != 2 or objects.dtype.kind not in "iu":
        raise ValueError(
            f"objects are {objects.dtype} of shape {objects.shape}, expected (H, W) "
            "whole numbers, 0 for the ground and one for each object; "
            "scipy.ndimage.label numbers the objects of a mask"
        )
    if objects.size and objects.min() < 0:
        raise ValueError(
            f"objects hold {objects.min()}; numbers start at 0, which is the ground"
        )
    return objects.astype(np.int64)
