"""A U-Net drawn true to scale from its specification, as figure 1 of the paper is.

Source: Ronneberger et al. 2015, figure 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from helpers import sizes, style
from helpers.spec import UNetSpec
from helpers.style import legend, picture
from helpers.ushape import WIDE, Placed, Scale, boxes, place, scale_of

LETTER = 0.088  # inches of a digit, with some air
ARROWS = {
    "conv": style.INK,
    "pool": style.VERMILION,
    "up": style.GREEN,
    "skip": style.QUIET,
    "head": style.PURPLE,
}
COLORS = {  # of a box and of its edge, which is all there is of a thin one
    "image": (style.GROUND, style.QUIET),
    "features": (style.SKY, style.BLUE),
    "logits": (style.ORANGE, style.VERMILION),
}
UPS = {
    "transpose": "2x2 transposed conv",
    "bilinear": "bilinear, 3x3 conv",
    "nearest": "nearest, 3x3 conv",
    "shuffle": "3x3 conv, pixel shuffle",
    "unpool": "3x3 conv, unpooling",
}


def unet(
    spec: UNetSpec, size: int, scale: Scale | None = None, title: str = ""
) -> Figure:
    """The network as a U for an input of size x size pixels, true to scale.

    White is what a skip copies. scale: that of another network, so that two figures
    can be compared; by default the drawing fills the page. title: in place of the
    line that says what the numbers are. Raises ValueError for a size that does not fit.
    """
    scale = scale or scale_of(spec, size)
    placed = place(boxes(spec, size), scale)
    figure = picture(scale.height + 1.15)
    axis = figure.subplots()
    axis.set(xlim=(-0.05, WIDE + 0.05), ylim=(scale.height, 0), aspect="equal")
    axis.axis("off")
    said = title or "bold: channels, gray: pixels a side; both drawn to scale"
    axis.set_title(said, color=style.INK if title else style.QUIET)
    for one in placed:
        _draw(axis, one)
    crops = sizes.trace(spec, size).crops
    _arrows(axis, placed, spec.skip, crops)
    _numbers(axis, placed)
    legend(figure, list(_key(spec, crops)))
    return figure


def _draw(axis: Axes, one: Placed) -> None:
    bottom, (fill, edge) = one.y - one.tall / 2, COLORS[one.box.kind]
    parts = [(one.x + one.copied, one.wide - one.copied, fill)]
    if one.copied:
        parts.append((one.x, one.copied, "#ffffff"))
    for x, wide, color in parts:
        axis.add_patch(
            Rectangle((x, bottom), wide, one.tall, fc=color, ec=edge, lw=0.8)
        )


def _arrows(axis: Axes, placed: list[Placed], skip: str, crops) -> None:
    leaves = {}  # where the skip of each level begins
    for old, new in pairwise(placed):
        if old.box.level == new.box.level:
            kind = "head" if new.box.kind == "logits" else "conv"
            _arrow(axis, (old.right, old.y), (new.x, new.y), kind)
            continue
        down = new.box.path != "up"
        ends = [old.y + old.tall / 2, new.y - new.tall / 2]
        if not down:
            ends = [old.y - old.tall / 2, new.y + new.tall / 2]
        start, end = zip((old.middle, new.middle), ends)
        _arrow(axis, start, end, "pool" if down else "up")
        if down:
            leaves[old.box.level] = old.right
        elif skip != "none":
            begin = leaves[new.box.level]
            _arrow(axis, (begin, new.y), (new.x, new.y), "skip")
            if any(crops[new.box.level]):
                cut = ", ".join(map(str, sorted({*crops[new.box.level]})))
                middle = (begin + new.x) / 2
                _text(axis, middle, new.y + 0.04, f"crop {cut}", "center", under=True)


def _arrow(axis: Axes, start, end, kind: str) -> None:
    looks = {"arrowstyle": "-|>", "color": ARROWS[kind], "lw": 1.4}
    looks |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    looks["ls"] = "--" if kind == "skip" else "-"
    axis.annotate("", end, start, arrowprops=looks)


def _numbers(axis: Axes, placed: list[Placed]) -> None:
    """Channels above and sides below, on the free side of the arrows."""
    for (path, level), members in groupby(placed, lambda p: (p.box.path, p.box.level)):
        group = list(members)
        first, last, half = group[0], group[-1], max(p.tall for p in group) / 2 + 0.05
        channels = _once(p.box.channels for p in group)
        sides = _once(p.box.side for p in group)
        above, below = first.y - half, first.y + half
        if path == "bottom":
            middle = (first.x + last.right) / 2
            _text(axis, middle, below, channels, "center", bold=True, under=True)
            _text(axis, middle, below + 0.2, sides, "center", under=True)
            continue
        # The arrows at the left edge of the U, or at its right edge.
        out, into = ("right", "left") if path == "down" else ("left", "right")
        step = 0.07 if path == "down" else -0.07
        corner, arrow = (first, last) if path == "down" else (last, first)
        edge = corner.x if path == "down" else corner.right
        at = corner.middle + step if level else edge
        _text(axis, at, above, channels, into, bold=True)
        room = arrow.middle if path == "down" else WIDE - arrow.middle
        if room > LETTER * len(sides):
            _text(axis, arrow.middle - step, below, sides, out, under=True)
        else:
            _text(axis, arrow.middle + step, below, sides, into, under=True)


def _once(numbers: Iterable[int]) -> str:
    """Numbers in a row, each once as long as it stays the same."""
    return "  ".join(str(number) for number, _ in groupby(numbers))


def _text(axis: Axes, x, y, words, side, bold=False, under=False) -> None:
    looks = {"weight": "bold"} if bold else {"color": style.QUIET}
    looks |= {"ha": side, "va": "top" if under else "bottom"}
    axis.text(x, y, words, fontsize=10.5, **looks)


def _key(spec: UNetSpec, crops) -> Iterator[Line2D]:
    conv = "3x3 conv" if spec.block == "plain" else f"{spec.block} block"
    conv += ", BatchNorm" if spec.norm else ""
    skip = {"concat": "copy", "add": "add", "attention": "gate, copy"}.get(spec.skip)
    names = {"conv": f"{conv}, ReLU", "pool": "2x2 max pooling", "up": UPS[spec.up]}
    if skip:
        names["skip"] = f"crop, {skip}" if any(map(any, crops)) else skip
    names["head"] = "1x1 conv"
    for kind, name in names.items():
        line = "--" if kind == "skip" else "-"
        yield Line2D([], [], color=ARROWS[kind], ls=line, lw=1.6, label=name)
