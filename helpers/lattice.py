"""Figures of upsampling: arrays with numbers, overlaps, maps and their spectra."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from helpers import resampling, style
from helpers.style import picture

MOST_NUMBERS = 7  # cells a side in which a number is still legible
MOST_CELLS = 22  # along the shorter side, with lines between them
FLOOR = 1e-7  # of all power, the least that is shown
STILL = 1e-4  # of the largest value: less is what rounding leaves, no pattern


def arrays(named: Mapping[str, np.ndarray], columns: int = 3) -> Figure:
    """Arrays (H, W) under their names, the number in each cell where there is room.

    Colors run from the smallest to the largest number of all arrays together.
    """
    columns = min(columns, len(named))
    rows = -(-len(named) // columns)
    tallest = max(each.shape[0] / each.shape[1] for each in named.values())
    panel = (style.WIDTH - 2 * style.MARGIN) / columns
    figure = picture(rows * (min(tallest, 2) * panel + 0.3) + 0.2)
    panels = figure.subplots(rows, columns, squeeze=False)
    low = min(float(each.min()) for each in named.values())
    high = max(float(each.max()) for each in named.values())
    for axis in panels.flat:
        axis.axis("off")
    for axis, (name, values) in zip(panels.flat, named.items()):
        axis.axis("on")
        shown = axis.imshow(values, "cividis", vmin=low, vmax=max(high, low + 1e-9))
        axis.set_title(name)
        _cells(axis, values.shape)
        if max(values.shape) <= MOST_NUMBERS:
            _numbers(axis, np.asarray(values, float), shown)
    return figure


def overlap(kernel: int, stride: int, size: int = 6) -> Figure:
    """How many inputs reach each output of a transposed convolution, as bars and map.

    size: inputs along a side; nothing is cut off at the ends.
    """
    counts = resampling.overlaps(size, kernel, stride)
    figure = picture(2.9)
    line, flat = figure.subplots(1, 2, width_ratios=(1.35, 1))
    uneven = kernel % stride != 0
    line.bar(
        range(len(counts)),
        counts,
        color=style.VERMILION if uneven else style.BLUE,
        width=0.85,
    )
    line.set(xlabel="output pixel along a side", ylabel="inputs that reach it")
    line.set_ylim(0, max(counts.max(), 2) * 1.1)
    for axis in (line.xaxis, line.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    flat.imshow(np.outer(counts, counts), cmap="cividis", vmin=0)
    _cells(flat, (len(counts), len(counts)))
    word = "uneven" if uneven else "even"
    line.set_title(f"kernel {kernel}, stride {stride}: {word} inside")
    far = resampling.inside(kernel, stride)
    flat.set_title(f"inside: {far.min() ** 2} to {far.max() ** 2}")
    return figure


def maps(named: Mapping[str, np.ndarray], columns: int = 4) -> Figure:
    """Maps (N, H, W) under their names: the first of each above its mean spectrum.

    Every map has its own gray scale. The spectrum is the logarithm of the power; its
    middle is the mean, its rim the patterns of two pixels.
    """
    columns = min(columns, len(named))
    rows = -(-len(named) // columns)
    panel = (style.WIDTH - 2 * style.MARGIN) / columns
    figure = picture(rows * (2 * panel + 0.35) + 0.2)
    panels = figure.subplots(2 * rows, columns, squeeze=False)
    for axis in panels.flat:
        axis.axis("off")
    for k, (name, values) in enumerate(named.items()):
        row, column = divmod(k, columns)
        space, below = panels[2 * row, column], panels[2 * row + 1, column]
        draw_map(space, values[0])
        space.set_title(name)
        draw_spectrum(below, values)
    return figure


def draw_map(axis: Axes, values: np.ndarray) -> None:
    """One map (H, W) in grays from its smallest to its largest value."""
    spread = max(float(np.ptp(values)), STILL * max(float(np.abs(values).max()), 1e-9))
    middle = (float(values.min()) + float(values.max())) / 2
    limits = {"vmin": middle - spread / 2, "vmax": middle + spread / 2}
    axis.imshow(values, cmap="gray", interpolation="nearest", **limits)
    _frame(axis)


def draw_spectrum(axis: Axes, values: np.ndarray) -> None:
    """The mean spectrum of maps (N, H, W), over five powers of ten."""
    still = float(np.ptp(values)) <= STILL * max(float(np.abs(values).max()), 1e-9)
    power = np.zeros(values.shape[1:]) if still else resampling.spectrum(values)
    shades = np.log10(np.maximum(power, FLOOR))
    axis.imshow(shades, cmap="cividis", interpolation="nearest", vmin=-6, vmax=-1)
    _frame(axis)


def _frame(axis: Axes) -> None:
    axis.axis("on")
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    axis.spines[:].set(visible=True, linewidth=0.6, color=style.QUIET)


def _cells(axis: Axes, shape: tuple[int, int]) -> None:
    """White lines between the cells of an array, where these are not too small."""
    axis.grid(False)
    axis.set(xticks=[], yticks=[])
    for place, side in ((axis.axhline, shape[0]), (axis.axvline, shape[1])):
        for edge in range(1, side if min(shape) <= MOST_CELLS else 0):
            place(edge - 0.5, color=style.PANEL, lw=0.6)
    axis.spines[:].set(visible=True, linewidth=0.6, color=style.QUIET)


def _numbers(axis: Axes, values: np.ndarray, shown: AxesImage) -> None:
    size = 11 if max(values.shape) <= 4 else 8
    for (i, j), value in np.ndenumerate(values):
        color = style.text_on(shown.to_rgba(value)[:3])
        text = f"{value:.4g}"
        axis.text(j, i, text, ha="center", va="center", color=color, fontsize=size)
