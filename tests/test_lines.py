"""Thin lines that are their own masks, and the ceiling of one answer a cell."""

from itertools import product

import numpy as np
import pytest
from skimage.measure import block_reduce

from helpers import lines, scores


def test_images_are_their_masks_and_depend_on_seed_and_place_alone():
    few, more = lines.make(3, 40, seed=5), lines.make(6, 40, seed=5)
    assert (few.images == more.images[:3]).all()
    assert (few.images[..., 0] == 255 * few.masks).all()
    assert set(np.unique(few.masks)) == {0, 1}
    assert (lines.make(3, 40, seed=6).masks != few.masks).any()


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_line_has_its_width(width):
    """Area over length, in the mean: a thin diagonal has fewer or more pixels."""
    masks = lines.make(80, 96, seed=1, width=(width, width), lines=(1, 1)).masks
    frame = np.pad(np.zeros((94, 94), bool), 1, constant_values=True)
    found = [
        mask.sum() / np.hypot(*(np.ptp(places) + 1 for places in np.nonzero(mask)))
        for mask in masks
        if not mask[frame].any()
    ]
    assert len(found) > 10
    assert np.mean(found) == pytest.approx(width, rel=0.1)


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ({"width": (0, 3)}, "width"),
        ({"lines": (4, 2)}, "lines"),
        ({"width": (2, 1)}, ""),
    ],
)
def test_bad_ranges_are_refused(field, hint):
    with pytest.raises(ValueError, match=f"{hint}.* is no range"):
        lines.make(1, **field)


def test_networks():
    assert lines.network(3).widths == (8, 16, 32, 64)
    assert lines.network(2, doubling=False, skip="concat").widths == (8, 8, 8)
    for depth in (0, 6):
        with pytest.raises(ValueError, match="choose 1 to 5"):
            lines.network(depth)


@pytest.mark.parametrize("seed", range(3))
def test_the_ceiling_is_the_best_of_all_answers(seed):
    """Every one of the 2^8 constant-on-cells answers is tried."""
    rng = np.random.default_rng(seed)
    masks = (rng.random((2, 4, 4)) < 0.3).astype(np.uint8)
    best = 0
    for bits in product((0, 1), repeat=8):
        coarse = np.array(bits, np.uint8).reshape(2, 2, 2)
        answer = coarse.repeat(2, 1).repeat(2, 2)
        best = max(best, scores.iou(scores.confusion(masks, answer, 1))[1])
    assert lines.ceiling(masks, 2) == pytest.approx(best, abs=1e-12)


def test_ceilings_fall_and_an_upright_line_has_the_one_that_arithmetic_says():
    masks = lines.make(20, 32, seed=3).masks
    found = [lines.ceiling(masks, 2**k) for k in range(6)]
    assert found[0] == 1 and found == sorted(found, reverse=True)
    upright = np.zeros((1, 32, 32), np.uint8)
    upright[0, :, 5] = 1
    for side in (2, 4, 8, 16, 32):
        assert lines.ceiling(upright, side) == pytest.approx(1 / side)
        pooled = block_reduce(upright[0], (side, side), np.max)
        back = pooled.repeat(side, 0).repeat(side, 1)
        assert upright.sum() / back.sum() == pytest.approx(1 / side)
    with pytest.raises(ValueError, match="do not tile masks of 32x32"):
        lines.ceiling(masks, 5)
