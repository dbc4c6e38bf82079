"""Coefficients are averaged where they belong."""

import numpy as np
import pytest
from scipy import ndimage

from helpers import attention


def scene():
    masks = np.zeros((2, 16, 16), np.uint8)
    masks[0, 4:12, 4:12] = 1
    masks[1, :, 8:] = 1
    return masks


def test_the_regions_part_every_image():
    masks = scene()
    where = attention.regions(masks)
    assert tuple(where) == attention.REGIONS
    assert (sum(where.values()) == 1).all()
    inside = ndimage.binary_erosion(masks[0], ndimage.generate_binary_structure(2, 1))
    np.testing.assert_array_equal(where["inside"][0], inside)
    assert where["outline"][1].sum() == 2 * 16  # the edge of the image is no outline


def test_a_coarse_coefficient_counts_for_all_its_pixels():
    masks = scene()
    where = {"left": np.zeros_like(masks, bool), "all": np.ones_like(masks, bool)}
    where["left"][:, :, :4] = True
    coarse = np.zeros((2, 4, 4))
    coarse[:, :, 0] = 0.5
    fine = np.broadcast_to(np.arange(16) / 16, (2, 16, 16))
    first, second = attention.by_region([fine, coarse], where)
    assert first == pytest.approx({"left": 1.5 / 16, "all": 7.5 / 16})
    assert second == {"left": 0.5, "all": 0.125}


def test_maps_that_do_not_tile_are_refused():
    with pytest.raises(ValueError, match="3x4 do not tile 16x16"):
        attention.full(np.zeros((1, 3, 4)), (16, 16))
