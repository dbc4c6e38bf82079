"""Overlap-tile prediction: an image of any size, tile by tile, exactly as in one go.

Framework-free: `run` takes a batch of tiles (N, h, w, C) and gives a batch of outputs
(N, h', w', K), of the sizes that the `UNetSpec` foretells. `out_of_core` does the same
for images that no memory holds. Source: Ronneberger et al. 2015, section 1, figure 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from helpers import sizes
from helpers.spec import UNetSpec

if TYPE_CHECKING:
    from tqdm import tqdm

Run = Callable[[np.ndarray], np.ndarray]
BORDERS = ("reflect", "symmetric", "edge", "constant")
"""How an image goes on beyond its edge: numpy's names. "reflect" is the mirror whose
glass is the middle of the last pixel, "edge" repeats that pixel, "constant" is 0."""


@dataclass(frozen=True)
class Side:
    """How tiles lie along one side of an image, in pixels.

    before, after: what the border adds. tile: input side of every tile. starts: where
    each begins in the bordered image, which is also where its output begins in the
    image. bounds: the output between bounds i and i + 1 comes from tile i.
    """

    before: int
    after: int
    tile: int
    starts: tuple[int, ...]
    bounds: tuple[int, ...]

    def kept(self, i: int) -> slice:
        """The part of tile i's output that is kept."""
        return slice(*(bound - self.starts[i] for bound in self.bounds[i : i + 2]))


def margin(spec: UNetSpec) -> int:
    """Pixels that the output is narrower than the input, at each edge."""
    size = spec.valid_sizes(number=1)[0]
    return (size - spec.output_size(size)) // 2


@cache
def halo(spec: UNetSpec) -> int:
    """Pixels along an output's edge that depend on where the input was cut.

    Farther in, every output sees only true input. 0 for the paper's network: its
    valid convolutions leave nothing to cut off. With same padding it is the reach of
    the receptive field, and with bilinear upsampling there is a little even in a
    valid network, since interpolation repeats the last row of what it enlarges.
    """
    size = spec.valid_sizes(3 * spec.receptive_field(), number=1)[0]
    out = spec.output_size(size)
    seen = [sizes.seen(spec, p) for p in range(out)]
    first = max((p + 1 for p, (a, _) in enumerate(seen) if a < 0), default=0)
    last = max((out - p for p, (_, b) in enumerate(seen) if b >= size), default=0)
    return max(first, last)


def layout(
    spec: UNetSpec,
    size: int,
    tile: int | None = None,
    *,
    overlap: int | None = None,
    step: int | None = None,
) -> Side:
    """How tiles of input side `tile` lie along a side of `size` pixels.

    tile: None for a single one. overlap: output pixels cut off at each edge between
    tiles, `halo` by default. step: pixels from tile to tile; the default is the
    largest on the pooling grid, which is what makes the result exact. Raises
    ValueError for a tile that does not fit the network, or leaves nothing to keep.
    """
    if size < 1:
        raise ValueError(f"size {size} is no image; it must be 1 pixel or more")
    edge = margin(spec)
    whole = spec.valid_sizes(size + 2 * edge, number=1)[0]
    if tile is None or tile >= whole:
        return Side(edge, whole - edge - size, whole, (0,), (0, size))
    spec.check_size(tile, tile)
    overlap = halo(spec) if overlap is None else overlap
    out = spec.output_size(tile)
    if step is None:
        step = (out - 2 * overlap) // spec.divisor * spec.divisor
    if not 1 <= step <= out - 2 * overlap:
        least = spec.valid_sizes(2 * (edge + overlap) + spec.divisor, number=1)[0]
        raise ValueError(
            f"tile {tile} gives {out} pixels, of which {overlap} at each edge are cut "
            f"off: no step of {spec.divisor}, the pooling grid, is left; use a tile "
            f"of {least} or more"
        )
    end = whole - tile
    # The last tile ends where the bordered image does; that is on the grid as well.
    starts = [*range(0, end, step), end]
    bounds = (0, *(start + overlap for start in starts[1:]), size)
    # A tile that would give nothing but what lies beyond the image is left out.
    while bounds[-2] >= size:
        starts, bounds = starts[:-1], (*bounds[:-2], size)
    return Side(edge, whole - edge - size, tile, tuple(starts), bounds)


