"""The weight map against worked numbers, scikit-image and what the paper asks of it."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.segmentation import find_boundaries

from helpers import borders


def discs(centers, radius=6, shape=(48, 64)):
    """Objects numbered from 1: (H, W) int64."""
    y, x = np.indices(shape)
    objects = np.zeros(shape, np.int64)
    for number, (row, column) in enumerate(centers, start=1):
        objects[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = number
    return objects


def test_the_border_term_by_hand():
    """One row: objects at columns 2 and 8, so d1 + d2 = 6 between them."""
    objects = np.zeros((1, 12), int)
    objects[0, 2], objects[0, 8] = 1, 2
    found = borders.weight_map(objects, balance=False)
    between = 1 + 10 * np.exp(-36 / 50)
    assert found[0, 3:8] == pytest.approx(between, rel=1e-6)
    # Two columns past the second object: d1 = 2, d2 = 8.
    assert found[0, 10] == pytest.approx(1 + 10 * np.exp(-100 / 50), rel=1e-6)
    assert found[0, [2, 8]].tolist() == [1, 1]


@pytest.mark.parametrize("objects", [discs([(20, 30)]), np.zeros((48, 64), int)])
def test_a_single_object_has_no_halo(objects):
    assert (borders.weight_map(objects, balance=False) == 1).all()
    near, second = borders.nearest_two(objects)
    assert np.isinf(second).all()
    assert np.isinf(near).all() == (objects.max() == 0)


def test_distances_are_those_of_brute_force():
    rng = np.random.default_rng(0)
    objects = np.zeros((9, 11), int)
    spots = rng.permutation(99)[:8]
    objects.flat[spots] = np.repeat([1, 2, 5, 9], 2)
    y, x = np.indices(objects.shape)
    each = [
        np.min(
            [np.hypot(y - a, x - b) for a, b in np.argwhere(objects == number)], axis=0
        )
        for number in (1, 2, 5, 9)
    ]
    wanted = np.sort(each, axis=0)[:2]
    np.testing.assert_allclose(borders.nearest_two(objects), wanted)


def test_numbers_and_order_of_objects_do_not_matter():
    objects = discs([(12, 12), (12, 28), (30, 20)])
    other = np.array([0, 7, 300, 2])[objects]
    np.testing.assert_array_equal(
        borders.weight_map(objects), borders.weight_map(other)
    )


def test_the_closer_the_heavier():
    """In the middle of the gap the weight falls as two discs part."""
    middle = []
    for gap in (2, 4, 8, 16):
        objects = discs([(24, 20), (24, 33 + gap)])
        middle.append(borders.weight_map(objects, balance=False)[24, 26 + gap // 2])
    assert middle == sorted(middle, reverse=True)
    assert middle[0] > 8 and middle[-1] < 1.1


def test_both_classes_count_alike():
    mask = discs([(20, 30)]) > 0
    weights = borders.class_weights(mask)
    assert weights[mask].sum() == pytest.approx(weights[~mask].sum())
    assert weights.mean() == pytest.approx(1)
    assert (borders.class_weights(np.zeros((4, 4))) == 1).all()
    assert (borders.class_weights(np.ones((4, 4))) == 1).all()


def test_balance_adds_to_the_border_term():
    objects = discs([(20, 20), (20, 36)])
    plain = borders.weight_map(objects, balance=False)
    full = borders.weight_map(objects)
    wanted = plain - 1 + borders.class_weights(objects > 0)
    np.testing.assert_allclose(full, wanted, rtol=1e-6)
    assert full.dtype == np.float32
    np.testing.assert_array_equal(borders.weight_maps(objects[None])[0], full)


def test_separating_leaves_as_many_components_as_objects():
    """And takes no pixel but at a contact, where scikit-image sees a boundary too."""
    objects = discs([(20, 20), (20, 31), (29, 26)], radius=6)
    assert ndimage.label(objects)[1] == 1
    apart = borders.separate(objects)
    eight = np.ones((3, 3))
    assert ndimage.label(apart, eight)[1] == 3
    taken = apart != objects
    contact = find_boundaries(objects, connectivity=2, mode="inner", background=0)
    touching = [ndimage.binary_dilation(objects == k, eight) for k in (1, 2, 3)]
    contact &= sum(touching) > 1
    assert 0 < taken.sum() and (contact | ~taken).all()
    np.testing.assert_array_equal(borders.separate(apart), apart)


def test_objects_apart_stay_as_they_are():
    objects = discs([(12, 12), (30, 40)])
    np.testing.assert_array_equal(borders.separate(objects), objects)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: borders.weight_map(np.zeros((2, 8, 8), int)), ["(2, 8, 8)", "(H, W)"]),
        (lambda: borders.weight_map(np.zeros((8, 8))), ["float64", "ndimage.label"]),
        (lambda: borders.separate(np.full((8, 8), -1)), ["-1", "start at 0"]),
        (lambda: borders.weight_map(np.eye(8, dtype=int), sigma=0), ["sigma 0", "5"]),
    ],
)
def test_errors_name_the_value_and_the_way_out(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert [word for word in words if word not in str(error.value)] == []
