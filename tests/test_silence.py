"""Silenced skips: what the weights say they should do, and alike in both frameworks."""

import numpy as np
import pytest
import torch

import helpers.keras
import helpers.pytorch
from helpers import parity
from helpers.keras import silence as in_keras
from helpers.pytorch import silence as in_pytorch
from helpers.spec import UNetSpec

TINY = UNetSpec(widths=(3, 4, 5), convs=1, up="bilinear", init="torch")
VALID = TINY.replace(padding="valid", up="transpose")


def images_for(spec: UNetSpec, number: int = 3) -> np.ndarray:
    side = spec.valid_sizes(16, number=1)[0]
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (number, side, side, 3), dtype=np.uint8)


def says(net, images: np.ndarray) -> np.ndarray:
    return helpers.pytorch.predict(net, images, precision="float32")


def test_added_skips_of_zeros_leave_the_network_without_skips():
    net = helpers.pytorch.build(TINY.replace(skip="add"))
    plain = helpers.pytorch.build(TINY.replace(skip="none"))
    plain.load_state_dict(net.state_dict())
    images = images_for(TINY)
    silent = in_pytorch.silenced(net, [0, 1])
    np.testing.assert_array_equal(says(silent, images), says(plain, images))
    assert np.abs(says(net, images) - says(plain, images)).max() > 1e-4


def without_their_weights(net, levels, means=None):
    """The same by hand: the kernels that see a skip zero, its mean in the bias."""
    other = helpers.pytorch.build(net.spec)
    other.load_state_dict(net.state_dict())
    for level in levels:
        layer, width = other.decoder[level].conv1, net.spec.widths[level]
        with torch.no_grad():
            if means is not None:
                mean = torch.as_tensor(means[level]).float()[:, None, None]
                layer.bias += (layer.weight[:, :width] * mean).sum((1, 2, 3))
            layer.weight[:, :width] = 0
    return other


@pytest.mark.parametrize("levels", [(0,), (1,), (0, 1), ()])
def test_concatenated_skips_are_silenced_as_if_their_kernels_were_zero(levels):
    net, images = helpers.pytorch.build(VALID), images_for(VALID)
    means = in_pytorch.skip_means(net, images)
    for fill in (None, means):  # without padding a constant is a bias, exactly
        found = says(in_pytorch.silenced(net, levels, fill), images)
        wanted = says(without_their_weights(net, levels, fill), images)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_the_network_itself_stays_as_it_is_and_shares_its_weights():
    net, images = helpers.pytorch.build(TINY), images_for(TINY)
    before = says(net, images)
    silent = in_pytorch.silenced(net, [0])
    assert np.abs(says(silent, images) - before).max() > 1e-4
    np.testing.assert_array_equal(says(net, images), before)
    np.testing.assert_array_equal(says(in_pytorch.silenced(net, []), images), before)
    with torch.no_grad():
        net.head.bias += 1
    assert silent.head.bias is net.head.bias


def test_means_are_those_of_the_encoder():
    net, images = helpers.pytorch.build(TINY), images_for(TINY, 5)
    x = torch.from_numpy(images / np.float32(255)).permute(0, 3, 1, 2)
    with torch.no_grad():
        top = net.encoder[0](x)
        deep = net.encoder[1](net.pool(top))
    found = in_pytorch.skip_means(net, images, batch_size=2)
    for mean, features in zip(found, (top, deep)):
        np.testing.assert_allclose(mean, features.mean((0, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize(
    "spec",
    [
        VALID,
        TINY.replace(skip="add", norm="batch"),
        TINY.replace(skip="attention", gate="coarse", block="recurrent"),
    ],
    ids=["valid", "add", "attention"],
)
def test_both_frameworks_silence_alike(spec):
    net, model = helpers.pytorch.build(spec), helpers.keras.build(spec)
    parity.copy_weights(net, model)
    images = images_for(spec)
    means = in_pytorch.skip_means(net, images)
    theirs = in_keras.skip_means(model, images, batch_size=2)
    for a, b in zip(means, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    for fill in (None, means):
        ours = says(in_pytorch.silenced(net, [0], fill), images)
        other = in_keras.silenced(model, [0], fill)
        np.testing.assert_allclose(
            ours, helpers.keras.predict(other, images), atol=1e-5
        )
    assert other.get_layer("head") is model.get_layer("head")


@pytest.mark.parametrize("side", [in_pytorch, in_keras], ids=["pytorch", "keras"])
def test_what_cannot_be_silenced_is_refused(side):
    home = helpers.pytorch if side is in_pytorch else helpers.keras
    with pytest.raises(ValueError, match="has no skips"):
        side.silenced(home.build(TINY.replace(skip="none")), [0])
    net = home.build(TINY)
    with pytest.raises(ValueError, match=r"level 2 has no skip.*0 \(the top\) to 1"):
        side.silenced(net, [2])
    with pytest.raises(ValueError, match=r"expected \[\(3,\), \(4,\)\]"):
        side.silenced(net, [0], [np.zeros(4), np.zeros(3)])
