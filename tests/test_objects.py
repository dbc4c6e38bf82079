"""Merges and splits by hand, and against scikit-image's variation of information."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.metrics import variation_of_information

from helpers.objects import Count, count, count_all


def blocks():
    """Three true objects of 4x4 in a row, two pixels apart: (8, 24)."""
    objects = np.zeros((8, 24), int)
    for number, left in enumerate((2, 8, 14), start=1):
        objects[2:6, left : left + 4] = number
    return objects


def test_the_truth_has_no_mistakes():
    objects = blocks()
    assert count(objects, objects > 0) == Count(true=3, found=3)


def test_a_bridge_merges_two():
    mask = blocks() > 0
    mask[3, 6:8] = True
    assert count(blocks(), mask) == Count(true=3, found=2, merges=1)


def test_one_component_over_three_is_two_merges():
    mask = blocks() > 0
    mask[3, 6:14] = True
    assert count(blocks(), mask) == Count(true=3, found=1, merges=2)


def test_a_cut_splits_and_a_corner_does_not_connect():
    mask = blocks() > 0
    mask[:, 9] = False
    assert count(blocks(), mask) == Count(true=3, found=4, splits=1)
    square = np.ones((2, 2), int)
    assert count(square, np.eye(2, dtype=int)).splits == 1


def test_missed_and_made_up():
    mask = blocks() > 0
    mask[:, 14:] = False
    mask[7, 22] = True
    assert count(blocks(), mask) == Count(true=3, found=3, missed=1, made_up=1)


def test_a_touch_is_no_cover():
    """One pixel of sixteen is less than a tenth; two are more."""
    mask = blocks() == 1
    mask[3, 6:9] = True
    assert count(blocks(), mask).merges == 0
    mask[3, 9] = True
    assert count(blocks(), mask).merges == 1
    assert count(blocks(), mask, least=0.5).merges == 0


def test_empty_images():
    nothing = np.zeros((8, 24), int)
    assert count(nothing, nothing) == Count()
    assert count(nothing, blocks() > 0) == Count(found=3, made_up=3)
    assert count(blocks(), nothing) == Count(true=3, missed=3)


@pytest.mark.parametrize("seed", range(20))
def test_none_where_the_information_says_none(seed):
    """On pixels that are foreground in both, with every pixel counting as cover."""
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.random((24, 24)), 1.0) > 0.5
    objects = ndimage.label(mask)[0] * (rng.random(mask.shape) > 0.02 * (seed % 3))
    if seed % 2:
        objects[:, 12:] += (objects[:, 12:] > 0) * 1000  # halves are other objects
    predicted = objects > 0
    components = ndimage.label(predicted)[0]
    split, merged = variation_of_information(objects[predicted], components[predicted])
    found = count(objects, predicted, least=0)
    assert (found.splits > 0) == (split > 1e-12)
    assert (found.merges > 0) == (merged > 1e-12)


def test_splits_are_the_merges_seen_from_the_other_side():
    rng = np.random.default_rng(1)
    a, b = (ndimage.gaussian_filter(rng.random((40, 40)), 1.5) > 0.5 for _ in range(2))
    one = count(ndimage.label(a)[0], b, least=0)
    other = count(ndimage.label(b)[0], a, least=0)
    assert one.merges == other.splits > 0
    assert one.splits == other.merges > 0
    assert one.missed == other.made_up


def test_counts_of_images_add_up():
    mask = blocks() > 0
    mask[3, 6:8] = True
    pair = np.stack([blocks(), blocks()]), np.stack([mask, blocks() > 0])
    assert count_all(*pair) == Count(true=6, found=5, merges=1)


@pytest.mark.parametrize(
    ("predicted", "words"),
    [
        (np.zeros((4, 4), int), ["(8, 24)", "(4, 4)"]),
        (np.full((8, 24), 0.3), ["0.3", "0.5"]),
        (np.full((8, 24), 255), ["255", "0 and 1"]),
    ],
)
def test_errors_name_the_value(predicted, words):
    with pytest.raises(ValueError) as error:
        count(blocks(), predicted)
    assert [word for word in words if word not in str(error.value)] == []
