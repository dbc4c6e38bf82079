"""Ellipses and triangles as classes of their own."""

import numpy as np
import pytest
from skimage.measure import label, regionprops

from helpers import kinds


def test_images_depend_on_seed_and_place_alone():
    few, more = kinds.make(4, seed=2), kinds.make(8, seed=2)
    assert (few.images == more.images[:4]).all() and (few.masks == more.masks[:4]).all()
    assert few.images.shape == (4, 32, 32, 1) and few.class_names == kinds.CLASS_NAMES
    assert (kinds.make(4, seed=3).masks != few.masks).any()


def test_a_mask_shows_one_shape_of_one_kind_that_looks_like_it():
    masks = kinds.make(60, seed=1).masks
    solid = {1: [], 2: []}
    for mask in masks:
        regions = regionprops(label(mask, connectivity=2), intensity_image=mask)
        assert len(regions) == 1
        kind = int(regions[0].intensity_max)
        assert regions[0].intensity_min == kind
        # An ellipse fills its own ellipse of inertia, a triangle leaves corners out.
        region = regions[0]
        axes = region.axis_major_length * region.axis_minor_length
        solid[kind].append(region.area / (np.pi / 4 * axes))
    assert all(len(each) > 15 for each in solid.values())
    assert min(solid[1]) > max(np.quantile(solid[2], 0.9), 0.97)


def test_shapes_do_not_touch():
    samples = kinds.make(30, 64, seed=4, shapes=(2, 4), noise=0.0)
    counts = [label(m > 0, connectivity=2).max() for m in samples.masks]
    assert max(counts) == 4 and min(counts) >= 1
    for mask in samples.masks:
        each = label(mask > 0, connectivity=2)
        assert all(len(np.unique(mask[each == k])) == 1 for k in range(1, each.max()))


def test_a_radius_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most 14 pixels in an image of 32"):
        kinds.make(1, radius=(6, 15))
