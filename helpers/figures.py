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
from helpers.charts import bars, confusion, training_curves
from helpers.samples import Samples
from helpers.style import color_mask, legend, picture, use_style

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
    "use_style",
    "zoom",
]

RIGHT, MISSED, WRONG = "#f6f3ea", style.SKY, style.VERMILION
MOST_COLUMNS = 4  # more would be smaller than a stamp on a telephone


def show_samples(samples: Samples, n: int = 4) -> Figure:
    """The first n samples, each image above its mask, at most four in a row."""
    n = min(n, len(samples))
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    figure, axes = _grid(2 * rows, columns, samples.images.shape[1:3])
    for axis in axes.flat:
        axis.axis("off")
    names = _names(samples.class_names, samples.masks[:n])
    for i in range(n):
        row, column = divmod(i, columns)
        _image(axes[2 * row, column], samples.images[i])
        _mask(axes[2 * row + 1, column], samples.masks[i], names)
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
    figure, axes = _grid(len(images), columns, images.shape[1:3], titles=1)
    heads = ["input", "mask", *named] + ["errors"] * errors
    for axis, head in zip(axes[0], heads):
        axis.set_title(head)
    for i, row in enumerate(axes):
        _image(row[0], images[i])
        _mask(row[1], masks[i], names)
        for axis, masks_of in zip(row[2:], named.values()):
            _mask(axis, masks_of[i], names)
        if errors:
            _errors(row[-1], masks[i], masks_of[i], len(names), images[i])
        if titles:
            row[0].set_ylabel(titles[i], color=style.INK)
    extra = _error_key(len(names)) if errors else []
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
    figure, axes = _grid(1, 2, mask.shape)
    _image(axes[0, 0], image)
    _image(axes[0, 1], blend(image, mask, names, opacity))
    _outline(axes[0, 1], mask)
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
    ground = [name.lower() in style.GROUND_NAMES for name in class_names]
    share = opacity * ~np.array(ground)[mask][..., None]
    return (1 - share) * _rgb(image) + share * color_mask(mask, class_names)


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
    figure, axes = _grid(rows, columns, masks.shape[1:], titles=rows if titles else 0)
    for axis in axes.flat:
        axis.axis("off")
    for i, axis in enumerate(axes.flat[:n]):
        _errors(axis, masks[i], predictions[i], classes, images[i])
        if titles:
            axis.set_title(titles[i])
    legend(figure, _error_key(classes))
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
    figure, axes = _grid(rows, columns, mask.shape, titles=rows)
    for axis in axes.flat:
        axis.axis("off")
    spot = (slice(top, bottom), slice(left, right))
    whole, true, *rest = axes.flat
    _image(whole, image)
    for width, color in ((4, style.INK), (2, "#ffffff")):
        frame = (left - 0.5, top - 0.5), right - left, bottom - top
        whole.add_patch(Rectangle(*frame, fill=False, lw=width, ec=color))
    whole.set_title("input")
    _mask(true, mask[spot], names)
    true.set_title("mask")
    for axis, (name, masks_of) in zip(rest, named.items()):
        _mask(axis, masks_of[spot], names)
        _outline(axis, mask[spot])
        axis.set_title(name)
    legend(figure, style.class_key(names))
    return figure


def _grid(
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


def _image(axis, image: np.ndarray) -> None:
    axis.imshow(_rgb(image), vmin=0, vmax=1)
    _frame(axis)


def _mask(axis, mask: np.ndarray, names: Sequence[str]) -> None:
    # Nearest: a blend of two classes would be a color that means nothing.
    axis.imshow(color_mask(mask, names), interpolation="nearest")
    _frame(axis)


def _errors(axis, mask, prediction, classes: int, image) -> None:
    """Right, missed and made-up pixels of one prediction, over the darkened image."""
    shades = np.empty((*mask.shape, 3))
    shades[:] = 0.15 + 0.35 * _rgb(image).mean(-1, keepdims=True)
    marks = [(mask != prediction, WRONG)]
    if classes == 2:
        marks.append(((mask == 1) & (prediction == 1), RIGHT))
        marks.append(((mask == 1) & (prediction == 0), MISSED))
    for where, color in marks:
        shades[where] = style.to_rgb(color)
    axis.imshow(shades, interpolation="nearest")
    _frame(axis)


def _error_key(classes: int) -> list:
    if classes > 2:
        return [style.key(WRONG, "wrong class")]
    pairs = ((RIGHT, "found"), (MISSED, "missed"), (WRONG, "made up"))
    return [style.key(color, label) for color, label in pairs]


def _outline(axis, mask: np.ndarray) -> None:
    """The outlines of a mask's classes, along the edges of its pixels."""
    mask = np.asarray(mask).astype(np.int64)
    grown = np.kron(mask, np.ones((8, 8)))
    y, x = ((np.arange(n) + 0.5) / 8 - 0.5 for n in grown.shape)
    levels = np.arange(mask.min(), mask.max()) + 0.5
    for width, color in ((3, style.INK), (1.5, "#ffffff")):
        if len(levels):
            axis.contour(x, y, grown, levels, colors=color, linewidths=width)


def _frame(axis) -> None:
    axis.axis("on")
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(visible=True, linewidth=0.6, color=style.QUIET)


def _rgb(image: np.ndarray) -> np.ndarray:
    """An image as (H, W, 3) float in 0..1."""
    image = np.asarray(image)
    values = image / 255 if image.dtype == np.uint8 else np.clip(image, 0, 1)
    if values.ndim == 2:
        values = values[..., None]
    return np.repeat(values, 3, -1) if values.shape[-1] == 1 else values[..., :3]


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
