"""Charts of the skips: lines with the range of several seeds, gradients by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers.style import legend, line_colors, picture

MARKS = ("o", "s", "^", "D", "v")
MOST_TICKS = 8  # on an axis that names every value


def ranges(
    x: Sequence[float],
    series: Mapping[str, np.ndarray],
    labels: tuple[str, str],
    *,
    log: bool = False,
) -> Figure:
    """Named lines over x; several seeds give their median and a band of all of them.

    series: (len(x),) or (seeds, len(x)) by name. labels: of both axes. log: whether
    the vertical axis is logarithmic.
    """
    figure = picture(3.4)
    axis = figure.subplots()
    shown = []
    for k, (name, values) in enumerate(series.items()):
        values = np.atleast_2d(np.asarray(values, float))
        color, mark = line_colors(k + 1)[k], MARKS[k % len(MARKS)]
        line = {"color": color, "marker": mark, "ms": 5, "label": name}
        shown += axis.plot(x, np.median(values, axis=0), **line)
        if len(values) > 1:
            low, high = values.min(0), values.max(0)
            band = {"facecolor": (color, 0.15), "edgecolor": color, "linewidth": 0.6}
            axis.fill_between(x, low, high, **band)
    axis.set(xlabel=labels[0], ylabel=labels[1])
    if len(x) <= MOST_TICKS:
        axis.set_xticks(list(x))
    if log:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
    legend(figure, shown)
    return figure


def by_layer(
    networks: Mapping[str, Mapping[str, float]], limits: tuple[float, float]
) -> Figure:
    """The gradient's length in every layer, first layer at the left, for each network.

    networks: by name, what `gradients.norms` gives; all of the same layers. limits:
    of the logarithmic axis, so that pictures of several settings compare.
    """
    figure = picture(3.9)
    axis = figure.subplots()
    layers, shown = list(next(iter(networks.values()))), []
    for k, (name, norms) in enumerate(networks.items()):
        color, mark = line_colors(k + 1)[k], MARKS[k % len(MARKS)]
        values = [max(norms[layer], limits[0]) for layer in layers]
        shown += axis.plot(values, color=color, marker=mark, ms=5, label=name)
    short = [layer.removesuffix(".conv1").removesuffix(".conv") for layer in layers]
    axis.set_xticks(range(len(layers)), short, rotation=60, ha="right")
    axis.set(yscale="log", ylim=limits, ylabel="length of the gradient")
    legend(figure, shown)
    return figure
