"""Instances against scikit-image's labels; two pictures put together."""

import numpy as np
import pytest
from skimage.measure import label

from helpers import instances


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_those_of_scikit_image(seed):
    mask = np.random.default_rng(seed).random((30, 40)) < 0.2
    parts = instances.split(mask)
    theirs = label(mask, connectivity=2)
    assert len(parts) == theirs.max()
    assert (parts.sum(0) == mask).all()
    sizes = parts.sum((1, 2))
    assert (np.diff(sizes) <= 0).all()
    for part in parts:
        assert len(np.unique(theirs[part])) == 1
    assert len(instances.split(mask, 4)) == (sizes >= 4).sum()


def test_no_parts_keep_their_shape():
    assert instances.split(np.zeros((3, 5))).shape == (0, 3, 5)


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"expected \(H, W\)"):
        instances.split(np.zeros((1, 3, 5)))


@pytest.fixture
def two():
    trimaps = np.ones((2, 6, 8), np.uint8)
    trimaps[:, 1:5, 2:7] = 2
    trimaps[:, 2:4, 3:6] = 0
    images = np.stack([np.full((6, 8, 3), v, np.uint8) for v in (10, 20)])
    return images, trimaps


def test_without_overlap_the_two_stand_side_by_side(two):
    images, trimaps = two
    image, seen = instances.beside(images, trimaps)
    assert (image == np.concatenate(images, axis=1)).all()
    assert (seen[0, :, :8] == trimaps[0]).all() and (seen[0, :, 8:] == 1).all()
    assert (seen[1, :, 8:] == trimaps[1]).all() and (seen[1, :, :8] == 1).all()


def test_the_second_lies_in_front(two):
    images, trimaps = two
    image, seen = instances.beside(images, trimaps, 5)
    assert image.shape == (6, 11, 3) and seen.shape == (2, 6, 11)
    assert (image[seen[1] != 1] == 20).all()
    assert (image[seen[0] != 1] == 10).all()
    assert not ((seen[0] != 1) & (seen[1] != 1)).any()
    assert (seen[1] == 0).sum() == (trimaps[1] == 0).sum()
    # the first picture shows where the second has only background
    assert (image[0, :8] == 10).all() and (image[0, 8:] == 20).all()
    hidden = (trimaps[0] == 0).sum() - (seen[0] == 0).sum()
    assert hidden == 2  # one column of two rows lies below the other's border


@pytest.mark.parametrize("overlap", [-1, 9])
def test_an_overlap_out_of_range_is_refused(two, overlap):
    with pytest.raises(ValueError, match=r"expected 0\.\.8"):
        instances.beside(*two, overlap)
