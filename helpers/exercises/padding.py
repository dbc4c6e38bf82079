"""Checkers of the chapter "To pad or not to pad"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from helpers import tiles
from helpers.exercises import NotYet, checker, is_whole, right, your_turn
from helpers.spec import ELLIPSES, PAPER, UNetSpec

TILE = 700
"""Side of the input of the first exercise, in pixels."""


@checker
def check_tile(output: int, step: int) -> None:
    """Predict: output and step of the paper's network for tiles of `TILE` pixels.

    step: the largest distance from tile to tile that keeps the result exact. Raises
    NotYet with a hint.
    """
    if output is ... or step is ...:
        your_turn("put two numbers in place of the dots")
        return
    for name, value in (("output", output), ("step", step)):
        if not is_whole(value):
            raise NotYet(f"{name} is {value!r}; sides are whole numbers of pixels")
    expected = PAPER.output_size(TILE)
    if output == TILE:
        raise NotYet("output: no padding, so every 3x3 convolution takes two pixels")
    if output == TILE - 2 * 18:
        raise NotYet(
            "output: a convolution below a pooling takes two of *its* pixels, and "
            "those are 2, 4, 8 or 16 pixels of the image"
        )
    if output == TILE - tiles.margin(PAPER):
        raise NotYet("output: that is the loss at one edge; there are two")
    if output != expected:
        raise NotYet(
            "output: what a side loses does not depend on its length. How much does "
            "572 lose on its way to 388?"
        )
    if step == output:
        raise NotYet(
            f"step: {output} pixels side by side would be seamless on paper, but the "
            "next tile's poolings would pair other pixels. Is it a multiple of 16?"
        )
    if step % PAPER.divisor:
        raise NotYet("step: it has to lie on the pooling grid; four poolings make 16")
    if step > output:
        raise NotYet("step: between two tiles there would be a gap")
    if step != output // PAPER.divisor * PAPER.divisor:
        raise NotYet("step: exact, but there is a larger one")
    right(f"{output} pixels come out, {output - step} of them for nothing.")


@checker
def check_exact(spec: UNetSpec, tile: int) -> None:
    """Change: `ELLIPSES` so that tiles need no halo, and a tile that can be repeated.

    Padding and upsampling may change, nothing else. Raises NotYet with a hint.
    """
    if spec is ... or tile is ...:
        your_turn("put a specification and a number in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from ELLIPSES")
    if spec.padding != "valid":
        raise NotYet(
            f"padding={spec.padding!r}: what is padded at a tile's edge reaches "
            f"{tiles.halo(spec)} pixels into its output"
        )
    if tiles.halo(spec):
        raise NotYet(
            f"nothing is padded, and still {tiles.halo(spec)} pixels at each edge "
            "depend on the cut: what does bilinear interpolation do where the pixel "
            "beyond is missing? Change `up`"
        )
    if spec.replace(padding=ELLIPSES.padding, up=ELLIPSES.up) != ELLIPSES:
        raise NotYet("something else changed too; start from ELLIPSES.replace(...)")
    if not is_whole(tile):
        raise NotYet(f"tile is {tile!r}; a side is a whole number of pixels")
    if tile not in spec.valid_sizes(max(tile, 1), number=1):
        near = spec.valid_sizes(max(tile, 1), number=2)
        raise NotYet(f"tile {tile} does not fit; sizes that do are {near}")
    if spec.output_size(tile) < spec.divisor:
        raise NotYet(
            f"tile {tile} gives {spec.output_size(tile)} pixels: less than a step of "
            f"{spec.divisor}, so the next tile would leave a gap"
        )
    right(f"up={spec.up!r} and {spec.output_size(tile)} pixels from each tile.")


@checker
def check_starts(starts: Callable[[int, int, int], Sequence[int]]) -> None:
    """Build: where the outputs of tiles begin along one side.

    starts: (whole, out, grid) -> the first pixel of each tile's output; the outputs,
    `out` pixels each, have to cover `whole` pixels without leaving them, on multiples
    of grid, with as few tiles as that takes. Raises NotYet with the case that failed.
    """
    if not callable(starts):
        raise NotYet("pass the function itself, without calling it")
    for whole, out, grid in _CASES:
        case = f"whole {whole}, out {out}, grid {grid}"
        try:
            answer = starts(whole, out, grid)
        except Exception as error:
            raise NotYet(f"{case}: your function raised {error!r}") from error
        if answer is None or answer is ...:
            your_turn("the function returns nothing yet")
            return
        _check_case(case, sorted(int(start) for start in answer), whole, out, grid)
    right("on the grid, no gap, nothing outside, and not a tile too many.")


_CASES = ((388, 388, 16), (772, 388, 16), (1156, 388, 16), (420, 68, 16), (36, 8, 4))
"""Sizes as valid networks have them: `whole` and `out` leave the same over the grid."""


def _check_case(case: str, found: list[int], whole: int, out: int, grid: int) -> None:
    off = [start for start in found if start % grid]
    if off:
        raise NotYet(f"{case}: {off[0]} is no multiple of {grid}: off the pooling grid")
    if not found or found[0] != 0:
        raise NotYet(f"{case}: the first tile begins at 0, yours are {found}")
    if found[-1] + out > whole:
        raise NotYet(
            f"{case}: the tile at {found[-1]} ends at {found[-1] + out}, outside; let "
            "the last one end where the image does"
        )
    if found[-1] + out < whole:
        raise NotYet(f"{case}: from {found[-1] + out} on there is no tile")
    gaps = [b for a, b in pairwise(found) if b - a > out]
    if gaps:
        raise NotYet(f"{case}: there is a gap before {gaps[0]}")
    step = out // grid * grid
    if len(found) > 1 + -(-(whole - out) // step):
        raise NotYet(f"{case}: {len(found)} tiles are more than it takes; step farther")
