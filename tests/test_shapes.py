"""The ellipse task, against scikit-image's drawing and measuring and scipy's tests."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats
from skimage import draw, filters, measure, util

from helpers import canvas, shapes

TOUCHING = np.ones((3, 3))  # diagonal neighbors touch as well


def test_images_masks_and_names():
    samples = shapes.make(5, size=48)
    assert samples.images.shape == (5, 48, 48, 3)
    assert samples.images.dtype == samples.masks.dtype == np.uint8
    assert samples.masks.shape == (5, 48, 48)
    assert set(np.unique(samples.masks)) == {0, 1}
    assert samples.class_names == ("other", "ellipse")
    assert len(set(samples.names)) == 5
    assert samples.source == "shapes"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), few=st.integers(1, 3), more=st.integers(1, 3))
def test_an_image_depends_on_seed_and_index_alone(seed, few, more):
    short = shapes.make(few, 32, seed=seed)
    long = shapes.make(few + more, 32, seed=seed)
    np.testing.assert_array_equal(short.images, long.images[:few])
    np.testing.assert_array_equal(short.masks, long.masks[:few])


def test_seeds_and_images_differ():
    first, second = shapes.make(3, seed=0), shapes.make(3, seed=1)
    assert (first.images != second.images).mean() > 0.5
    assert (first.images[0] != first.images[1]).mean() > 0.5


@pytest.mark.parametrize("turn", [0, 0.4, 1.2, 2.5])
def test_ellipse_has_the_pixels_of_skimage(turn):
    apart = canvas.offsets(40, (50.3, 44.7))
    ours = canvas.ellipse(*apart, 35, 17, turn)
    rows, columns = draw.ellipse(50.3, 44.7, 17, 35, ours.shape, rotation=-turn)
    theirs = np.zeros_like(ours)
    theirs[rows, columns] = True
    assert (ours != theirs).sum() <= 4
    assert ours.sum() == pytest.approx(math.pi * 35 * 17, rel=0.01)


@pytest.mark.parametrize("name, sides", [("triangle", 3), ("rectangle", 4)])
def test_polygon_has_the_pixels_of_skimage(name, sides):
    planes = canvas.edges(name, 40, 0.7, [0.2, 0.5, 0.9])
    inside = canvas.polygons(*canvas.offsets(40, (44, 44)), planes)
    part = planes[0].astype(float)
    corners = [  # where neighboring edges meet
        np.linalg.solve(part[[k, k - 1], :2], part[[k, k - 1], 2]) for k in range(sides)
    ]
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 40, rtol=1e-5)
    theirs = draw.polygon2mask(inside.shape, np.array(corners)[:, ::-1] + 44)
    assert (inside != theirs).sum() <= 0.02 * theirs.sum()


def test_star_has_six_points_and_is_not_convex():
    planes = canvas.edges("star", 40, 0.3, [0.5] * 3)
    inside = canvas.polygons(*canvas.offsets(40, (44, 44)), planes)
    # Two triangles of side sqrt(3) r share a hexagon: 1.5 times a triangle's area.
    assert inside.sum() == pytest.approx(math.sqrt(3) * 40**2, rel=0.02)
    region = measure.regionprops(inside.astype(int))[0]
    assert region.solidity < 0.85


def test_single_ellipses_are_ellipses():
    samples = shapes.make(20, 224, ellipses=(1, 1), others=(0, 0), noise=0)
    for mask in samples.masks:
        (region,) = measure.regionprops(measure.label(mask))
        by_axes = math.pi / 4 * region.axis_major_length * region.axis_minor_length
        assert region.area == pytest.approx(by_axes, rel=0.01)
        assert 0.06 * 224 < region.axis_major_length / 2 < 0.18 * 224


def test_other_shapes_leave_the_mask_empty_but_are_seen():
    samples = shapes.make(5, ellipses=(0, 0), others=(3, 3), noise=0)
    assert not samples.masks.any()
    assert all(image.std() > 5 for image in samples.images.astype(float))


def test_overlap_zero_keeps_shapes_apart():
    samples = shapes.make(30, ellipses=(3, 3), others=(3, 3), overlap=0)
    for mask in samples.masks:
        regions = measure.regionprops(measure.label(mask, connectivity=2))
        assert len(regions) == 3
        assert all(region.solidity > 0.88 for region in regions)  # nothing bites


def test_more_overlap_joins_more_ellipses():
    def parts(overlap):
        samples = shapes.make(40, ellipses=(6, 6), others=(0, 0), overlap=overlap)
        return sum(ndimage.label(mask, TOUCHING)[1] for mask in samples.masks)

    assert parts(0) > parts(0.3) > parts(1)


def test_what_is_painted_later_hides_what_lies_below():
    board = canvas.Canvas(64, np.random.default_rng(0), 2, True)
    apart = canvas.offsets(20, (22, 22))
    disc = canvas.ellipse(*apart, 18, 18, 0)
    triangle = canvas.polygons(*apart, canvas.edges("triangle", 12, 0, [0.5] * 3))
    board.paint(5, 5, disc, 1, True)
    board.paint(5, 5, triangle, 2, False)
    _, mask = board.finish(0, np.random.default_rng(0))
    spot = mask[5 : 5 + len(disc), 5 : 5 + len(disc)]
    np.testing.assert_array_equal(spot, disc & ~triangle)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    little=st.floats(0.01, 0.2),
    factor=st.floats(1.5, 5),
)
def test_noise_never_wraps_round(seed, little, factor):
    clean, some, much = (
        shapes.make(1, 32, seed=seed, noise=level).images.astype(int)
        for level in (0, little, little * factor)
    )
    # A pixel that noise made brighter is made brighter still, or white, by more of
    # it; where 8 bits wrap, it would turn dark.
    assert (much >= some)[some > clean].all()
    assert (much <= some)[some < clean].all()


def test_noise_is_gaussian_of_the_asked_size():
    clean = shapes.make(4, noise=0).images.astype(float)
    noisy = shapes.make(4, noise=0.05).images.astype(float)
    inner = (clean > 80) & (clean < 175)
    grain = (noisy - clean)[inner]
    assert grain.std() == pytest.approx(0.05 * 255, rel=0.03)
    assert abs(grain.mean()) < 0.5
    spread = np.random.default_rng(0).uniform(-0.5, 0.5, grain.size)  # undo rounding
    assert stats.kstest((grain + spread) / grain.std(), "norm").pvalue > 1e-3


def test_gray_images_have_three_equal_channels():
    images = shapes.make(3, color=False).images
    assert (images == images[..., :1]).all()
    assert not (shapes.make(3).images == shapes.make(3).images[..., :1]).all()


def test_color_does_not_tell_ellipses_from_others():
    samples = shapes.make(300, noise=0, seed=4)
    inside = samples.images[samples.masks == 1].astype(float).mean(0)
    others = shapes.make(300, ellipses=(0, 0), others=(4, 8), noise=0).images
    assert np.abs(inside - others.reshape(-1, 3).mean(0)).max() < 25


def test_no_slower_than_drawing_with_scikit_image():
    """The seconds themselves are in `make bench`; a ratio holds on a busy machine too.

    The other side draws as many shapes on as many images, and knows no overlap.
    """
    shapes.make(10)
    ours, theirs = [], []
    for _ in range(5):
        ours.append(_cpu_seconds(shapes.make, 100))
        theirs.append(_cpu_seconds(_with_scikit_image, 100))
    assert min(ours) < 1.5 * min(theirs)


def _cpu_seconds(work, count: int) -> float:
    start = time.process_time()
    work(count)
    return time.process_time() - start


def _with_scikit_image(count: int, size: int = 64) -> None:
    """Images of ten shapes each, five of them ellipses, with blur and noise."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        image, mask = np.zeros((size, size, 3)), np.zeros((size, size), np.uint8)
        for k in range(10):
            y, x, a, b = rng.uniform(8, 56, 2).tolist() + rng.uniform(5, 10, 2).tolist()
            if k % 2:
                where = draw.ellipse(y, x, a, b, mask.shape, rng.uniform(0, 3))
            else:
                corners = rng.uniform(0, 2 * np.pi, 3)
                rows, columns = y + a * np.sin(corners), x + a * np.cos(corners)
                where = draw.polygon(rows, columns, mask.shape)
            image[where], mask[where] = rng.random(3), k % 2
        image = filters.gaussian(image, 0.6, channel_axis=-1)
        image += 0.1 * rng.standard_normal(image.shape)
        util.img_as_ubyte(image.clip(0, 1))


