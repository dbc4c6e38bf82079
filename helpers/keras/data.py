"""Samples as Keras wants them: a `PyDataset` of batches."""

import os

import keras
import numpy as np

from helpers.batches import Batches
from helpers.recipe import Recipe
from helpers.samples import Samples


class Loader(keras.utils.PyDataset):
    """Batches of one epoch after another: images float32 (n, H, W, C), masks uint8.

    epoch: the one shown now, from 0; set it to go on where a run broke off. size: the
    side in pixels that images and masks are shrunk to, None for their own.
    """

    def __init__(self, batches: Batches, epoch: int = 0, workers: int = 1) -> None:
        super().__init__(workers=workers, max_queue_size=2 * workers + 2)
        self.batches, self.epoch, self.size = batches, epoch, None

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batches.batch(self.epoch, number, self.size)

    def on_epoch_end(self) -> None:
        """Go on to the next epoch, with its own order and its own changes."""
        self.epoch += 1


def loader(samples: Samples, recipe: Recipe, training: bool = True) -> Loader:
    """Batches for `model.fit` as the recipe says, for both frameworks the same.

    training: shuffled and augmented; otherwise in order and as they are. Images come
    as float32 in 0..recipe.image_range, (n, H, W, C), masks as uint8, (n, H, W).
    """
    batches = Batches(
        samples,
        recipe.batch_size,
        recipe.augment if training else None,
        recipe.seed,
        shuffle=training,
        image_range=recipe.image_range,
    )
    # One core stays with TensorFlow; more than a few threads wait for each other.
    return Loader(batches, workers=min(max((os.cpu_count() or 1) - 1, 1), 8))
