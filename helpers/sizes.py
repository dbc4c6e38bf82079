"""Size arithmetic: which image sides a U-Net takes, and how far a pixel sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.spec import UNetSpec


@dataclass(frozen=True)
class Sizes:
    """Sides in pixels, top level first: after each block, joined, and cut off."""

    input: int
    encoder: tuple[int, ...]
    bottom: int
    up: tuple[int, ...]
    decoder: tuple[int, ...]

    @property
    def crops(self) -> tuple[tuple[int, int], ...]:
        """Pixels cut before and after each skip connection, top level first."""
        cuts = [skip - up for skip, up in zip(self.encoder, self.up)]
        return tuple((cut // 2, cut - cut // 2) for cut in cuts)


class _DoesNotFit(ValueError):
    pass


def trace(spec: UNetSpec, size: int) -> Sizes:
    """Follow a side of `size` pixels through the network.

    Raises ValueError where a side to be halved is odd or nothing is left, naming
    the nearest sides that fit.
    """
    check(spec, size)
    return _trace(spec, size)


def fits(spec: UNetSpec, size: int) -> bool:
    """Whether the network takes a side of `size` pixels."""
    try:
        _trace(spec, size)
    except _DoesNotFit:
        return False
    return True


def check(spec: UNetSpec, size: int, side: str = "size") -> None:
    """Raise ValueError, with the nearest sides that fit, where `size` does not."""
    try:
        _trace(spec, size)
    except _DoesNotFit as error:
        below = next((n for n in range(size - 1, 0, -1) if fits(spec, n)), None)
        above = next(n for n in count(max(size, 0) + 1) if fits(spec, n))
        raise unfit(side, size, str(error), below, above) from None


def unfit(side: str, size: int, why: str, below: int | None, above: int) -> ValueError:
    """The error for a side that does not fit, with the nearest sizes that do."""
    near = f"{below} and {above}" if below else f"{above} and above"
    return ValueError(
        f"{side} {size} {why}; the nearest sizes that fit are {near}: "
        "resize, crop or pad the image"
    )


def _trace(spec: UNetSpec, size: int) -> Sizes:
    shrink = 2 * spec.convs if spec.padding == "valid" else 0

    def convolved(side: int) -> int:
        if side - shrink < 1:
            raise _DoesNotFit(
                f"is too small for {spec.depth} poolings with "
                f"{spec.padding!r} padding: nothing is left"
            )
        return side - shrink

    encoder, up, decoder = [], [], []
    side = size
    for _ in range(spec.depth):
        side = convolved(side)
        if side % 2:
            raise _DoesNotFit(
                f"does not divide by {spec.divisor}"
                if not shrink
                else f"leaves {side} pixels before a pooling, which is odd"
            )
        encoder.append(side)
        side //= 2
    bottom = side = convolved(side)
    for _ in range(spec.depth):
        side = _doubled(spec, side)
        if side < 1:
            raise _DoesNotFit("is too small: nothing is left in the decoder")
        up.append(side)
        side = convolved(side)
        decoder.append(side)
    return Sizes(size, tuple(encoder), bottom, tuple(up[::-1]), tuple(decoder[::-1]))


def _doubled(spec: UNetSpec, side: int) -> int:
    loss = 2 if spec.padding == "valid" else 0
    if spec.up == "transpose":
        return 2 * side
    return 2 * (side - loss) if spec.up == "shuffle" else 2 * side - loss


@cache
def crops(spec: UNetSpec) -> tuple[tuple[int, int], ...]:
    """Pixels cut before and after each skip, top first: the same for every size."""
    return trace(spec, spec.valid_sizes(number=1)[0]).crops


def receptive_field(spec: UNetSpec, position: int) -> int:
    """Input pixels a side that can reach the output pixel at `position`."""
    first, last = seen(spec, position)
    return last - first + 1


def seen(spec: UNetSpec, position: int) -> tuple[int, int]:
    """The first and the last input pixel that can reach the output pixel `position`.

    The output pixel's inputs are followed back, layer by layer, as an interval of
    indices; it may lie outside the image, as if that had no edge.
    """
    before, after = (0, 2) if spec.padding == "valid" else (1, 1)
    # The longest way through a block; its shortcuts see less.
    steps = spec.convs * (1 + spec.recurrences * (spec.block == "recurrent"))

    def convolutions(first: int, last: int, number: int) -> tuple[int, int]:
        return first - number * before, last + number * after

    def encoder(level: int, first: int, last: int) -> tuple[int, int]:
        first, last = convolutions(first, last, steps)
        if level == 0:
            return first, last
        return encoder(level - 1, 2 * first, 2 * last + 1)

    def decoder(level: int, first: int, last: int) -> tuple[int, int]:
        if level == spec.depth:
            return encoder(level, first, last)
        first, last = convolutions(first, last, steps)
        below = _halved(first, last, spec, convolutions)
        if (spec.skip, spec.gate) == ("attention", "coarse"):
            # The coefficients are made at half the size, from both sides.
            low, high = _between(first, last)
            below = min(below[0], low), max(below[1], high)
            first, last = min(first, 2 * low), max(last, 2 * high + 1)
        deep = decoder(level + 1, *below)
        if spec.skip == "none":
            return deep
        cut = crops(spec)[level][0]
        near = encoder(level, first + cut, last + cut)
        return min(deep[0], near[0]), max(deep[1], near[1])

    return decoder(0, position, position)


def _halved(first: int, last: int, spec: UNetSpec, convolutions) -> tuple[int, int]:
    """The interval below an upsampling from which this one is made."""
    if spec.up in ("bilinear", "nearest"):
        first, last = convolutions(first, last, 1)
    if spec.up == "bilinear":
        first, last = _between(first, last)
    else:
        first, last = first // 2, last // 2
    early = spec.up in ("shuffle", "unpool")  # convolved first, then doubled
    return convolutions(first, last, 1) if early else (first, last)


def _between(first: int, last: int) -> tuple[int, int]:
    """The pixels from which bilinear doubling makes this interval.

    Pixel 2k lies a quarter before pixel k below, 2k + 1 a quarter after it.
    """
    return (first + 1) // 2 - 1, last // 2 + last % 2