@pytest.mark.parametrize("gap, parts", [(6, 2), (3, 2), (-3, 1)])
def test_joined_ellipses(gap, parts):
    samples, boxes = shapes.joined(30, gap=gap)
    for mask, (top, left, bottom, right) in zip(samples.masks, boxes):
        labels, found = ndimage.label(mask, TOUCHING)
        assert found == parts
        assert 0 <= top < bottom <= 64 and 0 <= left < right <= 64
        assert len(np.unique(labels[top:bottom, left:right])) == 1 + parts
        assert not (mask[[0, -1]].any() or mask[:, [0, -1]].any())
        if parts == 2:
            distance = ndimage.distance_transform_edt(labels != 1)[labels == 2].min()
            assert 1 < distance <= gap + 1.5


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"count": 0}, "count 0"),
        ({"size": 8}, "size 8"),
        ({"seed": -1}, "seed -1"),
        ({"ellipses": (5, 2)}, r"ellipses \(5, 2\)"),
        ({"others": (-1, 2)}, r"others \(-1, 2\)"),
        ({"kinds": ("circle",)}, "circle.*triangle"),
        ({"kinds": ()}, "choose one or more"),
        ({"radius": (0.2, 0.1)}, "radius"),
        ({"radius": (0.1, 0.6)}, "radius"),
        ({"overlap": 1.5}, "overlap 1.5"),
        ({"noise": -0.1}, "noise -0.1"),
        ({"noise": math.nan}, "noise nan"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        shapes.make(**{"count": 1, **arguments})


def test_joined_refuses_a_gap_without_room():
    with pytest.raises(ValueError, match="gap 40"):
        shapes.joined(1, gap=40)
