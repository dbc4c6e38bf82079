"""Instances: one mask per object, and what becomes of them where objects touch."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

NEIGHBORS = np.ones((3, 3), bool)  # diagonal pixels touch, too


def split(mask: np.ndarray, least: int = 1) -> np.ndarray:
    """The connected regions of a binary mask (H, W), largest first: (n, H, W) bool.

    Pixels that share an edge or a corner belong together. Regions of fewer than
    `least` pixels are left out. Raises ValueError for a mask of another shape.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2:
        raise ValueError(f"mask has shape {mask.shape}; expected (H, W)")
    labels, _ = ndimage.label(mask, NEIGHBORS)
    sizes = np.bincount(labels.ravel())[1:]
    order = [k for k in np.argsort(-sizes, kind="stable") if sizes[k] >= least]
    parts = [labels == k + 1 for k in order]
    return np.stack(parts) if parts else np.zeros((0, *mask.shape), bool)


def beside(
    images: np.ndarray, trimaps: np.ndarray, overlap: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two pictures side by side, the second pushed over the first by `overlap`.

    images: (2, H, W, C). trimaps: (2, H, W), 0 pet, 1 background, 2 border. Where
    they overlap, the second pet and its border lie in front, and the first picture
    shows through the second's background. Returns the image (H, 2 W - overlap, C)
    and the trimap of each pet, as far as it can be seen: (2, H, 2 W - overlap).

    Raises ValueError for an overlap outside 0..W.
    """
    height, width = trimaps.shape[1:]
    if not 0 <= overlap <= width:
        raise ValueError(f"overlap {overlap} is out of range; expected 0..{width}")
    start, total = width - overlap, 2 * width - overlap
    image = np.zeros((height, total, images.shape[-1]), images.dtype)
    seen = np.ones((2, height, total), trimaps.dtype)
    image[:, :width], seen[0, :, :width] = images[0], trimaps[0]
    front = trimaps[1] != 1
    front_or_new = front | (np.arange(start, total) >= width)
    image[:, start:][front_or_new] = images[1][front_or_new]
    seen[1, :, start:] = trimaps[1]
    seen[0, :, start:][front] = 1
    return image, seen
