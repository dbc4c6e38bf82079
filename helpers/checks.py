"""What training and prediction refuse, the same in both frameworks."""

import os

import numpy as np

from helpers.recipe import Recipe
from helpers.samples import Samples, check_samples
from helpers.spec import UNetSpec


def check_run(
    spec: UNetSpec,
    train: Samples,
    validation: Samples | None,
    recipe: Recipe,
    out: str | os.PathLike | None,
    resume: bool,
) -> None:
    """Refuse a training run before anything of it has begun; arguments as of `fit`.

    Raises ValueError for samples, or for sizes of the recipe, that the network cannot
    take, for the best weights without validation, and to resume without a folder.
    """
    check_samples(train, spec)
    for _, side in recipe.sizes:
        spec.check_size(side, side)
    if validation is not None:
        check_samples(validation, spec)
    elif recipe.keep == "best":
        raise ValueError(
            "keep='best' chooses by the validation loss; pass validation samples, or "
            "train with recipe.replace(keep='last')"
        )
    if resume and out is None:
        raise ValueError("resume=True needs the folder of the checkpoint; pass out=...")


def check_images(images: np.ndarray, channels: int) -> None:
    """Refuse images that a network with so many input channels cannot label.

    Raises ValueError where they are not (N, H, W, channels), or hold anything but
    uint8 or finite floats in 0..1.
    """
    if images.ndim != 4 or images.shape[3] != channels or not len(images):
        raise ValueError(
            f"images of shape {images.shape}: expected (N, H, W, {channels}) with at "
            "least one image; a single image needs a first axis: images[None]"
        )
    if images.dtype == np.uint8:
        return
    if images.dtype.kind != "f":
        raise ValueError(
            f"images have the dtype {images.dtype}; expected uint8 in 0..255 or "
            "floats in 0..1"
        )
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"float images reach from {low:g} to {high:g}; expected finite numbers in "
            "0..1: divide 0..255 images by 255, or give them as uint8"
        )
