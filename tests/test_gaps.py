"""The gap between two objects: open, bridged, or with nothing beside it."""

import numpy as np

from helpers import gaps, shapes


def test_a_gap_is_kept_where_two_objects_stay_two():
    mask = np.zeros((12, 20), np.uint8)
    mask[2:10, 2:9] = mask[2:10, 11:18] = 1
    bridged, one, corner = mask.copy(), mask.copy(), mask.copy()
    bridged[5, 9:11] = 1
    one[:, 10:] = 0
    corner[9, 9], corner[10, 10], corner[9, 11] = 1, 1, 1
    thick = np.ones_like(mask)
    masks = np.stack([mask] * 6 + [thick, 0 * mask])
    answers = np.stack([mask, bridged, one, corner, 0 * mask, thick, mask, mask])
    found = gaps.kept_apart(masks, answers)
    np.testing.assert_array_equal(found, [1, 0, 0, 1, 0, 0, np.nan, np.nan])


def test_the_wider_the_gap_the_fewer_pairs_touch_already():
    shares = []
    for gap in (0.5, 1.0, 2.0):
        masks = shapes.joined(40, 48, seed=1, gap=gap)[0].masks
        apart = gaps.kept_apart(masks, masks)
        assert set(apart[~np.isnan(apart)]) == {1.0}
        shares.append(np.isnan(apart).mean())
    assert shares[0] > shares[1] >= shares[2] == 0
