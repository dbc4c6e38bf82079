"""Figures of the family: how members are wired, where gates look, what is gained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from helpers import style
from helpers.panels import draw_image, grid, outline
from helpers.style import legend, line_colors, picture

Node = tuple[float, float, str]
Arrow = tuple[int, int, float, bool]


def _chain(first: int, last: int, new: bool = False) -> list[Arrow]:
    """Straight arrows from each node to the next."""
    return [(k, k + 1, 0, new) for k in range(first, last)]


WIRING: dict[str, tuple[list[Node], list[Arrow]]] = {
    "plain": (
        [(0, 0, "x"), (1, 0, "3x3"), (2, 0, "3x3"), (3, 0, "out")],
        _chain(0, 3),
    ),
    "residual": (
        [(0, 0, "x"), (1, 0, "3x3"), (2, 0, "3x3"), (3, 0, "+"), (4, 0, "out")],
        [*_chain(0, 4), (0, 3, -0.4, True)],
    ),
    "dense": (
        [(0, 0, "x"), (1, 0, "3x3"), (2, 0, "3x3"), (3, 0, "join"), (4, 0, "out")],
        [*_chain(0, 4), (0, 2, -0.45, True), (1, 3, 0.45, True)],
    ),
    "recurrent residual": (
        [
            *[(0, 0, "x"), (1, 0, "1x1"), (2, 0, "3x3"), (3, 0, "3x3"), (4, 0, "+")],
            (5, 0, "out"),
        ],
        [*_chain(0, 5), (1, 4, -0.4, True), (2, 2, 1, True), (3, 3, 1, True)],
    ),
    "attention": (
        [
            *[(0, 0.7, "skip"), (2.4, 0.7, "×"), (3.8, 0, "join"), (5, 0, "out")],
            *[(0, -0.7, "below"), (2.4, -0.1, "gate")],
        ],
        [
            *[(0, 1, 0, False), (1, 2, 0, False), (2, 3, 0, False)],
            *[(4, 2, 0.15, False), (0, 5, 0, True), (4, 5, 0, True), (5, 1, 0, True)],
        ],
    ),
    "LadderNet": (
        [
            *[(0, 0.7, "in"), (0.7, 0, "·"), (1.4, -0.7, "·"), (2.1, 0, "+")],
            *[(2.8, 0.7, "+"), (3.5, 0, "+"), (4.2, -0.7, "·"), (4.9, 0, "+")],
            (5.6, 0.7, "out"),
        ],
        [
            *[*_chain(0, 4), (0, 4, -0.1, False), (1, 3, 0, False)],
            *[*_chain(4, 8, True), (4, 8, -0.1, True), (5, 7, 0, True)],
            (3, 5, 0, True),
        ],
    ),
}
"""What is drawn of each member: nodes (x, y, label), and arrows (from, to, bend, new).

