"""The book's charts: training curves, bars of scores, curves, confusion matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers import style
from helpers.style import legend, line_colors, picture

DASHES = [(0, (4, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2))]


def training_curves(histories: Mapping[str, object]) -> Figure:
    """Loss and mean IoU against epochs, for each named training.

    A history is a `History`, or its rows: dicts with epoch, loss, and, if there was
    validation, val_loss and val_mean_iou.
    """
    tables = {name: list(getattr(h, "rows", h)) for name, h in histories.items()}
    scored = any("val_mean_iou" in row for rows in tables.values() for row in rows)
    figure = picture(5.2 if scored else 3.2)
    axes = np.atleast_1d(figure.subplots(2 if scored else 1, 1, sharex=True))
    panels = [("loss", "val_loss", "loss"), (None, "val_mean_iou", "mean IoU")]
    for axis, (train, held_out, label) in zip(axes, panels):
        for color, rows in zip(line_colors(len(tables)), tables.values()):
            for column, line in ((train, (0, (1.5, 1.5))), (held_out, "-")):
                points = [
                    (row["epoch"], row[column])
                    for row in rows
                    if row.get(column) is not None
                ]
                if points:
                    mark = "o" if len(points) < 25 else None
                    axis.plot(*zip(*points), color=color, ls=line, marker=mark, ms=4)
        axis.set_ylabel(label)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes[0].set_ylim(bottom=0)
    axes[-1].set_xlabel("epoch")
    lines = [
        axes[0].plot([], [], color=color, label=name)[0]
        for color, name in zip(line_colors(len(tables)), tables)
    ]
    if any("val_loss" in row for rows in tables.values() for row in rows):
        kinds = [
            axes[0].plot([], [], color=style.QUIET, ls=line, label=label)[0]
            for line, label in (("-", "held out"), ((0, (1.5, 1.5)), "training"))
        ]
        axes[0].legend(handles=kinds, loc="upper right")
    legend(figure, lines)
    return figure


def bars(
    scores: Mapping[str, float | Sequence[float]],
    label: str = "",
    reference: tuple[str, float] | None = None,
    digits: int = 3,
) -> Figure:
    """A bar per name with its number; several values give their median and a dot each.

    reference: a name and a value to draw as a line, such as the constant answer.
    """
    figure = picture(0.9 + 0.55 * len(scores) + (0.35 if reference else 0))
    axis = figure.subplots()
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    every = [np.atleast_1d(np.asarray(v, float)) for v in scores.values()]
    most = max([v.max() for v in every] + ([reference[1]] if reference else []))
    for i, (color, values) in enumerate(zip(line_colors(len(every)), every)):
        middle = float(np.median(values))
        axis.barh(i, middle, color=color, height=0.62)
        if len(values) > 1:
            shift = np.linspace(-0.16, 0.16, len(values))
            dots = {"color": style.PANEL, "edgecolor": style.INK, "zorder": 3}
            axis.scatter(values, i + shift, s=22, linewidth=1, **dots)
        axis.annotate(
            f"{middle:.{digits}f}",
            (max(middle, values.max()), i),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            bbox={"boxstyle": "square,pad=0.15", "fc": style.PANEL, "ec": "none"},
        )
    axis.set_yticks(range(len(every)), list(scores))
    axis.tick_params(axis="y", length=0)
    axis.invert_yaxis()
    axis.set_xlim(0, most * 1.16)
    axis.set_xlabel(label)
    if reference:
        name, value = reference
        line = axis.axvline(value, color=style.INK, ls=(0, (4, 2)), lw=1.5)
        line.set_label(f"{name}: {value:.{digits}f}")
        legend(figure, [line])
    return figure


def curves(
    series: Mapping[str, Mapping[float, float | Sequence[float]]],
    across: str,
    label: str,
    bounds: Mapping[str, Mapping[float, float]] | None = None,
    scale: str = "linear",
) -> Figure:
    """A line per name through its values; several values give their median and dots.

    series: {name: {x: value or values}}. across, label: what x and the values are.
    bounds: more lines of the same form, dashed and thin: what is known beforehand.
    scale: "linear", or "log" for both axes. Every x that occurs is marked.
    """
    bounds = bounds or {}
    figure = picture(3.9 + 0.25 * ((len(series) + len(bounds) - 1) // 3))
    axis = figure.subplots()
    drawn = []
    for color, (name, values) in zip(line_colors(len(series)), series.items()):
        every = {x: np.atleast_1d(np.asarray(v, float)) for x, v in values.items()}
        middle = [float(np.median(v)) for v in every.values()]
        drawn += axis.plot([*every], middle, color=color, marker="o", ms=4, label=name)
        for x, several in every.items():
            if len(several) > 1:
                spots = np.full(len(several), x)
                ring = {"facecolor": style.PANEL, "edgecolor": color, "zorder": 1.9}
                axis.scatter(spots, several, s=14, linewidth=1, **ring)
    for dash, (name, values) in zip(DASHES * len(bounds), bounds.items()):
        line = {"color": style.INK, "lw": 1.3, "ls": dash, "label": name}
        drawn += axis.plot([*values], [*values.values()], **line)
    axis.set(xlabel=across, ylabel=label, xscale=scale, yscale=scale)
    places = sorted({x for values in series.values() for x in values})
    axis.set_xticks(places, [f"{x:g}" for x in places])
    axis.minorticks_off()
    legend(figure, drawn)
    return figure


def confusion(matrix: np.ndarray, class_names: Sequence[str]) -> Figure:
    """What became of each true class, in percent of its pixels.

    matrix: (classes, classes) counts, rows true, as `scores.confusion` gives it.
    """
    matrix = np.asarray(matrix, float)
    share = 100 * matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    figure = picture(1.3 + 0.85 * len(matrix), 1.9 + 1.25 * len(matrix))
    axis = figure.subplots()
    cells = axis.imshow(share, cmap="cividis", vmin=0, vmax=100, aspect="auto")
    for (i, j), value in np.ndenumerate(share):
        color = style.text_on(cells.to_rgba(value)[:3])
        axis.text(j, i, f"{value:.1f} %", ha="center", va="center", color=color)
    for place in (axis.set_xticks, axis.set_yticks):
        place(range(len(matrix)), class_names)
    axis.set(xlabel="predicted", ylabel="true")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    return figure
