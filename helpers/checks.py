"""What training and prediction refuse, the same in both frameworks."""

import os

import numpy as np

from helpers import sizes
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
    take, for BatchNorm over a single value, for the best weights without validation,
    and to resume without a folder.
    """
    check_samples(train, spec)
    for _, side in recipe.sizes:
        spec.check_size(side, side)
    _check_norm(train, spec, recipe)
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


def _check_norm(samples: Samples, spec: UNetSpec, recipe: Recipe) -> None:
    """Refuse a batch in which BatchNorm would have one value a channel.

    Its variance is 0: PyTorch raises in the middle of an epoch, Keras puts out the
    layer's shift and goes on.
    """
    if getattr(spec, "norm", None) != "batch":  # a LadderSpec has no such field
        return
    least = len(samples) % recipe.batch_size or recipe.batch_size
    height, width = samples.masks.shape[1:]
    shrunk = [side for _, side in recipe.sizes if side < min(height, width)]
    for tall, wide in [(height, width), *((side, side) for side in shrunk)]:
        bottom = [sizes.trace(spec, side).bottom for side in (tall, wide)]
        if least == 1 and bottom == [1, 1]:
            raise ValueError(
                f"{len(samples)} images in batches of {recipe.batch_size} leave one "
                f"of 1, and at {tall}x{wide} pixels the bottom of the network is 1x1: "
                "BatchNorm has a single value a channel there; choose another "
                "batch_size, larger images, fewer levels, or norm=None"
            )
