"""The parts of a figure of pictures: rows of panels, images, masks, error maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from helpers import style
from helpers.style import color_mask, picture

RIGHT, MISSED, WRONG = "#f6f3ea", style.SKY, style.VERMILION


def grid(
    rows: int,
    columns: int,
    shape: tuple[int, int],
    titles: int = 0,
) -> tuple[Figure, np.ndarray]:
    """A figure of equal panels for images of a shape, and its (rows, columns) axes.

    titles: how many of the rows have one above them.
    """
    tall = shape[0] / shape[1]
    width = style.WIDTH if columns > 1 else style.WIDTH / 2
    panel = (width - 2 * style.MARGIN - 0.12 * (columns - 1)) / columns
    figure = picture(rows * (panel * tall + 0.12) + 0.25 * titles + 0.55, width)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.grid(False)
        axis.set(xticks=[], yticks=[])
    return figure, axes


def draw_image(axis: Axes, image: np.ndarray) -> None:
    """An image (H, W, C), with a thin frame."""
    axis.imshow(rgb(image), vmin=0, vmax=1)
    _frame(axis)


def draw_mask(axis: Axes, mask: np.ndarray, names: Sequence[str]) -> None:
    """A mask (H, W) in the colors of its classes."""
    # Nearest: a blend of two classes would be a color that means nothing.
    axis.imshow(color_mask(mask, names), interpolation="nearest")
    _frame(axis)


def draw_errors(
    axis: Axes,
    mask: np.ndarray,
    prediction: np.ndarray,
    classes: int,
    image: np.ndarray,
) -> None:
    """Right, missed and made-up pixels of one prediction, over the darkened image."""
    shades = np.empty((*mask.shape, 3))
    shades[:] = 0.15 + 0.35 * rgb(image).mean(-1, keepdims=True)
    marks = [(mask != prediction, WRONG)]
    if classes == 2:
        marks.append(((mask == 1) & (prediction == 1), RIGHT))
        marks.append(((mask == 1) & (prediction == 0), MISSED))
    for where, color in marks:
        shades[where] = style.to_rgb(color)
    axis.imshow(shades, interpolation="nearest")
    _frame(axis)


def error_key(classes: int) -> list[Patch]:
    """The entries of the legend of error maps."""
    if classes > 2:
        return [style.key(WRONG, "wrong class")]
    pairs = ((RIGHT, "found"), (MISSED, "missed"), (WRONG, "made up"))
    return [style.key(color, label) for color, label in pairs]


def outline(axis: Axes, mask: np.ndarray) -> None:
    """The outlines of a mask's classes, along the edges of its pixels."""
    mask = np.asarray(mask).astype(np.int64)
    grown = np.kron(mask, np.ones((8, 8)))
    y, x = ((np.arange(n) + 0.5) / 8 - 0.5 for n in grown.shape)
    levels = np.arange(mask.min(), mask.max()) + 0.5
    for width, color in ((3, style.INK), (1.5, "#ffffff")):
        if len(levels):
            axis.contour(x, y, grown, levels, colors=color, linewidths=width)


def _frame(axis: Axes) -> None:
    axis.axis("on")
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(visible=True, linewidth=0.6, color=style.QUIET)


def rgb(image: np.ndarray) -> np.ndarray:
    """An image as (H, W, 3) float in 0..1."""
    image = np.asarray(image)
    values = image / 255 if image.dtype == np.uint8 else np.clip(image, 0, 1)
    if values.ndim == 2:
        values = values[..., None]
    return np.repeat(values, 3, -1) if values.shape[-1] == 1 else values[..., :3]
