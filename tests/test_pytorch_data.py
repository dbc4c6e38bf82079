"""The loader shows what `Batches` shows, laid out for PyTorch."""

import numpy as np
import torch

from helpers.augment import Augment
from helpers.batches import Batches
from helpers.pytorch import data
from helpers.recipe import Recipe
from helpers.samples import Samples


def samples(count: int = 7) -> Samples:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 12, 8, 3), np.uint8)
    return Samples(images, rng.integers(0, 3, (count, 12, 8)).astype(np.uint8))


def test_training_batches_are_those_that_keras_sees():
    recipe = Recipe(batch_size=3, augment=Augment(rotate=20, color=0.2), seed=5)
    batches = Batches(samples(), 3, recipe.augment, seed=5)
    loader = data.loader(samples(), recipe)
    for epoch in (0, 1):
        loader.sampler.epoch = epoch
        shown = list(loader)
        assert len(shown) == len(loader) == 3
        for number, (images, masks) in enumerate(shown):
            wanted = batches.batch(epoch, number)
            assert np.array_equal(images.permute(0, 2, 3, 1).numpy(), wanted[0])
            assert np.array_equal(masks.numpy(), wanted[1])


def test_layout_and_dtypes():
    images, masks = next(iter(data.loader(samples(), Recipe(batch_size=4))))
    assert images.shape == (4, 3, 12, 8) and masks.shape == (4, 12, 8)
    assert (images.dtype, masks.dtype) == (torch.float32, torch.int64)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= images.min() and 0.9 < images.max() <= 1


def test_held_out_batches_come_in_order_and_untouched():
    recipe = Recipe(batch_size=4, augment=Augment(rotate=90), image_range=255.0)
    shown = list(data.loader(samples(), recipe, training=False))
    images = torch.cat([images for images, _ in shown]).permute(0, 2, 3, 1)
    assert np.array_equal(images.numpy(), samples().images.astype(np.float32))
    masks = torch.cat([masks for _, masks in shown])
    assert np.array_equal(masks.numpy(), samples().masks)


def test_a_pass_leaves_the_random_numbers_of_dropout_alone():
    before = torch.get_rng_state()
    list(data.loader(samples(), Recipe()))
    assert torch.equal(before, torch.get_rng_state())


def test_to_tensor_copies_nothing():
    images = np.zeros((2, 4, 6, 3), np.float32)
    tensor = data.to_tensor(images)
    images[1, 2, 3, 0] = 7
    assert tensor[1, 0, 2, 3] == 7
