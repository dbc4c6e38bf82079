"""Figures of the losses: values and slopes, weight maps, objects in many colors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers import style
from helpers.panels import draw_image, grid
from helpers.style import legend, line_colors, picture


def lines(
    panels: Mapping[str, Mapping[str, np.ndarray]],
    x: Sequence[float],
    across: str,
    logarithmic: bool = False,
    mark: float | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Panels below each other, a line for each name, all over the same x.

    panels: {label: {name: values as long as x}}; the names are those of the first.
    logarithmic: a logarithmic y in the last panel. mark: an x to draw a line at.
    limits: of the last panel's y, so that the frames of an explorer agree.
    """
    figure = picture(1.4 + 2.1 * len(panels))
    axes = np.atleast_1d(figure.subplots(len(panels), 1, sharex=True))
    drawn = []
    for axis, (label, values) in zip(axes, panels.items()):
        for color, (name, y) in zip(line_colors(len(values)), values.items()):
            line = axis.plot(x, y, color=color, label=name)
            drawn += line if axis is axes[0] else []
        if mark is not None:
            axis.axvline(mark, color=style.QUIET, ls=(0, (4, 2)), lw=1.2)
        axis.set_ylabel(label)
    axes[-1].set_xlabel(across)
    if logarithmic:
        axes[-1].set_yscale("log")
    if limits:
        axes[-1].set_ylim(limits)
    if len(drawn) > 1:
        legend(figure, drawn)
    return figure


def shares(
    series: Mapping[str, Mapping[float, Sequence[float]]],
    across: str,
    label: str,
    here: Mapping[str, Mapping[float, float]] | None = None,
) -> Figure:
    """A line per name through the medians of several runs, a dot for each run.

    series: {name: {share in 0..1: values}}; the shares lie on a logarithmic axis,
    the largest at the left. here: {name in series: {share: value}} of single runs on
    the page, drawn as diamonds in the color of their name.
    """
    figure = picture(4.1)
    axis = figure.subplots()
    drawn = []
    colors = line_colors(len(series))
    for k, (color, (name, values)) in enumerate(zip(colors, series.items())):
        middle = [np.median(v) for v in values.values()]
        drawn += axis.plot([*values], middle, color=color, label=name)
        for x, several in values.items():
            aside = x * 1.06 ** (k - (len(series) - 1) / 2)
            dots = {"color": color, "edgecolor": style.INK, "linewidth": 0.6}
            axis.scatter([aside] * len(several), several, s=24, zorder=3, **dots)
    for name, values in (here or {}).items():
        dots = {"color": colors[[*series].index(name)], "edgecolor": style.INK}
        axis.scatter([*values], [*values.values()], s=90, marker="D", zorder=4, **dots)
    if here:
        entry = {"mfc": style.PANEL, "mec": style.INK, "label": "on this page"}
        drawn += axis.plot([], [], "D", ms=8, **entry)
    places = sorted({x for values in series.values() for x in values})
    axis.set(xscale="log", xlabel=across, ylabel=label, ylim=(-0.03, 1))
    axis.set_xticks(places, [f"{x:.1%}" for x in places])
    axis.minorticks_off()
    axis.invert_xaxis()
    legend(figure, drawn)
    return figure


def maps(panels: Mapping[str, np.ndarray], label: str) -> Figure:
    """Maps (H, W) side by side on one scale of colors that starts at 0."""
    values = list(panels.values())
    figure, axes = grid(1, len(values), values[0].shape, titles=1)
    most = max(float(v.max()) for v in values)
    for axis, (title, value) in zip(axes[0], panels.items()):
        shown = axis.imshow(value, vmin=0, vmax=most, interpolation="nearest")
        axis.set_title(title)
    bar = figure.colorbar(
        shown, ax=list(axes[0]), location="bottom", label=label, aspect=40, pad=0.02
    )
    bar.outline.set_visible(False)
    return figure


def counted(
    images: np.ndarray, numbered: Mapping[str, np.ndarray], titles: Sequence[str] = ()
) -> Figure:
    """Rows of an image and of its objects, each of them in a color of its own.

    images: (N, H, W, C). numbered: {head: (N, H, W) integers, 0 the ground}. titles:
    a word for each row. Two objects that were taken for one have one color.
    """
    figure, axes = grid(len(images), 1 + len(numbered), images.shape[1:3], titles=1)
    palette = np.array([style.to_rgb(c) for c in style.CLASSES])
    ground = np.array(style.to_rgb(style.GROUND))
    for axis, head in zip(axes[0], ["input", *numbered]):
        axis.set_title(head)
    for i, row in enumerate(axes):
        draw_image(row[0], images[i])
        for axis, objects in zip(row[1:], numbered.values()):
            number = objects[i]
            colors = palette[(number - 1) % len(palette)]
            colors = np.where(number[..., None] > 0, colors, ground)
            axis.imshow(colors, interpolation="nearest")
        if len(titles):
            row[0].set_ylabel(titles[i], color=style.INK)
    return figure
