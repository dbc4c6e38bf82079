"""The U-Net paper's training in Keras; see `helpers.paper`."""

import keras

from helpers.keras.build import UNet
from helpers.paper import MOMENTUM, Tiles


def train(
    model: UNet,
    tiles: Tiles,
    *,
    steps: int = 300,
    learning_rate: float = 1e-3,
    momentum: float = MOMENTUM,
) -> list[float]:
    """Gradient descent with momentum, one tile a step; return each step's loss.

    The loss is the weighted cross-entropy, a mean over the tile's pixels: Keras's own,
    with the weight map as `sample_weight`. Dropout has the seed of `build`.
    """
    one, history = model.spec.classes == 1, []
    kind = (
        keras.losses.BinaryCrossentropy
        if one
        else keras.losses.SparseCategoricalCrossentropy
    )
    optimizer = keras.optimizers.SGD(learning_rate, momentum)
    model.compile(optimizer, kind(from_logits=True), jit_compile=False)
    for step in range(steps):
        image, mask, weights = tiles.tile(step)
        mask = mask[..., None] if one else mask
        loss = model.train_on_batch(image, mask, sample_weight=weights)
        history.append(float(loss))
    return history
