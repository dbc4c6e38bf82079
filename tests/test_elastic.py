"""Elastic deformation, against PyTorch's bicubic and scipy's look-up."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from scipy import ndimage

from helpers import borders, cells, elastic
from helpers.augment import Augment
from helpers.batches import Batches


@pytest.mark.parametrize(
    ("grid", "size"), [(3, (64, 48)), (3, (5, 200)), (6, (40, 40))]
)
def test_between_the_nodes_it_is_bicubic(grid, size):
    nodes = np.random.default_rng(grid).normal(size=(grid, grid, 2))
    tensor = torch.from_numpy(nodes).permute(2, 0, 1)[None]
    expected = torch.nn.functional.interpolate(
        tensor, size, mode="bicubic", align_corners=True
    )
    found = elastic.spread(nodes, *size)
    np.testing.assert_allclose(found, expected[0].permute(1, 2, 0), atol=1e-5)


def test_nodes_have_the_papers_spread():
    """On the nodes: 3x3 of them, 10 pixels; between them less."""
    rng = np.random.default_rng(0)
    fields = np.stack([elastic.displacements(41, 61, rng) for _ in range(400)])
    nodes = fields[:, ::20, ::30]
    assert nodes.shape[1:] == (3, 3, 2)
    assert abs(nodes.std() - 10) < 0.4 and abs(nodes.mean()) < 0.4
    assert 6 < fields.std() < 9


def test_looking_up_is_scipys():
    rng = np.random.default_rng(1)
    image = ndimage.gaussian_filter(rng.random((40, 56)), 2).astype(np.float32)
    places = elastic.positions(elastic.displacements(40, 56, rng, 4))
    x, y = np.moveaxis(places, -1, 0)
    expected = ndimage.map_coordinates(image, [y, x], order=1, mode="mirror")
    found = elastic.warp(image, places)
    # With several channels OpenCV rounds places to 1/32 of a pixel.
    rounding = 0.03 * np.ptp(image)
    np.testing.assert_allclose(found, expected, atol=rounding)
    stacked = elastic.warp(np.stack([image, 1 - image], -1), places)
    np.testing.assert_allclose(stacked[..., 0], found, atol=rounding)
    np.testing.assert_allclose(stacked[..., 1], 1 - found, atol=rounding)


@hypothesis.settings(max_examples=25, deadline=None, derandomize=True)
@hypothesis.given(seed=st.integers(0, 2**32), sigma=st.floats(0, 12))
def test_numbers_stay_numbers(seed, sigma):
    rng = np.random.default_rng(seed)
    objects = rng.integers(0, 9, (24, 32)) * 1000  # more than 8 bits hold
    places = elastic.positions(elastic.displacements(24, 32, rng, sigma))
    found = elastic.warp(objects, places, nearest=True)
    assert found.dtype == objects.dtype and found.shape == objects.shape
    assert set(np.unique(found)) <= set(np.unique(objects))
    if sigma == 0:
        np.testing.assert_array_equal(found, objects)


def test_folds_are_counted():
    y, x = np.mgrid[:20, :30].astype(float)
    calm = np.stack([0.1 * x, 0 * y], -1)
    mirrored = np.stack([-2 * x, 0 * y], -1)
    half = np.where(x[..., None] < 15, calm, mirrored)
    assert elastic.folded(calm) == 0 and elastic.folded(mirrored) == 1
    assert 0.4 < elastic.folded(half) < 0.6


@pytest.mark.parametrize(
    ("wrong", "hint"), [({"sigma": -1}, "sigma -1"), ({"grid": 1}, "grid 1")]
)
def test_wrong_fields_are_named(wrong, hint):
    with pytest.raises(ValueError, match=hint):
        elastic.displacements(8, 8, np.random.default_rng(0), **wrong)


def test_augment_deforms_image_and_mask_alike():
    samples, _ = cells.touching(1, seed=1, noise=0)
    image, mask = samples.images[0], samples.masks[0]
    augment = Augment(flip=False, rotate=90, shift=0.2, elastic=5)
    changed, moved = augment(image, mask, np.random.default_rng(3))
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert set(np.unique(moved)) == {0, 1} and (moved != mask).mean() > 0.05
    inside = ndimage.binary_erosion(moved, iterations=2)
    outside = ndimage.binary_erosion(moved == 0, iterations=2)
    assert changed[inside].min() > changed[outside].max() - 20
    places = augment.places(*mask.shape, np.random.default_rng(3))
    np.testing.assert_array_equal(changed, elastic.warp(image, places))


def test_places_without_elastic_are_the_affine_map():
    samples, _ = cells.touching(1, seed=1)
    image, mask = samples.images[0].astype(np.float32), samples.masks[0]
    augment = Augment(rotate=40, scale=(0.8, 1.2), shift=0.1)
    moved, _ = augment(image, mask, np.random.default_rng(4))
    places = augment.places(*mask.shape, np.random.default_rng(4))
    off = abs(elastic.warp(image, places) - moved)
    assert np.quantile(off, 0.99) < 12  # gray levels; both round places to 1/32
    still = Augment(flip=False).places(*mask.shape, np.random.default_rng(4))
    np.testing.assert_array_equal(elastic.warp(image, still), image)


def test_batches_of_both_frameworks_can_deform():
    samples, _ = cells.touching(4, seed=1)
    batches = Batches(samples, 2, Augment(elastic=10.0), seed=3)
    images, masks = batches.batch(0, 0)
    again, _ = batches.batch(0, 0)
    assert images.shape == (2, 64, 64, 1) and masks.dtype == np.uint8
    np.testing.assert_array_equal(images, again)
    unbent, _ = Batches(samples, 2, Augment(), seed=3).batch(0, 0)
    assert (images != unbent).mean() > 0.5
    with pytest.raises(ValueError, match=r"elastic -1\.0"):
        Augment(elastic=-1.0)


def test_a_deformed_mask_loses_the_lines_that_deformed_numbers_keep():
    _, objects = cells.touching(20, seed=1)
    rng, broken = np.random.default_rng(0), []
    for one in objects:
        places = elastic.positions(elastic.displacements(64, 64, rng, 4))
        numbers = elastic.warp(one, places, nearest=True)
        mask = elastic.warp((one > 0).astype(np.uint8), places, nearest=True)
        lines = borders.separate(numbers) > 0
        broken.append(ndimage.label(lines)[1] - ndimage.label(mask)[1])
    assert sum(broken) > 10
