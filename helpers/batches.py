"""Batches that are the same in both frameworks, whatever was asked for before."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from helpers.augment import Augment
from helpers.samples import Samples


@dataclass(frozen=True)
class Batches:
    """Samples, shuffled and augmented as (seed, epoch, index) alone decide.

    So a resumed run sees what an uninterrupted one sees, and PyTorch what Keras sees.
    image_range: images come as float32 in 0..image_range. The last batch of an epoch
    may be smaller.
    """

    samples: Samples
    batch_size: int = 8
    augment: Augment | None = None
    seed: int = 0
    shuffle: bool = True
    image_range: float = 1.0

    def __len__(self) -> int:
        return math.ceil(len(self.samples) / self.batch_size)

    def order(self, epoch: int) -> np.ndarray:
        """Indices of the samples in the order in which `epoch` shows them."""
        if not self.shuffle:
            return np.arange(len(self.samples))
        return np.random.default_rng((self.seed, epoch)).permutation(len(self.samples))

    def item(
        self, epoch: int, index: int, size: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Sample `index` as `epoch` shows it: image (H, W, C) float32, mask (H, W).

        size: the side in pixels to shrink both to where they are larger; None for
        their own.
        """
        image = np.asarray(self.samples.images[index])
        mask = np.asarray(self.samples.masks[index])
        if size is not None and size < min(mask.shape):
            channels = image.shape[2]
            image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
            image = image.reshape(size, size, channels)
            mask = cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
        if self.augment is not None:
            rng = np.random.default_rng((self.seed, epoch, index))
            image, mask = self.augment(image, mask, rng)
        return as_float(image, self.image_range), mask

    def batch(
        self, epoch: int, number: int, size: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Images (n, H, W, C) float32 and masks (n, H, W) uint8 of one batch."""
        first = number * self.batch_size
        chosen = self.order(epoch)[first : first + self.batch_size]
        images, masks = zip(*(self.item(epoch, index, size) for index in chosen))
        return np.stack(images), np.stack(masks)


def as_float(images: np.ndarray, image_range: float = 1.0) -> np.ndarray:
    """Images, uint8 or float in 0..1, as float32 in 0..image_range."""
    top = 255.0 if images.dtype == np.uint8 else 1.0
    return np.multiply(images, np.float32(image_range / top), dtype=np.float32)
