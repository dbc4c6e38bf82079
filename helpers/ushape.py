"""Where the feature maps of a U-Net lie when it is drawn to scale.

Heights are sides in pixels, widths are channels; both come from the size arithmetic.
Source of the arrangement: Ronneberger et al. 2015, figure 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from helpers import sizes
from helpers.spec import UNetSpec

WIDE, TALL = 6.0, 1.7  # inches: of the whole drawing, and of the image's height
GAPS = (0.2, 0.55)  # inches between two boxes, at least and at most
WIDEST = 0.55  # inches of the box with most channels
BETWEEN = 0.66  # inches between two levels: two lines of text and an arrow


@dataclass(frozen=True)
class Box:
    """A feature map: `side` pixels a side, `channels`, of which `copied` by a skip.

    path: "down", "bottom" or "up". kind: "image", "features" or "logits".
    """

    path: str
    level: int
    side: int
    channels: int
    copied: int = 0
    kind: str = "features"


@dataclass(frozen=True)
class Scale:
    """Inches for a channel and for a pixel, and of the drawing's height."""

    channel: float
    pixel: float
    height: float


def boxes(spec: UNetSpec, size: int) -> list[Box]:
    """Every feature map in the order in which it is made, for a side of `size` pixels.

    Maps after each convolution, pooling and join; of a block that is not plain, what
    leaves it. Raises ValueError for a size that does not fit.
    """
    found, lost = sizes.trace(spec, size), 2 * (spec.padding == "valid")
    number = spec.convs if spec.block == "plain" else 1
    concat = spec.skip in ("concat", "attention")

    def block(path: str, level: int, side: int, channels: int) -> list[Box]:
        left = range(number - 1, -1, -1)
        return [Box(path, level, side + lost * k, channels) for k in left]

    maps = [Box("down", 0, size, spec.in_channels, kind="image")]
    for level, side in enumerate((*found.encoder, found.bottom)):
        path = "bottom" if level == spec.depth else "down"
        if level:
            halved = found.encoder[level - 1] // 2
            maps.append(Box(path, level, halved, spec.widths[level - 1]))
        maps += block(path, level, side, spec.widths[level])
    for level in reversed(range(spec.depth)):
        width = spec.widths[level]
        copied = width if concat else 0
        maps.append(Box("up", level, found.up[level], width + copied, copied))
        maps += block("up", level, found.decoder[level], spec.up_widths[level])
    return [*maps, Box("up", 0, found.decoder[0], spec.classes, kind="logits")]


def scale_of(spec: UNetSpec, size: int) -> Scale:
    """The scale at which this network fills a figure, for others to be drawn at."""
    maps = boxes(spec, size)
    most = WIDEST / max(box.channels for box in maps)
    channel = _largest(lambda s: _extent(maps, s, GAPS[0]) <= WIDE, most)
    pixel = TALL / size
    return Scale(channel, pixel, _rows(maps, pixel)[1])


@dataclass(frozen=True)
class Placed:
    """A box on the page: its left edge, the height of its middle, its size in inches.

    copied: inches of its width that a skip brings, at its left.
    """

    box: Box
    x: float
    y: float
    wide: float
    tall: float
    copied: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.wide

    @property
    def middle(self) -> float:
        """Where arrows up and down meet it: the middle of what is not copied."""
        return self.x + (self.wide + self.copied) / 2


def place(maps: list[Box], scale: Scale) -> list[Placed]:
    """Every box at its place; gaps are as wide as the page allows."""
    gap = _largest(lambda g: _extent(maps, scale.channel, g) <= WIDE, GAPS[1])
    shift = (WIDE - _extent(maps, scale.channel, gap)) / 2
    rows, _ = _rows(maps, scale.pixel)
    found = []
    for x, box in zip(_lefts(maps, scale.channel, gap), maps):
        wide, copied = (n * scale.channel for n in (box.channels, box.copied))
        tall = box.side * scale.pixel
        found.append(Placed(box, x + shift, rows[box.level], wide, tall, copied))
    return found


def _largest(fits, most: float) -> float:
    """The largest number up to `most` that fits, by halving."""
    low, high = 0.0, most
    if fits(high):
        return high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _lefts(maps: list[Box], channel: float, gap: float) -> list[float]:
    """The left edge of every box, in inches."""
    found, ends = [0.0], {0: maps[0].channels * channel}
    for before, box in pairwise(maps):
        left, wide = found[-1], box.channels * channel
        middle = left + before.channels * channel / 2
        if before.level == box.level:
            left += before.channels * channel + gap
        elif box.path == "up":
            # What comes from below stands above it, what is copied to its left.
            own = wide - box.copied * channel
            left = max(middle - own / 2 - wide + own, ends[box.level] + gap)
        else:
            left = middle - wide / 2
        found.append(left)
        ends[box.level] = left + wide
    return found


def _extent(maps: list[Box], channel: float, gap: float) -> float:
    lefts = _lefts(maps, channel, gap)
    return max(x + box.channels * channel for x, box in zip(lefts, maps)) - min(lefts)


def _rows(maps: list[Box], pixel: float) -> tuple[list[float], float]:
    """The height at which each level has its middle, and that of the drawing."""
    tall = [0.0] * (1 + max(box.level for box in maps))
    for box in maps:
        tall[box.level] = max(tall[box.level], box.side * pixel)
    middles, y = [], 0.22
    for each in tall:
        middles.append(y + each / 2)
        y += each + BETWEEN
    return middles, y - BETWEEN + 0.46
