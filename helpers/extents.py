"""Figures of extents: sizes through a network, tiles on an image, errors near edges."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from helpers import sizes, style, tiles
from helpers.spec import UNetSpec
from helpers.style import key, legend, picture

NEAR = 5
"""How many valid sizes are marked below the U, around the one that is shown."""


def network(spec: UNetSpec, size: int) -> Figure:
    """Every size of a side on its way through the network, and the valid sizes near.

    A row per level: left the way down, right the way up, between them what is cut off
    the skip at each edge. A size that does not fit stops where it fails.
    """
    figure = picture(1.9 + 0.42 * (spec.depth + 1), 5.2)
    axis, line = figure.subplots(2, 1, height_ratios=[spec.depth + 1.2, 1])
    down, up, cuts, problem = _ways(spec, size)
    axis.set(xlim=(0, 1), ylim=(spec.depth + 0.5, -0.7))
    axis.axis("off")
    for level, row in enumerate(down):
        where = 0.5 if level == spec.depth else 0.03 + 0.06 * level
        side = "center" if level == spec.depth else "left"
        _numbers(axis, where, level, row, side, style.BLUE)
    for level, row in enumerate(up):
        _numbers(axis, 0.97 - 0.06 * level, level, row, "right", style.GREEN_TEXT)
        before, after = cuts[level]
        text = f"cut {before}" if before == after else f"cut {before}, {after}"
        text = "skip" if not before + after else text
        axis.text(0.5, level, text, ha="center", va="center", color=style.QUIET)
    if problem:
        color = {"ha": "center", "va": "center", "color": style.VERMILION_TEXT}
        axis.text(0.5, spec.depth - 0.5, problem, **color)
    for where, name in ((0.03, "way down"), (0.97, "way up")):
        side = "left" if where < 0.5 else "right"
        axis.text(where, -0.6, name, ha=side, va="center", color=style.QUIET)
    _sizes_near(line, spec, size, not problem)
    return figure


def tiling(spec: UNetSpec, height: int, width: int, tile: int) -> Figure:
    """Where tiles lie on an image; one of them, and what it looks at, in color."""
    rows, columns = (tiles.layout(spec, n, tile) for n in (height, width))
    around = max(rows.before, columns.before)
    figure = picture(5.2 * (height + 2 * around) / (width + 2 * around) + 0.7, 5.2)
    axis = figure.subplots()
    axis.set(xlim=(-around, width + around), ylim=(height + around, -around))
    axis.set_aspect("equal")
    axis.axis("off")
    axis.add_patch(Rectangle((0, 0), width, height, fc=style.GROUND, ec=style.INK))
    for edge in rows.bounds:
        axis.plot([0, width], [edge, edge], color=style.INK, lw=0.8)
    for edge in columns.bounds:
        axis.plot([edge, edge], [0, height], color=style.INK, lw=0.8)
    i = j = 0
    corner = columns.starts[j] - columns.before, rows.starts[i] - rows.before
    look = {"fc": (style.SKY, 0.45), "ec": style.BLUE, "lw": 1.5}
    axis.add_patch(Rectangle(corner, columns.tile, rows.tile, **look))
    (top, bottom), (left, right) = rows.bounds[i : i + 2], columns.bounds[j : j + 2]
    keep = {"fc": style.ORANGE, "ec": style.INK, "lw": 1}
    axis.add_patch(Rectangle((left, top), right - left, bottom - top, **keep))
    entries = [(style.SKY, "one tile sees"), (style.ORANGE, "one tile gives")]
    legend(figure, [key(*e) for e in [*entries, (style.GROUND, "image")]])
    return figure


def by_distance(
    profiles: Mapping[str, np.ndarray],
    label: str,
    reach: int | None = None,
    beside: tuple[str, Mapping[str, np.ndarray]] | None = None,
) -> Figure:
    """Errors against the distance from the edge in pixels, on a logarithmic scale.

    reach: where a vertical line is drawn, such as the reach of the receptive field.
    beside: what others are, and theirs by the same names; dashed, in the same colors.
    """
    figure = picture(3.9 + (0.25 if beside else 0))
    axis = figure.subplots()
    what, others = beside or ("", {})
    drawn = []
    for color, (name, values) in zip(
        style.line_colors(len(profiles)), profiles.items()
    ):
        drawn += axis.plot(_seen(values), color=color, marker="o", ms=3, label=name)
        if name in others:
            dashed = {"color": color, "lw": 1.3, "ls": (0, (3, 2))}
            axis.plot(_seen(others[name]), **dashed)
    axis.set(xlabel="distance from the edge, pixels", ylabel=label, yscale="log")
    if reach is not None:
        axis.axvline(reach, color=style.INK, ls=(0, (1, 1.5)), lw=1.3)
    if beside:
        drawn += [Line2D([], [], color=style.QUIET, ls=(0, (3, 2)), label=what)]
    legend(figure, drawn)
    return figure


def _seen(values: np.ndarray) -> np.ndarray:
    """What a logarithmic scale can show."""
    return np.where(np.asarray(values) > 0, values, np.nan)


def _ways(spec: UNetSpec, size: int):
    """Rows of sizes on the way down and up, the crops, and what goes wrong."""
    lost = 2 if spec.padding == "valid" else 0
    down, side = [], size
    for level in range(spec.depth + 1):
        row = [side - k * lost for k in range(spec.convs + 1)]
        down.append(row)
        if row[-1] < 1:
            return down[:-1], [], (), f"{side} is too small for the next level"
        if level < spec.depth and row[-1] % 2:
            return down, [], (), f"{row[-1]} is odd: no half of it"
        side = row[-1] // 2
    if not sizes.fits(spec, size):
        return down, [], (), "nothing is left on the way up"
    found = sizes.trace(spec, size)
    up = [[side - k * lost for k in range(spec.convs + 1)] for side in found.up]
    return down, up, found.crops, ""


def _numbers(axis: Axes, x: float, y: int, row, side: str, color: str) -> None:
    text = "  ".join(map(str, row))
    axis.text(x, y, text, ha=side, va="center", color=color, weight="bold")


def _sizes_near(axis: Axes, spec: UNetSpec, size: int, fits: bool) -> None:
    """A line with the valid sizes near `size`, and `size` itself."""
    low = max(1, size - 3 * spec.divisor)
    near = spec.valid_sizes(low, number=NEAR)
    low, high = min(low, size), max(near[-1], size)
    axis.set(xlim=(low - 2, high + 2), ylim=(-1, 1), yticks=[])
    axis.scatter(near, [0] * len(near), s=40, color=style.GREEN, zorder=3)
    mark = style.GREEN if fits else style.VERMILION
    axis.scatter([size], [0], s=130, facecolor="none", edgecolor=mark, lw=2, zorder=4)
    axis.axhline(0, color=style.QUIET, lw=0.8)
    axis.set_xticks(near)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("valid sizes near; the ring is yours")
