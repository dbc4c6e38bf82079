"""Samples as PyTorch's DataLoader gives them out."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from helpers.batches import Batches
from helpers.recipe import Recipe
from helpers.samples import Samples

WORKERS = min(8, os.cpu_count() or 1)


class Items(Dataset):
    """The samples of `Batches`, by (epoch, index, size).

    A batch is made by threads: they need no copy of the data and no start-up time,
    and OpenCV, which does the work, lets them run side by side.
    """

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._threads = ThreadPoolExecutor(WORKERS, "augment")

    def __len__(self) -> int:
        return len(self.batches.samples)

    def __getitem__(
        self, key: tuple[int, int, int | None]
    ) -> tuple[np.ndarray, np.ndarray]:
        return self.batches.item(*key)

    def __getitems__(self, keys: list[tuple[int, int, int | None]]) -> list:
        return list(self._threads.map(self.__getitem__, keys))


class Order(Sampler):
    """(epoch, index, size) as `Batches` orders them; set epoch and size each pass."""

    def __init__(self, batches: Batches) -> None:
        self.batches, self.epoch, self.size = batches, 0, None

    def __len__(self) -> int:
        return len(self.batches.samples)

    def __iter__(self) -> Iterator[tuple[int, int, int | None]]:
        epoch, size = self.epoch, self.size
        return ((epoch, int(index), size) for index in self.batches.order(epoch))


def loader(
    samples: Samples,
    recipe: Recipe,
    training: bool = True,
    batch_size: int | None = None,
) -> DataLoader:
    """Batches: images (N, C, H, W) float32 in 0..image_range, masks (N, H, W) int64.

    In training they are shuffled and augmented as the recipe says, by its seed and
    `loader.sampler.epoch` alone, and shrunk to `loader.sampler.size`; else they come
    in order and as they are. batch_size: another than the recipe's. Images are
    channels_last in memory.
    """
    batches = Batches(
        samples,
        batch_size or recipe.batch_size,
        recipe.augment if training else None,
        recipe.seed,
        shuffle=training,
        image_range=recipe.image_range,
    )
    return DataLoader(
        Items(batches),
        batches.batch_size,
        sampler=Order(batches),
        collate_fn=_collate,
        pin_memory=torch.cuda.is_available(),
        # Its own, so that a pass over the data leaves dropout's numbers alone.
        generator=torch.Generator(),
    )


def to_tensor(images: np.ndarray) -> Tensor:
    """(N, H, W, C) to (N, C, H, W) without a copy; in memory it stays channels_last."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)


def _collate(items: list[tuple[np.ndarray, np.ndarray]]) -> tuple[Tensor, Tensor]:
    images, masks = zip(*items)
    return to_tensor(np.stack(images)), torch.from_numpy(np.stack(masks)).long()
