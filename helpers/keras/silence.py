"""Skips changed in a finished network, in Keras: silenced, or held back."""

from collections.abc import Callable, Collection, Sequence

import keras
import numpy as np
from keras import KerasTensor, ops

from helpers.batches import as_float
from helpers.keras.base import note, notes_of
from helpers.keras.build import UNet
from helpers.levels import check_levels

Edit = Callable[[int, KerasTensor], KerasTensor]


def silenced(
    model: UNet, levels: Collection[int], means: Sequence[np.ndarray] | None = None
) -> keras.Model:
    """The network with the skips of these levels (0 the top) filled with zeros.

    means: fill them with these instead, (channels,) a level, as `skip_means` gives
    them. The two networks share their weights. Raises ValueError for levels without
    a skip, or means that do not fit.
    """
    check_levels(model.spec, levels, means)

    def fill(level: int, skip: KerasTensor) -> KerasTensor:
        if level not in levels:
            return skip
        nothing = ops.zeros_like(skip)
        if means is None:
            return nothing
        return nothing + ops.cast(means[level], skip.dtype)

    return edited(model, fill)


def skip_means(
    model: UNet, images: np.ndarray, batch_size: int = 32
) -> list[np.ndarray]:
    """The mean of every channel of every skip, top level first: (channels,) each.

    images: (N, H, W, C); the mean is over images and pixels, cropped as the network
    crops. Raises ValueError without skips.
    """
    depth = model.spec.depth
    check_levels(model.spec, range(depth))
    gated = model.spec.skip == "attention"
    skips = keras.Model(
        model.inputs[0],
        [
            model.get_layer(f"skip_{level}").output
            if gated
            else model.get_layer(f"skip_{level}_join").input[0]
            for level in range(depth)
        ],
    )
    sums = [0.0] * depth
    for first in range(0, len(images), batch_size):
        part = as_float(images[first : first + batch_size], model.image_range)
        for level, skip in enumerate(skips(part, training=False)):
            found = ops.convert_to_numpy(skip).astype(np.float64)
            sums[level] = sums[level] + found.mean((1, 2)).sum(0)
    return [each / len(images) for each in sums]


def edited(model: UNet, edit: Edit) -> UNet:
    """The network with `edit(level, skip)` in the place of each skip.

    The two share their layers. edit: of the encoder's features (N, H, W, C), already
    cropped; what it returns has the same shape. Level 0 is the top.
    """
    check_levels(model.spec, range(model.spec.depth))
    return _Edited(model, edit)


class _Edited(UNet):
    """The layers of another U-Net in a graph of its own; it is not for saving."""

    def __init__(self, model: UNet, edit: Edit) -> None:
        levels = range(model.spec.depth)
        joins = {f"skip_{level}_join": level for level in levels}
        gated = model.spec.skip == "attention"
        # A gate takes what leaves this layer, and then the edit comes before the gate.
        before = {f"skip_{level}": level for level in levels}

        def call(layer: keras.Layer, *inputs, **options) -> KerasTensor:
            if layer.name in before:
                return edit(before[layer.name], layer(*inputs, **options))
            if gated or layer.name not in joins:
                return layer(*inputs, **options)
            skip, up = inputs[0]
            return layer([edit(joins[layer.name], skip), up])

        other = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call
        )
        # Past the U-Net's own `__init__`, which would make layers of its own.
        super(UNet, self).__init__(other.inputs[0], other.outputs[0], name=model.name)
        self.spec = model.spec
        note(self, **notes_of(model))
