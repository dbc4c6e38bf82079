"""The drawings of the losses' chapter are what they say they are."""

import numpy as np
import pytest
from scipy import ndimage

from helpers import cells


def test_every_cell_is_one_component_of_its_mask():
    samples, objects = cells.touching(12, seed=3)
    assert samples.images.shape == (12, 64, 64, 1)
    np.testing.assert_array_equal(samples.masks, objects > 0)
    for mask, numbered in zip(samples.masks, objects):
        assert ndimage.label(mask)[1] == numbered.max() >= 2


def test_cells_touch():
    """Closing the lines between them leaves fewer components than cells."""
    samples, objects = cells.touching(12, seed=3)
    square = np.ones((3, 3))
    joined = sum(
        ndimage.label(ndimage.binary_closing(mask, square))[1] for mask in samples.masks
    )
    assert joined < sum(numbered.max() for numbered in objects) / 2


def test_an_image_follows_from_seed_and_place():
    few, many = cells.touching(2, seed=5), cells.touching(4, seed=5)
    np.testing.assert_array_equal(few[0].images, many[0].images[:2])
    np.testing.assert_array_equal(few[1], many[1][:2])
    other = cells.touching(2, seed=6)[0].images
    assert (other != few[0].images).any()
    a, b = cells.dots(2, share=0.1, seed=5), cells.dots(4, share=0.1, seed=5)
    np.testing.assert_array_equal(a.images, b.images[:2])


@pytest.mark.parametrize("share", [0.005, 0.02, 0.1, 0.5])
def test_dots_take_their_share(share):
    samples = cells.dots(6, share=share, seed=1)
    found = samples.masks.mean((1, 2))
    assert (found >= share - 0.5 / 64**2).all()
    assert (found < share + 21 / 64**2).all()


def test_dots_are_all_alike():
    """Where they are rare, each is a disc of 21 pixels, brighter than the rest."""
    samples = cells.dots(20, share=0.005, seed=1)
    assert set(samples.masks.sum((1, 2))) == {21}
    bright, dark = (samples.images[..., 0][samples.masks == k].mean() for k in (1, 0))
    assert 0.15 * 255 < bright - dark < 0.25 * 255


def test_no_dots_and_too_many():
    assert cells.dots(1, share=0).masks.max() == 0
    with pytest.raises(ValueError, match=r"share 1\.0 is out of range"):
        cells.dots(1, share=1.0)
