"""Changes to a mask that are known to the pixel: moved, grown, shrunk."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def shift(mask: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """A mask (H, W) moved by whole pixels; what leaves it is lost, 0 comes in."""
    return ndimage.shift(np.asarray(mask), (down, right), order=0, cval=0)


def grow(mask: np.ndarray, pixels: float) -> np.ndarray:
    """A binary mask (H, W) grown by so many pixels, or shrunk by a negative number.

    Distances are Euclidean, from pixel center to pixel center: grown masks take in
    what lies at most `pixels` away, shrunk ones lose what lies so near the outside.
    Beyond the edge of the image nothing is known, so a mask that is cut off by the
    edge is not shrunk there. Returns 0 and 1 in the mask's dtype.
    """
    mask = np.asarray(mask)
    inside = mask != 0
    if pixels < 0:
        return (_distance(~inside) > -pixels).astype(mask.dtype)
    return (_distance(inside) <= pixels).astype(mask.dtype)


def _distance(region: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the nearest one of the region; infinite without any."""
    if not region.any():
        return np.full(region.shape, np.inf)
    return ndimage.distance_transform_edt(~region)
