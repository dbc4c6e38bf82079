"""Random elastic deformation, as the U-Net paper augments its cells.

Displacement vectors are drawn on a coarse grid and interpolated in between. Source:
Ronneberger et al. 2015, section 3.1 (3x3 grid, 10 pixels, bicubic).
"""

from __future__ import annotations

import cv2
import numpy as np

GRID, SIGMA = 3, 10.0
"""The paper's nodes along a side, and the standard deviation of their displacement."""
KEYS = -0.75
"""The free constant of bicubic interpolation (Keys 1981): OpenCV's and PyTorch's."""


def displacements(
    height: int,
    width: int,
    rng: np.random.Generator,
    sigma: float = SIGMA,
    grid: int = GRID,
) -> np.ndarray:
    """Random displacements of all pixels: (H, W, 2) float32, x and y in pixels.

    sigma: standard deviation at the nodes, in pixels; between them it is smaller.
    grid: nodes along a side. Raises ValueError for a sigma below 0 or a grid below 2.
    """
    if not sigma >= 0:
        raise ValueError(f"sigma {sigma} is below 0; the paper has 10 pixels")
    if grid < 2:
        raise ValueError(f"grid {grid} has no two nodes a side; the paper has 3")
    return spread(rng.normal(scale=sigma, size=(grid, grid, 2)), height, width)


def spread(nodes: np.ndarray, height: int, width: int) -> np.ndarray:
    """Displacements of all pixels from those of the nodes: (g, g, 2) -> (H, W, 2).

    Bicubic in between; the outer nodes lie on the outermost pixels. (The paper does
    not say where its nodes lie.)
    """
    rows, columns = (_weights(n, len(nodes)) for n in (height, width))
    along = np.tensordot(rows, nodes, 1)  # (H, g, 2)
    return np.einsum("xj,yjk->yxk", columns, along, optimize=True).astype(np.float32)


def positions(displaced: np.ndarray) -> np.ndarray:
    """Where each pixel looks: its own place plus its displacement, (H, W, 2) x and y.

    displaced: as `displacements` gives it.
    """
    height, width = displaced.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y], axis=-1) + displaced


def warp(array: np.ndarray, places: np.ndarray, nearest: bool = False) -> np.ndarray:
    """An array (H, W) or (H, W, C) looked up at `places`, (H, W, 2) x and y.

    Between pixels it is interpolated linearly, or, nearest, takes the closest pixel:
    for masks and for the numbers of objects. Beyond the edge lies the mirrored array.
    """
    array = np.asarray(array)
    # OpenCV knows no integers of more than 16 bits.
    small = array.astype(np.int16) if array.dtype.kind in "iu" and nearest else array
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    places = places.astype(np.float32)
    moved = cv2.remap(small, places, None, how, borderMode=cv2.BORDER_REFLECT_101)
    return moved.reshape(*places.shape[:2], *array.shape[2:]).astype(array.dtype)


def folded(displaced: np.ndarray) -> float:
    """Share of the pixels at which a deformation turns over, in 0..1.

    There the determinant of its Jacobian is not above 0: what lay left comes to lie
    right, and no cell under a microscope looks like that.
    """
    (xy, xx), (yy, yx) = (np.gradient(displaced[..., k]) for k in range(2))
    return float(((1 + xx) * (1 + yy) - xy * yx <= 0).mean())


def _weights(pixels: int, nodes: int) -> np.ndarray:
    """How much each node counts at each pixel of a side: (pixels, nodes)."""
    at = np.linspace(0, nodes - 1, pixels)
    first = np.minimum(at.astype(int), nodes - 2)
    found = np.zeros((pixels, nodes))
    for step in (-1, 0, 1, 2):
        # Beyond the edge the outermost node is repeated.
        node = np.clip(first + step, 0, nodes - 1)
        np.add.at(found, (np.arange(pixels), node), _cubic(abs(at - first - step)))
    return found


def _cubic(x: np.ndarray) -> np.ndarray:
    """The kernel of cubic convolution at distances of 0 to 2 nodes."""
    near = ((KEYS + 2) * x - (KEYS + 3)) * x * x + 1
    far = ((KEYS * x - 5 * KEYS) * x + 8 * KEYS) * x - 4 * KEYS
    return np.where(x <= 1, near, far)
