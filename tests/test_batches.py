"""Batches depend on seed, epoch and index alone."""

import numpy as np
import pytest

from helpers.augment import Augment
from helpers.batches import Batches, as_float
from helpers.samples import Samples

RNG = np.random.default_rng(0)
SAMPLES = Samples(
    images=RNG.integers(0, 256, (11, 16, 16, 3), dtype=np.uint8),
    masks=RNG.integers(0, 3, (11, 16, 16), dtype=np.uint8),
)


def test_every_sample_once_an_epoch_in_another_order():
    batches = Batches(SAMPLES, batch_size=4)
    assert len(batches) == 3
    orders = [batches.order(epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(11)) for order in orders)
    assert not np.array_equal(orders[0], orders[1])
    sizes = [len(batches.batch(0, k)[0]) for k in range(3)]
    assert sizes == [4, 4, 3]


def test_the_same_whatever_was_asked_before():
    batches = Batches(SAMPLES, 4, Augment(rotate=30, color=0.5), seed=5)
    first = batches.batch(2, 1)
    batches.batch(0, 0)
    again = Batches(SAMPLES, 4, Augment(rotate=30, color=0.5), seed=5).batch(2, 1)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    other = Batches(SAMPLES, 4, Augment(rotate=30, color=0.5), seed=6).batch(2, 1)
    assert not np.array_equal(first[0], other[0])


def test_a_sample_changes_from_epoch_to_epoch():
    batches = Batches(SAMPLES, augment=Augment(rotate=30))
    assert not np.array_equal(batches.item(0, 3)[0], batches.item(1, 3)[0])


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_range(top):
    images, masks = Batches(SAMPLES, 11, shuffle=False, image_range=top).batch(0, 0)
    assert images.dtype == np.float32 and masks.dtype == np.uint8
    np.testing.assert_allclose(images / top, SAMPLES.images / 255, atol=1e-6)
    np.testing.assert_allclose(as_float(images / top, top), images, rtol=1e-6)


def test_smaller_sizes_keep_image_and_mask_together():
    rows, columns = np.mgrid[:64, :64]
    mask = ((rows // 16 + columns // 16) % 2).astype(np.uint8)
    samples = Samples(
        images=np.repeat(mask[None, ..., None] * 200, 3, 3), masks=mask[None]
    )
    image, small = Batches(samples).item(0, 0, size=32)
    assert image.shape == (32, 32, 3) and small.shape == (32, 32)
    expected = (np.indices((32, 32)) // 8).sum(0) % 2
    np.testing.assert_array_equal(small, expected)
    np.testing.assert_allclose(image[..., 0], expected * 200 / 255, atol=1e-6)
    image, same = Batches(samples).item(0, 0, size=96)
    assert image.shape == (64, 64, 3) and same.shape == (64, 64), "never enlarged"
