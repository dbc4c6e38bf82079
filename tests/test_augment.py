"""Augmentation moves image and mask together and invents nothing."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from scipy import ndimage
from skimage import color

from helpers.augment import Augment

RNG = np.random.default_rng(0)
ROWS, COLUMNS = np.mgrid[:48, :64]
MASK = (((ROWS - 20) / 12) ** 2 + ((COLUMNS - 26) / 20) ** 2 < 1).astype(np.uint8)
IMAGE = np.repeat(MASK[..., None] * np.uint8(200), 3, axis=2)


@hypothesis.settings(max_examples=50, deadline=None, derandomize=True)
@hypothesis.given(seed=st.integers(0, 2**32), rotate=st.floats(0, 180))
def test_image_and_mask_stay_together(seed, rotate):
    augment = Augment(rotate=rotate, scale=(0.6, 1.6), shift=0.2)
    image, mask = augment(IMAGE, MASK, np.random.default_rng(seed))
    assert image.shape == IMAGE.shape and image.dtype == np.uint8
    assert mask.shape == MASK.shape and mask.dtype == np.uint8
    assert set(np.unique(mask)) <= {0, 1}
    inside = ndimage.binary_erosion(mask == 1, iterations=2)
    outside = ndimage.binary_erosion(mask == 0, iterations=2)
    assert (image[inside] >= 150).all() and (image[outside] <= 50).all()


def test_a_quarter_turn_is_numpys():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    augment = Augment(flip=False, rotate=90)

    class Fixed:
        def uniform(self, low, high, size=None):
            return high if size is None else np.full(size, high)

    turned, _ = augment(image, image[..., 0], Fixed())
    expected = np.rot90(image, k=-1)
    np.testing.assert_allclose(turned.astype(int), expected.astype(int), atol=2)


def test_flip_alone_is_exact_and_fair():
    flips = 0
    for seed in range(400):
        image, mask = Augment()(IMAGE, MASK, np.random.default_rng(seed))
        if np.array_equal(image, IMAGE[:, ::-1]):
            np.testing.assert_array_equal(mask, MASK[:, ::-1])
            flips += 1
        else:
            np.testing.assert_array_equal(image, IMAGE)
            np.testing.assert_array_equal(mask, MASK)
    assert 160 < flips < 240


@hypothesis.settings(max_examples=30, deadline=None, derandomize=True)
@hypothesis.given(seed=st.integers(0, 2**32))
def test_color_keeps_the_mask_and_the_range(seed):
    augment = Augment(flip=False, color=0.8)
    bright = np.full((8, 8, 3), 250, np.uint8)
    image, mask = augment(bright, MASK[:8, :8], np.random.default_rng(seed))
    np.testing.assert_array_equal(mask, MASK[:8, :8])
    assert image.min() >= 30  # A value past 255 must not wrap around to dark.


def test_color_leaves_gray_gray_and_turns_hue():
    gray = np.repeat(RNG.integers(60, 180, (16, 16, 1), dtype=np.uint8), 3, axis=2)
    changed, _ = Augment(flip=False, color=0.5)(gray, MASK[:16, :16], RNG)
    assert np.ptp(changed.astype(int), axis=2).max() <= 1
    red = np.full((4, 4, 3), (180, 60, 60), np.uint8)
    hues = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        changed, _ = Augment(flip=False, color=1.0)(red, MASK[:4, :4], rng)
        hues.append(color.rgb2hsv(changed)[0, 0, 0])
    hues = (np.array(hues) + 0.5) % 1 - 0.5
    assert 0.03 < np.abs(hues).max() < 0.2


def test_gray_and_float_images():
    image = RNG.random((16, 16, 1)).astype(np.float32)
    changed, _ = Augment(rotate=20, color=0.5)(image, MASK[:16, :16], RNG)
    assert changed.shape == image.shape and changed.dtype == np.float32
    assert 0 <= changed.min() and changed.max() <= 1


@pytest.mark.parametrize(
    "bad", [{"scale": (1.2, 0.8)}, {"scale": (0, 1)}, {"rotate": 200}, {"color": -1}]
)
def test_bad_values_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        Augment(**bad)
