"""Samples: what they refuse, and that a split loses nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.samples import Samples, check_samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(in_channels=3, classes=3, widths=(4, 8, 8))
BINARY = UNetSpec(in_channels=3, classes=1, widths=(4, 8, 8))


def make(count=4, size=16, dtype=np.uint8, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    if dtype == np.float32:
        images = (images / 255).astype(np.float32)
    masks = rng.integers(0, classes, (count, size, size), dtype=np.uint8)
    names = tuple(f"pet_{i}" for i in range(count))
    return Samples(images, masks, names, ("a", "b", "c"), "shapes")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_good_samples_pass(dtype):
    check_samples(make(dtype=dtype), SPEC)
    check_samples(make(dtype=dtype, classes=2), BINARY)


def test_names_default_to_numbers():
    s = make()
    assert Samples(s.images, s.masks).names == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, m: (i[..., 0], m), r"\(4, 16, 16\), expected \(N, H, W, C\)"),
        (lambda i, m: (i, m[..., None]), r"\(4, 16, 16, 1\), expected \(N, H, W\)"),
        (lambda i, m: (i[:3], m), "3 images but 4 masks"),
        (lambda i, m: (i, m[:, :8]), r"images are 16x16 .* masks are 8x16"),
        (lambda i, m: (i.astype(float), m), "dtype float64.*astype"),
        (lambda i, m: (i.astype(np.int32), m), "dtype int32"),
        (lambda i, m: (i, m.astype(np.float32)), "masks have the dtype float32"),
        (lambda i, m: (i, m > 0), "masks have the dtype bool"),
        (lambda i, m: (i, m.astype(np.int64)), "masks have the dtype int64"),
    ],
)
def test_arrays_that_do_not_fit_together(change, message):
    s = make()
    with pytest.raises(ValueError, match=message):
        Samples(*change(s.images, s.masks))


def test_wrong_number_of_names():
    s = make()
    with pytest.raises(ValueError, match="4 images but 1 names"):
        Samples(s.images, s.masks, ("a",))


def test_zero_and_255_masks_are_named_as_such():
    s = make(classes=2)
    s.masks[2] *= 255
    for spec in (SPEC, BINARY):
        with pytest.raises(ValueError, match=r"'pet_2'.*255.*divide by 255"):
            check_samples(s, spec)


def test_masks_that_count_from_one():
    s = make()
    s.masks[:] += 1
    with pytest.raises(
        ValueError, match=r"'pet_0'.*value 3.*expected 0\.\.2.*offset=1"
    ):
        check_samples(s, SPEC)


def test_masks_outside_the_classes():
    s = make()
    s.masks[3, 5, 7] = 9
    with pytest.raises(
        ValueError, match=r"'pet_3' holds the value 9 at row 5, column 7"
    ):
        check_samples(s, SPEC)
    s = make(classes=3)
    with pytest.raises(ValueError, match=r"expected 0\.\.1 \(1 class\)"):
        check_samples(s, BINARY)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(bad):
    s = make(dtype=np.float32)
    s.images[1, 2, 3, 0] = bad
    with pytest.raises(ValueError, match=rf"'pet_1' holds {bad} at row 2, column 3"):
        check_samples(s, SPEC)


@pytest.mark.parametrize("bad", [-0.5, 1.5, 254.0])
def test_float_images_outside_0_to_1(bad):
    s = make(dtype=np.float32)
    s.images[2, 0, 0, 0] = bad
    with pytest.raises(ValueError, match=r"'pet_2' reaches from .* divide .* by 255"):
        check_samples(s, SPEC)


def test_no_samples():
    with pytest.raises(ValueError, match="no samples"):
        check_samples(make()[:0], SPEC)


def test_other_channels():
    s = make()
    gray = Samples(s.images[..., :1], s.masks)
    with pytest.raises(ValueError, match=r"1 channel.*takes 3.*in_channels=1"):
        check_samples(gray, SPEC)


def test_size_that_does_not_divide():
    with pytest.raises(ValueError, match=r"18.*divide.*16.*20"):
        check_samples(make(size=18), SPEC)


def test_a_fault_in_a_later_chunk_is_found():
    s = make(count=150)
    s.masks[149, 0, 0] = 7
    with pytest.raises(ValueError, match="'pet_149'"):
        check_samples(s, SPEC)


@given(
    count=st.integers(2, 40),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_split_keeps_every_sample_once(count, fraction, seed):
    s = make(count=count, size=2)
    train, held_out = s.split(fraction, seed)
    assert sorted(train.names + held_out.names) == sorted(s.names)
    assert abs(len(held_out) - fraction * count) <= 1
    assert min(len(train), len(held_out)) > 0
    again = s.split(fraction, seed)
    assert again[0].names == train.names and again[1].names == held_out.names
    for part in (train, held_out):
        for i, name in enumerate(part.names):
            j = s.names.index(name)
            assert (part.images[i] == s.images[j]).all()
            assert (part.masks[i] == s.masks[j]).all()


def test_split_is_no_sorted_tail():
    _, held_out = make(count=100, size=2).split(0.2, seed=0)
    positions = np.array([int(n.removeprefix("pet_")) for n in held_out.names])
    assert positions.min() < 30 and positions.max() > 70
    assert make(count=100, size=2).split(0.2, seed=1)[1].names != held_out.names


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 20])
def test_split_fraction_outside_0_to_1(fraction):
    with pytest.raises(ValueError, match=f"fraction {fraction} is not between"):
        make().split(fraction)


def test_a_single_sample_cannot_be_split():
    with pytest.raises(ValueError, match="cannot split 1 sample"):
        make(count=1).split(0.5)


@pytest.mark.parametrize(
    "index",
    [slice(1, 3), [2, 0], np.array([3, 3]), np.array([True, False, False, True]), []],
)
def test_indexing_keeps_names_with_their_images(index):
    s = make()
    part = s[index]
    expected = np.asarray(s.names)[
        np.asarray(index, int) if isinstance(index, list) else index
    ]
    assert part.names == tuple(expected.tolist())
    assert part.class_names == s.class_names and part.source == s.source
    for image, name in zip(part.images, part.names):
        assert (image == s.images[s.names.index(name)]).all()


def test_a_single_index_is_refused():
    with pytest.raises(TypeError, match=r"samples\[1:2\]"):
        make()[1]
