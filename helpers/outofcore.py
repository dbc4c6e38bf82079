"""Overlap-tile prediction of images that no memory holds, with dask.

`lazily` says what is to be computed, `to_npy` computes it block by block into a file:
on this machine's threads, or, where a `distributed.Client` is at work, on its cluster.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers import tiles
from helpers.spec import UNetSpec

if TYPE_CHECKING:
    import dask.array as da


def from_npy(path: str | os.PathLike, block: int = 1024) -> da.Array:
    """An image (H, W, C) in an .npy file, read by blocks of `block` pixels a side.

    Workers on other machines need the file under the same path. Raises ValueError
    for a file that does not hold three axes.
    """
    import dask.array as da

    path = Path(path).resolve()
    image = np.load(path, mmap_mode="r")
    if image.ndim != 3:
        raise ValueError(
            f"{path.name} holds the shape {image.shape}, expected (H, W, C)"
        )
    chunks = da.core.normalize_chunks(
        (block, block, -1), image.shape, dtype=image.dtype
    )

    # Each block opens the file anew: what it read leaves the memory with it.
    def read(block_info=None):
        where = block_info[None]["array-location"]
        return np.array(np.load(path, mmap_mode="r")[_slices(where)])

    return da.map_blocks(
        read, chunks=chunks, dtype=image.dtype, meta=_empty(image.dtype)
    )


def to_npy(array: da.Array, path: str | os.PathLike, progress: bool = False) -> Path:
    """Compute an array into an .npy file, and return the file's path.

    One row of blocks after the other: left to itself, dask reads ahead, and what it
    holds then grows with the image. progress: show a bar if it takes over two seconds.
    """
    import dask.array as da

    path = Path(path).resolve()
    partial = path.with_name(path.name + ".partial")
    file = np.lib.format.open_memmap(partial, "w+", array.dtype, array.shape)
    del file
    tops = np.cumsum([0, *array.chunks[0]])
    with tiles.bar(len(tops) - 1, progress, "row of tiles") as shown:
        for i, (top, bottom) in enumerate(pairwise(tops)):
            where = (slice(int(top), int(bottom)), slice(None), slice(None))
            da.store([array.blocks[i]], [_File(partial)], regions=[where], lock=False)
            shown.update()
    os.replace(partial, path)
    return path


def lazily(
    run: tiles.Run,
    image: da.Array,
    spec: UNetSpec,
    tile: int,
    *,
    border: str = "reflect",
    channels: int | None = None,
    dtype: np.typing.DTypeLike = np.float32,
) -> da.Array:
    """The output of `run` for an image (H, W, C) as an array (H, W, K) yet to compute.

    Equal to `tiles.predict`: same border, tiles on the pooling grid, one at a time.
    tile: input side in pixels of tiles inside the image. channels, dtype: K (the
    spec's classes by default) and the type that `run` gives. Raises ValueError for a
    tile that does not fit, is too small, or an image that is smaller than its border.
    """
    import dask.array as da

    tiles.check(image.shape, spec, border)
    spec.check_size(tile, tile)
    edge, overlap = tiles.margin(spec), _on_grid(tiles.halo(spec), spec)
    step = (spec.output_size(tile) - 2 * overlap) // spec.divisor * spec.divisor
    # What the valid sizes leave over the pooling grid: 4 for the paper's network.
    rest = spec.output_size(tile) % spec.divisor
    depth = (edge + overlap, edge + overlap + rest)
    if step < max(depth):
        least = spec.valid_sizes(2 * (edge + overlap) + _on_grid(depth[1], spec))
        raise ValueError(
            f"tile {tile} gives {step} pixels that are kept, but needs {depth[1]} of "
            f"its neighbor's; use a tile of {least[0]} or more"
        )
    cuts = [_cuts(spec, size, step, overlap) for size in image.shape[:2]]
    around, chunks = [], []
    for side, size in zip(cuts, image.shape[:2]):
        after = sum(side) + edge - size
        if max(edge, after) >= size:
            raise ValueError(
                f"an image side of {size} pixels is smaller than its border of "
                f"{max(edge, after)}; use tiles.predict"
            )
        around.append((edge, after))
        ends = [0] * len(side)
        ends[0] += edge
        ends[-1] += edge
        chunks.append(tuple(n + end for n, end in zip(side, ends)))
    bordered = da.pad(image, [*around, (0, 0)], mode=border)
    outputs = da.map_overlap(
        _Block(run, spec, overlap, rest),
        bordered.rechunk((*chunks, -1)),
        depth={0: depth, 1: depth, 2: 0},
        boundary="none",
        trim=False,
        allow_rechunk=False,
        chunks=(*cuts, (channels or spec.classes,)),
        dtype=dtype,
        meta=_empty(dtype),
    )
    return outputs[: image.shape[0], : image.shape[1]]


class _Block:
    """Runs one tile and cuts off what its neighbors give; can be sent to a worker."""

    def __init__(self, run: tiles.Run, spec: UNetSpec, overlap: int, rest: int) -> None:
        self.run, self.spec, self.overlap, self.rest = run, spec, overlap, rest

    def __call__(self, block: np.ndarray, block_info=None) -> np.ndarray:
        outputs = self.run(block[None])
        tiles.check_outputs(outputs, 1, block.shape[:2], self.spec)
        kept = []
        where = zip(block_info[0]["chunk-location"], block_info[0]["num-chunks"])
        for size, (place, number) in zip(outputs.shape[1:3], where):
            last = self.overlap + self.rest if place < number - 1 else 0
            kept.append(slice(self.overlap if place else 0, size - last))
        return outputs[0][tuple(kept)]


class _File:
    """An .npy file that takes one block at a time, from any process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __setitem__(self, where: tuple[slice, ...], block: np.ndarray) -> None:
        file = np.lib.format.open_memmap(self.path, "r+")
        file[where] = block


def _cuts(spec: UNetSpec, size: int, step: int, overlap: int) -> tuple[int, ...]:
    """The parts of a side's output, one for each tile; the last takes what is over."""
    edge = tiles.margin(spec)
    whole = spec.valid_sizes(size + 2 * edge, number=1)[0] - 2 * edge
    rest = whole % spec.divisor
    number, last = divmod(whole - rest, step)
    if number and last < max(overlap, spec.divisor):
        number, last = number - 1, last + step
    return (*[step] * number, last + rest)


def _on_grid(pixels: int, spec: UNetSpec) -> int:
    return -(-pixels // spec.divisor) * spec.divisor


def _empty(dtype: np.typing.DTypeLike) -> np.ndarray:
    """What tells dask the kind of a block without computing one."""
    return np.empty((0, 0, 0), dtype)


def _slices(where) -> tuple[slice, ...]:
    return tuple(slice(first, last) for first, last in where)
