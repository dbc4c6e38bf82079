"""Masks gone wrong: what each fault leaves, against other libraries' resizing."""

import numpy as np
import pytest
import torch
from skimage.morphology import dilation, erosion
from torch.nn import functional as F

from helpers import faults, shapes

MASKS = shapes.make(4, 64, seed=3, ellipses=(1, 2), others=(0, 0)).masks
TRIMAP = faults.trimap(MASKS)[0]


def test_a_trimap_has_a_border_on_both_sides_of_the_outline():
    square = np.ones((3, 3))
    for mask, found in zip(MASKS, faults.trimap(MASKS, width=1)):
        outer = dilation(mask, square)
        inner = erosion(np.pad(mask, 1, mode="edge"), square)[1:-1, 1:-1]
        assert np.array_equal(found == 2, outer > inner)
        assert np.array_equal(found == 0, inner > 0)


def test_the_width_of_the_border_is_in_pixels():
    mask = np.zeros((1, 9, 9), np.uint8)
    mask[0, :, 5:] = 1
    assert faults.trimap(mask)[0, 4].tolist() == [1, 1, 1, 2, 2, 2, 2, 0, 0]


def test_nearest_invents_nothing_and_bilinear_does():
    assert faults.invented(TRIMAP, faults.nearest(TRIMAP, 16)) == 0
    blended = np.rint(faults.bilinear(TRIMAP, 16)).astype(np.uint8)
    assert faults.invented(TRIMAP, blended) > 0
    mask = np.repeat(np.array([[0, 2]], np.uint8), 2, 0)
    assert faults.invented(mask, np.array([[1]], np.uint8)) == 1
    assert faults.invented(mask, np.array([[2]], np.uint8)) == 0


def test_invented_needs_blocks():
    with pytest.raises(ValueError, match="whole factor"):
        faults.invented(TRIMAP, faults.nearest(TRIMAP, 60))


def test_resizing_is_pytorchs():
    shades = torch.from_numpy(TRIMAP).float()[None, None]
    for side in (16, 24, 40):
        theirs = F.interpolate(shades, (side, side), mode="bilinear")[0, 0]
        np.testing.assert_allclose(faults.bilinear(TRIMAP, side), theirs, atol=1e-5)
    for side in (16, 32, 128, 192):  # elsewhere a center may fall between two pixels
        theirs = F.interpolate(shades, (side, side), mode="nearest-exact")[0, 0]
        assert np.array_equal(faults.nearest(TRIMAP, side), theirs.numpy())


def test_every_pipeline_gives_bytes_and_only_the_first_is_right():
    right, *wrong = faults.PIPELINES.values()
    expected = right(TRIMAP, 32)
    for pipeline in (right, *wrong):
        found = pipeline(TRIMAP, 32)
        assert found.dtype == np.uint8 and found.shape == (32, 32)
        assert np.array_equal(found, expected) == (pipeline is right)


def test_subtracting_twice_starts_at_255():
    found = faults.PIPELINES["one subtracted twice"](TRIMAP, 64)
    assert set(np.unique(found)) == {0, 1, 255}
    assert np.array_equal(found == 255, TRIMAP == 0)