An arrow from a node to itself is a layer that is applied again."""


def wiring() -> Figure:
    """One panel a member: a block with what it adds, or the way through a LadderNet."""
    figure = picture(4.6)
    for axis, (name, (nodes, arrows)) in zip(
        figure.subplots(3, 2).flat, WIRING.items()
    ):
        axis.set_title(name)
        axis.axis("off")
        right = max(x for x, _, _ in nodes)
        axis.set(xlim=(-0.5, right + 0.5), ylim=(-1.05, 1.2))
        for first, last, bend, new in arrows:
            _arrow(axis, nodes[first][:2], nodes[last][:2], bend, new)
        for x, y, label in nodes:
            plain = label in ("x", "out", "in", "skip", "below")
            box = {"boxstyle": "round,pad=0.25", "fc": style.PANEL, "ec": style.INK}
            box |= {"ec": "none"} if plain else {}
            axis.text(x, y, label, ha="center", va="center", bbox=box, fontsize=10)
    return figure


def _arrow(axis: Axes, start, end, bend: float, new: bool) -> None:
    look = {"arrowstyle": "-|>", "mutation_scale": 9, "lw": 1.2, "zorder": 0}
    color, gap = (style.VERMILION if new else style.QUIET), 11
    if start == end:
        x, y = start
        start, end, bend, gap = (x + 0.22, y - 0.28), (x - 0.22, y - 0.28), -1.6, 0
    curve = f"arc3,rad={bend}"
    gaps = {"shrinkA": gap, "shrinkB": gap}
    arrow = FancyArrowPatch(
        start, end, connectionstyle=curve, color=color, **look, **gaps
    )
    axis.add_patch(arrow)


def show_gates(
    images: np.ndarray, masks: np.ndarray, maps: Sequence[np.ndarray]
) -> Figure:
    """A row per image: the image with its outlines, then the gate of each level.

    images: (N, H, W, C), masks: (N, H, W), maps: (N, h, w) a level, top first, dark
    where a gate is shut (0) and bright where it is open (1).
    """
    figure, axes = grid(len(images), 1 + len(maps), masks.shape[1:], titles=1)
    for i, row in enumerate(axes):
        draw_image(row[0], images[i])
        outline(row[0], masks[i])
        for level, (axis, each) in enumerate(zip(row[1:], maps)):
            axis.imshow(each[i], "cividis", vmin=0, vmax=1, interpolation="nearest")
            if i == 0:
                side = "x".join(map(str, each.shape[1:]))
                axis.set_title(f"level {level}, {side}")
    axes[0, 0].set_title("image")
    shades = style.mpl.colormaps["cividis"]([0.0, 0.5, 1.0])
    names = ("0: shut", "one half", "1: open")
    legend(figure, [style.key(c[:3], name) for c, name in zip(shades, names)])
    return figure


def gains(
    rows: Mapping[str, Mapping[str, Sequence[float]]], label: str, digits: int = 3
) -> Figure:
    """What each row gains, seed by seed: a dot each, a bar at the median.

    rows: {name: {series: one value a seed}}; a series has one color in all rows. Right
    of the dashed line is better than what was subtracted.
    """
    series = list(dict.fromkeys(name for row in rows.values() for name in row))
    colors = dict(zip(series, line_colors(len(series))))
    figure = picture(1.1 + 0.34 * sum(len(row) + 0.35 for row in rows.values()))
    axis = figure.subplots()
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    place, ticks = 0.0, []
    for row in rows.values():
        ticks.append(place + (len(row) - 1) / 2)
        for name, values in row.items():
            values = np.asarray(values, float)
            middle = float(np.median(values))
            axis.scatter(values, [place] * len(values), s=26, color=colors[name])
            axis.plot([middle] * 2, [place - 0.38, place + 0.38], color=colors[name])
            place += 1
        place += 0.8
    axis.axvline(0, color=style.INK, ls=(0, (4, 2)), lw=1.3)
    axis.set_yticks(ticks, list(rows))
    axis.tick_params(axis="y", length=0)
    axis.invert_yaxis()
    axis.set_xlabel(label)
    legend(figure, [style.key(colors[name], name) for name in series])
    return figure


def costs(
    ratios: Mapping[str, float], words: Mapping[str, str], title: str, most: float
) -> Figure:
    """Costs of one network as multiples of another's, with their own numbers.

    ratios: times as much, by cost; words: what stands beside each bar. most: right
    end of the axis, the same in all frames of an explorer.
    """
    figure = picture(1.1 + 0.5 * len(ratios))
    axis = figure.subplots()
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    for k, (color, (name, ratio)) in enumerate(
        zip(line_colors(len(ratios)), ratios.items())
    ):
        axis.barh(k, ratio, color=color, height=0.62)
        text = f"{ratio:.2f}x, {words[name]}"
        axis.annotate(text, (ratio, k), (6, 0), textcoords="offset points", va="center")
    axis.axvline(1, color=style.INK, ls=(0, (4, 2)), lw=1.3)
    axis.set_yticks(range(len(ratios)), list(ratios))
    axis.tick_params(axis="y", length=0)
    axis.invert_yaxis()
    axis.set(xlim=(0, most), title=title)
    axis.set_xlabel("times as much as the plain U-Net of the same widths")
    return figure
