"""A network's graph, layer by layer, where no graphviz is at hand to draw it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from helpers import style
from helpers.style import picture

ROW = 0.23  # inches of a layer


def graph(layers: Sequence[str], edges: Sequence[tuple[int, int]]) -> Figure:
    """Layers below each other in their order, with an arrow for every edge.

    layers: a line of text for each. edges: pairs of places in `layers`, from the
    earlier one to the later one. Edges that pass over layers are arcs at the right.
    Raises ValueError for an edge that leads nowhere or backwards.
    """
    for a, b in edges:
        if not 0 <= a < b < len(layers):
            raise ValueError(
                f"edge {(a, b)} does not lead from an earlier to a later one of "
                f"{len(layers)} layers"
            )
    figure = picture(ROW * len(layers) + 0.5, 5.2)
    axis = figure.subplots()
    axis.set(xlim=(0, 4.9), ylim=(len(layers) - 0.4, -0.6))
    axis.axis("off")
    box = {"boxstyle": "round,pad=0.22", "fc": "#ffffff", "ec": style.QUIET, "lw": 0.6}
    for row, name in enumerate(layers):
        axis.text(0.1, row, name, va="center", fontsize=8.5, bbox=box)
    far = [(a, b) for a, b in edges if b > a + 1]
    longest = max((b - a for a, b in far), default=1)
    looks = {"arrowstyle": "-|>", "mutation_scale": 8, "lw": 1.1}
    for a, b in edges:
        if b == a + 1:
            arrow = FancyArrowPatch((0.04, a + 0.1), (0.04, b - 0.1), **looks)
            arrow.set_color(style.INK)
        else:
            bend = 0.15 + 0.35 * (b - a) / longest
            arc = f"arc3,rad={-bend:.3f}"
            ends = (2.9, a), (2.9, b)
            arrow = FancyArrowPatch(*ends, connectionstyle=arc, **looks)
            arrow.set_color(style.BLUE)
        axis.add_patch(arrow)
    return figure
