"""From a folder, or from nothing, to samples to train on and samples held out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from helpers import folders, pets, shapes
from helpers.budget import Budget
from helpers.samples import Samples
from helpers.spec import UNetSpec

LAYOUT = (
    "expected images/ and annotations/trimaps/ as Oxford-IIIT Pet has them, or "
    "images/ and masks/ with a mask of class indices under the name of each image"
)


def open_data(
    folder: Path | None,
    spec: UNetSpec,
    size: int,
    budget: Budget,
    *,
    draw_shapes: bool = False,
    held_out: float = 0.2,
    mask_offset: int = 0,
    seed: int = 0,
) -> tuple[Samples, Samples]:
    """Samples to train on and samples held out, both as `spec` takes them.

    folder: in the layout of Oxford-IIIT Pet, or with images/ and masks/; None for
    the pets as `pets.load` finds them, or for drawn ellipses with `draw_shapes`.
    size: side of the images in pixels. held_out: share held out where there are no
    official lists. mask_offset: subtracted from the masks of a plain folder alone.

    Raises ValueError or FileNotFoundError, as `folders` and `pets` do.
    """
    if folder is None and draw_shapes:
        both = shapes.make(_total(budget.shapes, held_out), size, seed=seed)
        parts = both.split(held_out, seed)
    elif folder is None or (folder / "annotations" / "trimaps").is_dir():
        if mask_offset:
            raise ValueError(
                f"mask_offset {mask_offset} does not go with trimaps, which are always "
                "counted from 0 on; leave it out"
            )
        parts = _pets(folder, size, budget, held_out, seed)
    else:
        parts = _plain(folder, size, budget, held_out, mask_offset, seed)
    return tuple(as_channels(part, spec.in_channels) for part in parts)


def as_channels(samples: Samples, channels: int) -> Samples:
    """The samples in gray where a network takes one channel; else as they are.

    Luminance after ITU-R BT.601, as OpenCV and Pillow compute it.
    """
    if channels != 1 or samples.images.shape[-1] != 3:
        return samples
    gray = np.empty((*samples.images.shape[:3], 1), samples.images.dtype)
    for image, out in zip(samples.images, gray):
        out[..., 0] = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2GRAY)
    return replace(samples, images=gray)


def _pets(
    folder: Path | None, size: int, budget: Budget, held_out: float, seed: int
) -> tuple[Samples, Samples]:
    """By the official lists; at random where a copy has lost them."""
    root = folder or pets.find()
    lists = ("trainval.txt", "test.txt")
    official = root is None or all((root / "annotations" / n).is_file() for n in lists)
    how = {} if official else {"seed": seed, "fraction": held_out}
    limits = {"train": budget.images, "test": budget.held_out}
    train, test = (
        pets.load(split, size=size, root=root, limit=limit, **how)
        for split, limit in limits.items()
    )
    return train, test


def _plain(
    folder: Path,
    size: int,
    budget: Budget,
    held_out: float,
    mask_offset: int,
    seed: int,
) -> tuple[Samples, Samples]:
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; check the path")
    missing = [n for n in ("images", "masks") if not (folder / n).is_dir()]
    if missing:
        raise FileNotFoundError(f"{folder} holds no {missing[0]}/; {LAYOUT}")
    pairs = folders.pair(folder / "images", folder / "masks")
    if budget.images is not None:
        pairs = _some(pairs, _total(budget.images, held_out), seed)
    both = folders.read(pairs, size, mask_offset, source=str(folder))
    return both.split(held_out, seed)


def _total(training: int, held_out: float) -> int:
    """How many samples leave `training` of them once a share is held out."""
    return round(training / (1 - held_out)) if 0 < held_out < 1 else training


def _some(pairs: Sequence, most: int, seed: int) -> list:
    order = np.random.default_rng(seed).permutation(len(pairs))
    return [pairs[i] for i in np.sort(order[:most])]
