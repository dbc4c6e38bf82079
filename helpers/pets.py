"""Oxford-IIIT Pet: photographs of cats and dogs with a trimap for each.

Data: Parkhi, Vedaldi, Zisserman and Jawahar, "Cats and Dogs", CVPR 2012,
https://www.robots.ox.ac.uk/~vgg/data/pets/ (CC BY-SA 4.0).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from helpers import folders, standins
from helpers.arrays import cache_dir
from helpers.folders import Pair
from helpers.samples import Samples

CLASSES = ("pet", "background", "border")
VARIABLE = "OXFORD_PETS_DIR"
_LISTS = {"train": "trainval.txt", "test": "test.txt"}
_told: set[str] = set()  # the line about stand-ins is printed once per process


def find() -> Path | None:
    """The folder with `images/` and `annotations/`, or None where there is none.

    Looks at the environment variable OXFORD_PETS_DIR, then at what
    `python -m helpers download` has put into the cache.

    Raises:
        FileNotFoundError: OXFORD_PETS_DIR is set but does not hold the data set.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return _checked(Path(named).expanduser(), f"{VARIABLE}={named}")
    root = cache_dir() / "oxford-pets"
    return root if _missing(root) is None else None


def files(
    split: str = "all",
    root: str | Path | None = None,
    *,
    seed: int | None = None,
    fraction: float = 0.2,
) -> list[Pair]:
    """Image files with their trimaps, sorted by name.

    Args:
        split: "train" or "test" of the official lists, or "all": every image that
            has a trimap, listed or not.
        root: a folder in the official layout; by default `find()`, else stand-ins.
        seed: split all images at random instead of by the official lists.
        fraction: share of "test" in a random split.

    Raises:
        ValueError: an unknown split, or a fraction outside 0..1.
        FileNotFoundError: the folder or a list is missing or empty.
    """
    if split not in ("train", "test", "all"):
        raise ValueError(f"split {split!r} is unknown; take 'train', 'test' or 'all'")
    root = _root(root)
    pairs = folders.pair(root / "images", root / "annotations" / "trimaps")
    if split == "all":
        return pairs
    if seed is not None:
        if not 0 < fraction < 1:
            raise ValueError(f"fraction {fraction} is not between 0 and 1")
        order = np.random.default_rng(seed).permutation(len(pairs))
        tested = set(order[: round(len(pairs) * fraction)].tolist())
        return [p for i, p in enumerate(pairs) if (i in tested) == (split == "test")]
    path = root / "annotations" / _LISTS[split]
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; pass seed= for a split at random")
    lines = path.read_text().splitlines()
    listed = {line.split()[0] for line in lines if line.strip() and line[0] != "#"}
    chosen = [p for p in pairs if p.name in listed]
    if not chosen:
        raise FileNotFoundError(
            f"no image that {path} lists is in {root / 'images'}; pass seed= for a "
            "split at random"
        )
    return chosen


def load(
    split: str = "train",
    *,
    size: int | tuple[int, int] = 160,
    root: str | Path | None = None,
    seed: int | None = None,
    fraction: float = 0.2,
    limit: int | None = None,
    cache: bool = True,
    workers: int | None = None,
) -> Samples:
    """The pets as arrays: decoded at the first call, from the cache at the next.

    Where no photographs are at hand, drawn stand-ins take their place and one line
    says how to get the photographs; `Samples.source` tells which they are.

    Args:
        split, root, seed, fraction: as in `files`.
        size: side in pixels, or (height, width); images are stretched to it.
        limit: at most so many samples, chosen at random (always the same ones),
            since the first of a sorted list would be of one breed.
        cache, workers: as in `folders.read`.

    Returns:
        Samples with images (N, size, size, 3) uint8 and masks (N, size, size) uint8:
        0 pet, 1 background, 2 border (the trimap minus one).

    Raises:
        ValueError, FileNotFoundError, OSError: as `files` and `folders.read` do.
    """
    root = _root(root)
    pairs = files(split, root, seed=seed, fraction=fraction)
    if limit is not None:
        if limit < 1:
            raise ValueError(f"limit {limit} leaves no samples; expected 1 or more")
        order = np.random.default_rng(seed or 0).permutation(len(pairs))
        pairs = [pairs[i] for i in sorted(order[:limit])]
    drawn = (root / standins.MARKER).exists()
    return folders.read(
        pairs,
        size,
        mask_offset=1,
        cache=cache,
        workers=workers,
        class_names=CLASSES,
        source="stand-ins" if drawn else "photographs",
    )


def _root(root: str | Path | None) -> Path:
    if root is not None:
        return _checked(Path(root), str(root))
    found = find()
    if found is not None:
        return found
    if "stand-ins" not in _told:
        _told.add("stand-ins")
        print(
            "No pet photographs here: using drawn stand-ins. For the photographs run "
            f"`python -m helpers download` (811 MB), or set {VARIABLE}."
        )
    return standins.draw()


def _checked(root: Path, name: str) -> Path:
    missing = _missing(root)
    if missing is not None:
        raise FileNotFoundError(
            f"{name} is no copy of Oxford-IIIT Pet: {missing} is missing; expected "
            "images/ and annotations/trimaps/, as `python -m helpers download` makes"
        )
    return root


def _missing(root: Path) -> Path | None:
    for part in (root / "images", root / "annotations" / "trimaps"):
        if not part.is_dir():
            return part
    return None
