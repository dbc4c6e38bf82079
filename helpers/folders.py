"""Any folder of images and masks, read once and then kept as arrays.

Decoding is most of what a naive data path does, so images are decoded once, in
parallel threads, at the size that training needs, and written to a cache that later
runs map into memory.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from helpers.arrays import ArrayCache
from helpers.pictures import Damaged, read_pair
from helpers.samples import Samples

READER = 1  # raise when the same files would give other arrays than before
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
)


class Pair(NamedTuple):
    """An image file, its mask file, and the name that both share."""

    name: str
    image: Path
    mask: Path


def pair(image_dir: str | Path, mask_dir: str | Path) -> list[Pair]:
    """Find each image's mask by its name: `cat.jpg` goes with `cat.png`.

    A mask may also be called `cat_mask.png`. Files that are no pictures (`.mat`,
    `.txt`) and hidden ones (`._cat.png`) are passed over; images without a mask, or
    masks without an image, are left out with one warning.

    Args:
        image_dir, mask_dir: the two folders.

    Returns:
        The pairs, sorted by name. Shuffle before splitting: neighbors are alike.

    Raises:
        FileNotFoundError: a folder is missing, or holds no pictures.
        ValueError: two files of a folder share a name, or no names match.
    """
    images, masks = pictures(image_dir), pictures(mask_dir)
    for name in [n for n in masks if n.endswith("_mask") and n not in images]:
        masks.setdefault(name.removesuffix("_mask"), masks.pop(name))
    both = sorted(images.keys() & masks.keys())
    if not both:
        raise ValueError(
            f"no image of {image_dir} ({_some(images)}) has a mask of the same name "
            f"in {mask_dir} ({_some(masks)}); cat.jpg goes with cat.png"
        )
    for lonely, text in (
        (images.keys() - masks.keys(), "images without a mask"),
        (masks.keys() - images.keys(), "masks without an image"),
    ):
        if lonely:
            message = f"left out {len(lonely)} {text}: {_some(sorted(lonely))}"
            warnings.warn(message, stacklevel=2)
    return [Pair(name, images[name], masks[name]) for name in both]


def pictures(folder: str | Path) -> dict[str, Path]:
    """The picture files of a folder by name without ending, sorted.

    Raises:
        FileNotFoundError: there is no such folder, or no picture in it.
        ValueError: two pictures differ only in their endings.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; check the path")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise ValueError(
                f"{found[path.stem].name} and {path.name} in {folder} share the name "
                f"{path.stem!r}; rename or remove one of them"
            )
        found[path.stem] = path
    if not found:
        raise FileNotFoundError(
            f"no pictures in {folder}; expected files that end in "
            + ", ".join(sorted(SUFFIXES))
        )
    return found


def read(
    pairs: Sequence[Pair],
    size: int | tuple[int, int],
    mask_offset: int = 0,
    cache: bool = True,
    workers: int | None = None,
    *,
    class_names: tuple[str, ...] = (),
    source: str | None = None,
) -> Samples:
    """Read pairs at one size, from the cache where they were read before.

    Images are stretched to `size` with antialiasing and masks with nearest neighbor,
    which keeps class indices whole. Damaged pairs are left out with one warning.

    Args:
        pairs: from `pair`.
        size: side in pixels, or (height, width).
        mask_offset: subtracted from the masks; 1 for trimaps that count from 1.
        cache: keep the arrays in `cache_dir()` and map them into memory. The key
            holds every file's path, length and time of change, so edited files are
            read anew.
        workers: threads; as many as there are cores by default.
        class_names, source: passed on to the samples.

    Returns:
        Samples with images (N, H, W, 3) uint8 and masks (N, H, W) uint8; read-only
        maps of the cached files where `cache` is true.

    Raises:
        ValueError: no pairs, or none readable; an image and a mask of different
            sizes; a mask value below the offset or above 255.
        OSError: the cache cannot be written, or the disk is full.
    """
    if not pairs:
        raise ValueError("no pairs to read; expected at least one image with its mask")
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1:
        raise ValueError(f"size {size} is not positive; 160 is a usual one")
    if source is None:
        source = str(Path(pairs[0].image).parent)
    shapes = {"images": (height, width, 3), "masks": (height, width)}
    if not cache:
        arrays = {k: np.empty((len(pairs), *s), np.uint8) for k, s in shapes.items()}
        keep = _decode(pairs, arrays["images"], arrays["masks"], mask_offset, workers)
        names = [pairs[i].name for i in keep]
        if len(keep) < len(pairs):
            arrays = {k: a[keep] for k, a in arrays.items()}
    else:
        made_from = [READER, height, width, mask_offset, [_facts(p) for p in pairs]]
        store = ArrayCache(made_from)
        arrays = store.load()
        if arrays is None:
            with store.writing(len(pairs), shapes) as new:
                keep = _decode(pairs, new["images"], new["masks"], mask_offset, workers)
                store.finish(keep, [pairs[i].name for i in keep])
            arrays = store.load()
        names = store.names
    return Samples(arrays["images"], arrays["masks"], tuple(names), class_names, source)


def _decode(
    pairs: Sequence[Pair],
    images: np.ndarray,
    masks: np.ndarray,
    mask_offset: int,
    workers: int | None,
) -> list[int]:
    """Fill the arrays in parallel; returns the indices of the readable pairs."""
    damaged: dict[int, str] = {}

    def one(i: int) -> None:
        try:
            read_pair(pairs[i].image, pairs[i].mask, images[i], masks[i], mask_offset)
        except Damaged as error:
            damaged[i] = str(error)

    progress = partial(tqdm, desc="Reading images", unit="image", file=sys.stderr)
    pool = ThreadPoolExecutor(workers or _cores())
    try:
        # delay: work of under two seconds needs no bar
        for _ in progress(pool.map(one, range(len(pairs))), total=len(pairs), delay=2):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
    if len(damaged) == len(pairs):
        raise ValueError(
            f"none of the {len(pairs)} pairs can be read; the first: "
            + damaged[min(damaged)]
        )
    if damaged:
        names = _some([pairs[i].name for i in sorted(damaged)])
        message = f"left out {len(damaged)} damaged: {names} ({damaged[min(damaged)]})"
        warnings.warn(message, stacklevel=3)
    return [i for i in range(len(pairs)) if i not in damaged]


def _facts(pair: Pair) -> list:
    """What tells one version of a pair's files from another."""
    facts: list = [pair.name]
    for path in (pair.image, pair.mask):
        stat = os.stat(path)
        facts += [os.path.abspath(path), stat.st_size, stat.st_mtime_ns]
    return facts


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # fewer than cpu_count in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _some(names: Sequence[str] | dict[str, Path], count: int = 3) -> str:
    names = list(names)
    return ", ".join(names[:count]) + (", ..." if len(names) > count else "")
