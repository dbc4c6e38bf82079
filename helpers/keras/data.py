"""Samples as Keras wants them: a `PyDataset` of batches."""

import os
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

from helpers.batches import Batches
from helpers.recipe import Recipe
from helpers.samples import Samples

WORKERS = min(8, os.cpu_count() or 1)


class Loader(keras.utils.PyDataset):
    """One epoch after another: images float32 (n, H, W, C), masks uint8 (n, H, W).

    epoch: the one shown now, from 0; Keras goes on to the next at the end of each.
    size: the side in pixels that images and masks are shrunk to, None for their own.
    """

    def __init__(self, batches: Batches) -> None:
        # With two workers Keras starts on an epoch when it begins; with one it reads
        # ahead, and the first batches would be those of the epoch before.
        super().__init__(workers=2)
        self.batches, self.epoch, self.size = batches, 0, None
        # OpenCV, which does most of the work, lets threads run side by side.
        self._threads = ThreadPoolExecutor(WORKERS, "augment")

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batch(self.epoch, number)

    def batch(self, epoch: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        """What `Batches.batch` gives, made by several threads."""
        first = number * self.batches.batch_size
        chosen = self.batches.order(epoch)[first : first + self.batches.batch_size]
        items = self._threads.map(
            lambda index: self.batches.item(epoch, index, self.size), chosen
        )
        images, masks = zip(*items)
        return np.stack(images), np.stack(masks)

    def on_epoch_end(self) -> None:
        """Go on to the next epoch, with its own order and its own changes."""
        self.epoch += 1

    def endless(self, epoch: int = 0) -> "Endless":
        """All epochs from that one on, to be read ahead without a break."""
        return Endless(self, epoch)


class Endless(keras.utils.PyDataset):
    """The epochs of a loader in one row; `fit` is told the steps_per_epoch."""

    def __init__(self, source: Loader, epoch: int) -> None:
        super().__init__(workers=0)
        self.source, self.epoch = source, epoch

    @property
    def num_batches(self) -> None:
        """No end."""
        return

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        epoch, number = divmod(number, len(self.source))
        return self.source.batch(self.epoch + epoch, number)


def loader(samples: Samples, recipe: Recipe, training: bool = True) -> Loader:
    """Batches for `model.fit` as the recipe says, for both frameworks the same.

    training: shuffled and augmented; otherwise in order and as they are. Images come
    as float32 in 0..recipe.image_range, (n, H, W, C), masks as uint8, (n, H, W). Give
    `model.fit` shuffle=False with it: the epochs have their own order.
    """
    return Loader(
        Batches(
            samples,
            recipe.batch_size,
            recipe.augment if training else None,
            recipe.seed,
            shuffle=training,
            image_range=recipe.image_range,
        )
    )
