"""Changes to masks against scikit-image's morphology and plain slices."""

import numpy as np
import pytest
from skimage.morphology import dilation, disk, erosion

from helpers import edits


@pytest.fixture
def mask():
    rng = np.random.default_rng(0)
    mask = np.zeros((40, 50), np.uint8)
    mask[12:28, 12:38] = rng.random((16, 26)) < 0.95
    return mask


@pytest.mark.parametrize("pixels", [0, 1, 2, 5])
def test_growing_is_a_dilation_and_shrinking_an_erosion(mask, pixels):
    grown, shrunk = edits.grow(mask, pixels), edits.grow(mask, -pixels)
    assert grown.dtype == shrunk.dtype == np.uint8
    assert (grown == dilation(mask, disk(pixels))).all()
    assert (shrunk == erosion(mask, disk(pixels))).all()


def test_a_mask_at_the_edge_is_not_shrunk_there():
    mask = np.zeros((8, 8), np.uint8)
    mask[:, :4] = 1
    assert (edits.grow(mask, -1)[:, :3] == 1).all()
    assert edits.grow(mask, -1).sum() == 24


def test_nothing_grows_to_nothing_and_everything_never_shrinks():
    assert edits.grow(np.zeros((4, 4), np.uint8), 2).sum() == 0
    assert edits.grow(np.ones((4, 4), np.uint8), -2).all()


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (0, -7), (-2, 5), (60, 0)])
def test_a_shift_moves_without_wrapping(mask, down, right):
    moved = edits.shift(mask, down, right)
    assert moved.dtype == mask.dtype
    padded = np.pad(mask, 60)
    at = (slice(60 - down, 100 - down), slice(60 - right, 110 - right))
    assert (moved == padded[at]).all()
