"""Figures of the task: one picture's five answers, changed masks, scores as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers import style
from helpers.boxes import Box
from helpers.panels import draw_errors, draw_image, draw_mask, error_key, grid
from helpers.style import legend, line_colors, picture

MOST_NAMES = 6  # more would not fit beside their bars


def answers(
    image: np.ndarray,
    vector: Mapping[str, float],
    box: Box,
    found: Sequence[tuple[str, Box]],
    semantic: np.ndarray,
    parts: np.ndarray,
) -> Figure:
    """A picture and what five tasks make of it: six panels in two rows.

    vector: a score in 0..1 for each class name. box: the localization. found: name
    and box of each detected object. semantic: (H, W) of 0 and 1. parts: (n, H, W)
    masks of the instances.
    """
    figure, axes = grid(2, 3, image.shape[:2], titles=2)
    (whole, bars, one), (many, mask, each) = axes
    for axis in (whole, one, many):
        draw_image(axis, image)
    _vector(bars, vector, image.shape[0] / image.shape[1])
    draw_box(one, box, style.ORANGE)
    for k, (name, where) in enumerate(found):
        color = style.CLASSES[k % len(style.CLASSES)]
        draw_box(many, where, color, name, low=k % 2 == 1)
    draw_mask(mask, semantic, ("background", "pet"))
    draw_parts(each, parts)
    titles = ("the picture", "classification", "localization")
    titles += ("detection", "semantic mask", "instance masks")
    for axis, title in zip(axes.flat, titles):
        axis.set_title(title)
    return figure


def touching(image: np.ndarray, readings: Mapping[str, np.ndarray]) -> Figure:
    """A picture and, beside it, the regions of several readings of its mask.

    readings: by title, masks (n, H, W) of the regions.
    """
    figure, axes = grid(1, 1 + len(readings), image.shape[:2], titles=1)
    draw_image(axes[0, 0], image)
    axes[0, 0].set_title("the picture")
    for axis, (title, parts) in zip(axes[0, 1:], readings.items()):
        draw_parts(axis, parts)
        axis.set_title(title)
    return figure


def changed(mask: np.ndarray, other: np.ndarray, scores: Mapping[str, float]) -> Figure:
    """What a changed mask gets right and wrong, beside its scores in 0..1.

    mask, other: (H, W) of 0 and 1, the true and the changed one.
    """
    figure = picture(2.9)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    left.grid(False)
    draw_errors(left, mask, other, 2, np.zeros((*mask.shape, 3)))
    _bars(right, scores)
    legend(figure, error_key(2))
    return figure


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    labels: tuple[str, str],
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """Named lines over x. labels: of both axes. marks: named horizontal lines."""
    figure = picture(3.4)
    axis = figure.subplots()
    shown = []
    for color, (name, values) in zip(line_colors(len(series)), series.items()):
        shown += axis.plot(x, values, "o-", ms=4, color=color, label=name)
    for name, value in (marks or {}).items():
        shown.append(axis.axhline(value, color=style.INK, ls=(0, (4, 2)), lw=1.5))
        shown[-1].set_label(name)
    axis.set(xlabel=labels[0], ylabel=labels[1], xticks=x)
    axis.set_ylim(bottom=0)
    legend(figure, shown)
    return figure


def draw_box(
    axis: Axes, box: Box, color: str, name: str = "", low: bool = False
) -> None:
    """A box around the pixels that lie in it, named at its top or, if low, bottom."""
    corner = box.left - 0.5, box.top - 0.5
    sides = box.right - box.left, box.bottom - box.top
    for width, edge in ((4, style.INK), (2.2, color)):
        axis.add_patch(Rectangle(corner, *sides, fill=False, lw=width, ec=edge))
    if name:
        label = {"boxstyle": "square,pad=0.15", "fc": style.PANEL, "ec": style.INK}
        y = box.bottom - 2 if low else box.top + 1
        place = {"va": "bottom" if low else "top", "fontsize": 9}
        axis.text(box.left + 1, y, name, bbox=label | {"lw": 0.6}, **place)


def draw_parts(axis: Axes, parts: np.ndarray) -> None:
    """Instance masks (n, H, W), each in a color of its own."""
    labels = np.zeros(parts.shape[1:], np.uint8)
    for k, part in enumerate(parts, start=1):
        labels[part] = k
    draw_mask(
        axis, labels, ("background", *(f"pet {k + 1}" for k in range(len(parts))))
    )


def _vector(axis: Axes, values: Mapping[str, float], tall: float) -> None:
    """A bar for each class, named inside the panel; of many, only the greatest."""
    names, numbers = list(values), list(values.values())
    places = np.arange(len(numbers))
    axis.barh(places, numbers, color=style.SKY, edgecolor=style.BLUE, height=0.86)
    shown = [int(np.argmax(numbers))] if len(names) > MOST_NAMES else places
    for place in shown:
        label = f"{numbers[place]:g}  {names[place].replace('_', ' ')}"
        axis.text(0.04, place, label, va="center", fontsize=9)
    axis.set(xlim=(0, 1), ylim=(len(numbers) - 0.4, -0.6), box_aspect=tall)
    axis.spines[:].set(visible=True, linewidth=0.6, color=style.QUIET)


def _bars(axis: Axes, values: Mapping[str, float]) -> None:
    """A bar for each value in 0..1, with its number."""
    places = np.arange(len(values))
    numbers = list(values.values())
    axis.barh(places, numbers, color=line_colors(len(numbers)), height=0.6)
    for place, value in zip(places, numbers):
        spot = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        axis.annotate(f"{value:.3f}", (value, place), **spot)
    axis.set(xlim=(0, 1.25), xticks=(0, 1))
    axis.set_yticks(places, list(values))
    axis.grid(False)
    axis.tick_params(axis="y", length=0)
    axis.invert_yaxis()
