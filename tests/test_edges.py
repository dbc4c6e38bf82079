"""Distances from the edge, and networks that pad in other ways, against other code."""

import keras
import numpy as np
import pytest
import torch
from scipy import ndimage

import helpers.keras
import helpers.pytorch
from helpers import edges, parity, shapes
from helpers.keras import padding as in_keras
from helpers.pytorch import padding as in_pytorch
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(3, 5, 4), up="bilinear", norm="batch")


@pytest.mark.parametrize("shape", [(5, 5), (4, 9), (1, 3), (12, 7)])
def test_distance_is_the_chessboard_distance_to_the_outside(shape):
    inside = np.pad(np.ones(shape, bool), 1)
    expected = ndimage.distance_transform_cdt(inside, "chessboard")[1:-1, 1:-1] - 1
    assert (edges.distance(*shape) == expected).all()


def test_profile_is_the_mean_over_rings():
    rng = np.random.default_rng(0)
    errors = rng.random((3, 10, 7))
    found = edges.profile(errors)
    away = edges.distance(10, 7)
    assert len(found) == 4
    expected = ndimage.mean(errors.mean(0), away, np.arange(4))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(ValueError, match="expected"):
        edges.profile(errors[0])


def test_center_takes_any_aspect_ratio():
    arrays = np.arange(2 * 8 * 12).reshape(2, 8, 12)
    assert (edges.center(arrays, 4) == arrays[:, 2:6, 4:8]).all()
    for size in (5, 10):
        with pytest.raises(ValueError, match=f"no {size}x{size} pixels"):
            edges.center(arrays, size)


@pytest.fixture(scope="module")
def networks():
    model = helpers.keras.build(SPEC, seed=1, dtype="float64")
    net = helpers.pytorch.build(SPEC, seed=2).double().eval()
    parity.copy_weights(net, model)
    return net, model


def convolve(net, image):
    """The first convolution of a network on one (H, W, C) image: (H, W, K)."""
    with torch.no_grad():
        x = torch.from_numpy(image[None].transpose(0, 3, 1, 2).copy())
        return net.encoder[0].conv1(x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(
    ("mode", "scipys"),
    [("zero", "constant"), ("reflect", "mirror"), ("replicate", "nearest")],
)
def test_the_padding_is_that_of_scipy_in_both(networks, mode, scipys):
    net, model = (
        f(n, mode) for f, n in zip((in_pytorch.pad_with, in_keras.pad_with), networks)
    )
    image = np.random.default_rng(0).random((8, 12, 3))
    layer = net.encoder[0].conv1
    weights = layer.weight.detach().numpy()
    expected = [
        sum(ndimage.correlate(image[..., c], w[c], mode=scipys) for c in range(3)) + b
        for w, b in zip(weights, layer.bias.detach().numpy())
    ]
    np.testing.assert_allclose(convolve(net, image), np.stack(expected, -1), atol=1e-12)
    theirs = keras.ops.convert_to_numpy(model(image[None], training=False))
    with torch.no_grad():
        ours = net(torch.from_numpy(image[None].transpose(0, 3, 1, 2).copy()))
    np.testing.assert_allclose(theirs, ours.permute(0, 2, 3, 1).numpy(), atol=1e-10)


def test_a_copy_leaves_the_network_as_it_was(networks):
    net, model = networks
    image = np.random.default_rng(0).random((8, 12, 3))
    before = convolve(net, image)
    in_pytorch.pad_with(net, "reflect")
    assert (convolve(net, image) == before).all()
    copied = in_keras.pad_with(model, "reflect")
    assert copied.get_layer("encoder_0_conv1").mode == "reflect"
    assert type(model.get_layer("encoder_0_conv1")) is keras.layers.Conv2D


@pytest.mark.parametrize("padding", [in_pytorch, in_keras])
def test_errors_say_what_is_allowed(networks, padding):
    network = networks[0] if padding is in_pytorch else networks[1]
    with pytest.raises(ValueError, match="mode 'edge' is not known"):
        padding.pad_with(network, "edge")
    part = helpers.pytorch if padding is in_pytorch else helpers.keras
    valid = part.build(SPEC.replace(padding="valid"))
    with pytest.raises(ValueError, match="pads nowhere"):
        padding.pad_with(valid, "reflect")


def test_windows_with_more_around_show_the_same_places():
    samples = shapes.make(3, 40, seed=0)
    small = edges.windows(samples, 12, 9, seed=1, room=5)
    large = edges.windows(samples, 12, 9, seed=1, room=5, around=5)
    assert small.images.shape == (9, 12, 12, 3) and large.masks.shape == (9, 22, 22)
    assert (edges.center(large.images, 12) == small.images).all()
    assert (edges.center(large.masks, 12) == small.masks).all()
    assert small.class_names == samples.class_names
    with pytest.raises(ValueError, match="do not fit"):
        edges.windows(samples, 12, 9, around=6, room=5)