def predict(
    run: Run,
    image: np.ndarray,
    spec: UNetSpec,
    tile: int | None = None,
    *,
    border: str = "reflect",
    overlap: int | None = None,
    step: int | None = None,
    batch_size: int = 4,
    progress: bool = False,
) -> np.ndarray:
    """Output of `run` for a whole image: (H, W, C) -> (H, W, K), tile by tile.

    tile: input side of a tile in pixels; None takes the whole image at once. border:
    one of `BORDERS`, for what a valid network needs beyond the image, and for sizes
    off the grid. overlap, step: see `layout`; their defaults give exactly what
    tile=None gives. progress: show a bar where it takes over two seconds. Raises
    ValueError for an image, a tile or outputs of a shape that does not fit.
    """
    check(image.shape, spec, border)
    rows, columns = (
        layout(spec, size, tile, overlap=overlap, step=step) for size in image.shape[:2]
    )
    around = [(side.before, side.after) for side in (rows, columns)]
    bordered = np.pad(image, [*around, (0, 0)], mode=border)
    places = [
        (i, j) for i in range(len(rows.starts)) for j in range(len(columns.starts))
    ]
    result = None
    with bar(len(places), progress) as shown:
        for first in range(0, len(places), batch_size):
            some = places[first : first + batch_size]
            corners = [(rows.starts[i], columns.starts[j]) for i, j in some]
            outputs = run(
                np.stack(
                    [
                        bordered[y : y + rows.tile, x : x + columns.tile]
                        for y, x in corners
                    ]
                )
            )
            check_outputs(outputs, len(some), (rows.tile, columns.tile), spec)
            if result is None:
                shape = (*image.shape[:2], outputs.shape[-1])
                result = np.empty(shape, outputs.dtype)
            for (i, j), output in zip(some, outputs):
                there = (
                    slice(*rows.bounds[i : i + 2]),
                    slice(*columns.bounds[j : j + 2]),
                )
                result[there] = output[rows.kept(i), columns.kept(j)]
            shown.update(len(some))
    return result


def redundancy(spec: UNetSpec, size: tuple[int, int], tile: int) -> float:
    """Share of the tiles' multiply-adds that one pass over the whole image saves.

    size: height and width of the image in pixels. 0 where the tile holds all of it.
    """
    sides = [layout(spec, n, tile) for n in size]
    number = len(sides[0].starts) * len(sides[1].starts)
    tiled = number * spec.multiply_adds(*(side.tile for side in sides))
    return 1 - spec.multiply_adds(*(layout(spec, n).tile for n in size)) / tiled


def check(shape: tuple[int, ...], spec: UNetSpec, border: str) -> None:
    """Raise ValueError for a shape that is no image (H, W, C), or an unknown border."""
    if len(shape) != 3 or shape[-1] != spec.in_channels or not all(shape):
        raise ValueError(
            f"image of shape {tuple(shape)}: expected one image (H, W, "
            f"{spec.in_channels}), channels last"
        )
    if border not in BORDERS:
        raise ValueError(f"border {border!r} is not known; choose from {BORDERS}")


def check_outputs(
    outputs: np.ndarray, number: int, sides: tuple[int, int], spec: UNetSpec
) -> None:
    """Raise ValueError unless `run` gave (number, h', w', K), as the spec foretells."""
    expected = (number, *(spec.output_size(side) for side in sides))
    if np.ndim(outputs) != 4 or outputs.shape[:3] != expected:
        raise ValueError(
            f"run gave an output of shape {np.shape(outputs)} for {number} tiles of "
            f"{sides[0]}x{sides[1]}; this spec gives {(*expected, 'K')}, channels last"
        )


def bar(total: int, shown: bool, unit: str = "tile") -> tqdm:
    """A bar of progress that appears after two seconds, if it is to be shown at all."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, delay=2, disable=not shown)
