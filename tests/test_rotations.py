"""Prediction averaged over turns, against torch.rot90 and scipy."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from helpers import rotations
from helpers.spec import UNetSpec

SPEC = UNetSpec(in_channels=1, classes=2, widths=(4, 8))
RNG = np.random.default_rng(0)
IMAGE = ndimage.gaussian_filter(RNG.random((24, 40)), 2)[..., None]


def pointwise(batch):
    """What no turn changes: two functions of each pixel by itself."""
    return np.concatenate([batch, batch**2], axis=-1)


def leaning(batch):
    """What every turn changes: the pixel above, and the one to the left."""
    return np.concatenate([np.roll(batch, 1, 1), np.roll(batch, 1, 2)], axis=-1)


def test_quarter_turns_are_torchs():
    tensor = torch.from_numpy(IMAGE)
    expected = 0
    for k in range(4):
        there = torch.rot90(tensor, k, (0, 1)).numpy()
        back = torch.from_numpy(leaning(there[None])[0].copy())
        expected = expected + torch.rot90(back, -k, (0, 1)).numpy() / 4
    found = rotations.predict(leaning, IMAGE, SPEC, rotations.QUARTERS)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert abs(found - leaning(IMAGE[None])[0]).max() > 0.01


def test_no_turn_is_no_change():
    found = rotations.predict(leaning, IMAGE, SPEC, [0])
    np.testing.assert_array_equal(found, leaning(IMAGE[None])[0])


def test_seven_turns_bring_every_pixel_back():
    """A function of each pixel alone comes back as it was, up to interpolation."""
    found = rotations.predict(pointwise, IMAGE, SPEC)
    expected = pointwise(IMAGE[None])[0]
    assert found.shape == expected.shape
    assert abs(found - expected).max() < 0.1 * np.ptp(expected)
    assert len(rotations.SEVEN) == 7 == len({round(a, 6) for a in rotations.SEVEN})
    steps = np.diff([*rotations.SEVEN, 360])
    np.testing.assert_allclose(steps, 360 / 7)


@pytest.mark.parametrize("angle", [20.0, 123.0])
def test_a_turn_is_scipys(angle):
    turned = rotations.turn(IMAGE, angle)
    expected = ndimage.rotate(IMAGE[..., 0], angle, reshape=False, mode="mirror")
    # Two kinds of cubic interpolation of a smooth image.
    off = abs(turned[..., 0] - expected)
    assert np.quantile(off, 0.95) < 0.02 * np.ptp(IMAGE)
    assert turned.min() >= IMAGE.min() and turned.max() <= IMAGE.max()


def test_a_quarter_turn_counterclockwise_is_numpys():
    square = IMAGE[:, :24]
    found = rotations.turn(square, 90)
    np.testing.assert_allclose(found, np.rot90(square), atol=1e-6)


def test_valid_networks_and_odd_sizes_go_through():
    valid = SPEC.replace(padding="valid")
    lost = 16

    def run(batch):
        return pointwise(batch[:, lost // 2 : -lost // 2, lost // 2 : -lost // 2])

    assert valid.output_size(44) == 44 - lost
    found = rotations.predict(run, IMAGE[:23, :37], valid)
    assert found.shape == (23, 37, 2)
    with pytest.raises(ValueError, match="channels last"):
        rotations.predict(pointwise, IMAGE[..., 0], SPEC)
