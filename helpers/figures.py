"""Every figure of the book: pictures with masks, errors, curves, bars, matrices.

Each function returns a matplotlib Figure that a notebook shows as the last value of a
cell. Images are (H, W, C) uint8 in 0..255 or float in 0..1, masks (H, W) integers.
`class_names` gives the classes their colors and their legend; without it two classes
are called "other" and "class 1", more "class 0", "class 1", ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers import style
from helpers.blueprint import unet
from helpers.charts import bars, confusion, training_curves
from helpers.panels import (
    draw_errors,
    draw_image,
    draw_mask,
    error_key,
    grid,
    outline,
    rgb,
)
from helpers.samples import Samples
from helpers.style import color_mask, legend, use_style

__all__ = [
    "bars",
    "blend",
    "color_mask",
    "confusion",
    "overlay",
    "show_errors",
    "show_predictions",
    "show_samples",
    "training_curves",
    "unet",
    "use_style",
    "zoom",
]

MOST_COLUMNS = 4  # more would be smaller than a stamp on a telephone


def show_samples(samples: Samples, n: int = 4) -> Figure:
    """The first n samples, each image above its mask, at most four in a row."""
    n = min(n, len(samples))
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    figure, axes = grid(2 * rows, columns, samples.images.shape[1:3])
    for axis in axes.flat:
        axis.axis("off")
    names = _names(samples.class_names, samples.masks[:n])
    for i in range(n):
        row, column = divmod(i, columns)
        draw_image(axes[2 * row, column], samples.images[i])
        draw_mask(axes[2 * row + 1, column], samples.masks[i], names)
    legend(figure, style.class_key(names))
    return figure


def show_predictions(
    images: np.ndarray,
    masks: np.ndarray,
    predictions: np.ndarray | Mapping[str, np.ndarray],
    titles: Sequence[str] | None = None,
    class_names: Sequence[str] = (),
    *,
    errors: bool = False,
) -> Figure:
    """One row per image: input, mask, prediction(s) and, if asked, the errors.

    predictions: (N, H, W), or several under their names. titles: one per row, such
    as its score. The errors are those of the last prediction. Raises ValueError for
    more than four columns or numbers of images that differ.
    """
    named = _named(predictions)
    columns = 2 + len(named) + errors
    if columns > MOST_COLUMNS:
        raise ValueError(
            f"{columns} columns are too many to see on a small screen; {MOST_COLUMNS} "
            "at most: show fewer predictions, or no errors"
        )
    for name, masks_of in named.items():
        if not len(images) == len(masks) == len(masks_of):
            raise ValueError(
                f"{len(images)} images, {len(masks)} masks and {len(masks_of)} "
                f"predictions ({name}); there must be as many of each"
            )
    names = _names(class_names, masks, *named.values())
    figure, axes = grid(len(images), columns, images.shape[1:3], titles=1)
    heads = ["input", "mask", *named] + ["errors"] * errors
    for axis, head in zip(axes[0], heads):
        axis.set_title(head)
    for i, row in enumerate(axes):
        draw_image(row[0], images[i])
        draw_mask(row[1], masks[i], names)
        for axis, masks_of in zip(row[2:], named.values()):
            draw_mask(axis, masks_of[i], names)
        if errors:
            draw_errors(row[-1], masks[i], masks_of[i], len(names), images[i])
        if titles:
            row[0].set_ylabel(titles[i], color=style.INK)
    extra = error_key(len(names)) if errors else []
    legend(figure, style.class_key(names) + extra)
    return figure


def overlay(
    image: np.ndarray,
    mask: np.ndarray,
    class_names: Sequence[str] = (),
    opacity: float = 0.5,
) -> Figure:
    """The image beside the image tinted with its mask; opacity in 0..1."""
    names = _names(class_names, mask)
    figure, axes = grid(1, 2, mask.shape)
    draw_image(axes[0, 0], image)
    draw_image(axes[0, 1], blend(image, mask, names, opacity))
    outline(axes[0, 1], mask)
    legend(figure, style.class_key(names))
    return figure


def blend(
    image: np.ndarray,
    mask: np.ndarray,
    class_names: Sequence[str],
    opacity: float = 0.5,
) -> np.ndarray:
    """An image tinted with the colors of its mask: (H, W, 3) float in 0..1.

    A background keeps its own colors.
    """
    colors = color_mask(mask, class_names)
    tinted = np.array([name.lower() not in style.GROUND_NAMES for name in class_names])
    share = opacity * tinted[mask.astype(np.int64)][..., None]
    return (1 - share) * rgb(image) + share * colors


def show_errors(
    images: np.ndarray,
    masks: np.ndarray,
    predictions: np.ndarray,
    titles: Sequence[str] | None = None,
    classes: int = 2,
) -> Figure:
    """Maps of what was found, missed (false negative) or made up (false positive).

    With more than two classes every wrong pixel has one color. The maps lie over
    the darkened images, at most four in a row.
    """
    n = len(images)
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    figure, axes = grid(rows, columns, masks.shape[1:], titles=rows if titles else 0)
    for axis in axes.flat:
        axis.axis("off")
    for i, axis in enumerate(axes.flat[:n]):
        draw_errors(axis, masks[i], predictions[i], classes, images[i])
        if titles:
            axis.set_title(titles[i])
    legend(figure, error_key(classes))
    return figure


def zoom(
    image: np.ndarray,
    mask: np.ndarray,
    predictions: np.ndarray | Mapping[str, np.ndarray],
    box: Sequence[int],
    class_names: Sequence[str] = (),
) -> Figure:
    """One spot shown large: where it lies, its mask, and each prediction of it.

    box: top, left, bottom, right in pixels, ends excluded. The white line on the
    predictions is the outline of the true mask. Raises ValueError for a box that
    does not lie in the image.
    """
    top, left, bottom, right = (int(v) for v in box)
    if not (0 <= top < bottom <= mask.shape[0] and 0 <= left < right <= mask.shape[1]):
        raise ValueError(
            f"box {tuple(map(int, box))} (top, left, bottom, right) does not lie in "
            f"an image of {mask.shape[0]}x{mask.shape[1]} pixels"
        )
    named = _named(predictions)
    names = _names(class_names, mask, *named.values())
    columns = 2 if len(named) < 3 else 3
    rows = -(-(2 + len(named)) // columns)
    figure, axes = grid(rows, columns, mask.shape, titles=rows)
    for axis in axes.flat:
        axis.axis("off")
    spot = (slice(top, bottom), slice(left, right))
    whole, true, *rest = axes.flat
    draw_image(whole, image)
    for width, color in ((4, style.INK), (2, "#ffffff")):
        frame = (left - 0.5, top - 0.5), right - left, bottom - top
        whole.add_patch(Rectangle(*frame, fill=False, lw=width, ec=color))
    whole.set_title("input")
    draw_mask(true, mask[spot], names)
    true.set_title("mask")
    for axis, (name, masks_of) in zip(rest, named.items()):
        draw_mask(axis, masks_of[spot], names)
        outline(axis, mask[spot])
        axis.set_title(name)
    legend(figure, style.class_key(names))
    return figure


def _named(predictions) -> dict[str, np.ndarray]:
    if isinstance(predictions, Mapping):
        return dict(predictions)
    return {"prediction": predictions}


def _names(given: Sequence[str], *masks: np.ndarray) -> tuple[str, ...]:
    """The class names, made up where none are given."""
    if len(given):
        return tuple(given)
    classes = max(2, 1 + max(int(np.max(m)) for m in masks))
    if classes == 2:
        return ("other", "class 1")
    return tuple(f"class {k}" for k in range(classes))
