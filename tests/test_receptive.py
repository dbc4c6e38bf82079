"""Receptive fields: what the gradient shows against what arithmetic says."""

import keras
import numpy as np
import pytest
import torch

from helpers import field, parity, sizes
from helpers import keras as in_keras
from helpers import pytorch as in_pytorch
from helpers.keras import receptive as keras_receptive
from helpers.pytorch import receptive as pytorch_receptive
from helpers.spec import UNetSpec


def noise(shape, seed=0):
    return np.random.default_rng(seed).random(shape, np.float32)


@pytest.mark.parametrize("up", ["transpose", "bilinear"])
@pytest.mark.parametrize(("depth", "skip"), [(1, "none"), (2, "none"), (2, "concat")])
def test_the_support_of_the_gradient_is_the_theoretical_field(depth, skip, up):
    """Weights made positive, so that nothing cancels."""
    spec = UNetSpec(1, 1, (3,) * (depth + 1), convs=1, skip=skip, up=up)
    net = in_pytorch.build(spec)
    with torch.no_grad():
        for weight in net.parameters():
            weight.abs_()
    position = 32 + depth
    found = pytorch_receptive.influence(
        net.double(), noise((64, 64, 64, 1)), (position, position)
    )
    first, last = sizes.seen(spec, position)
    assert field.extent(found) == (last - first + 1,) * 2
    assert np.flatnonzero(found.any(1))[0] == first


def test_both_frameworks_measure_the_same_field():
    spec = UNetSpec(1, 1, (3, 5, 7), convs=1)
    net, model = in_pytorch.build(spec, seed=2), in_keras.build(spec)
    parity.copy_weights(net, model)
    images = noise((4, 32, 32, 1))
    ours = pytorch_receptive.influence(net, images)
    theirs = keras_receptive.influence(model, images)
    assert ours.shape == (32, 32) and np.abs(ours - theirs).max() < 1e-4 * ours.max()


def test_plain_stacks_are_the_same_in_both():
    weights = field.kernels(4, channels=3, seed=1)
    images = noise((2, 13, 13, 1))
    net = pytorch_receptive.plain(weights)
    ours = net(torch.from_numpy(images).movedim(-1, 1)).movedim(1, -1)
    theirs = keras_receptive.plain(weights)(images)
    assert ours.shape == tuple(theirs.shape) == (2, 5, 5, 3)
    ours, theirs = ours.detach().numpy(), keras.ops.convert_to_numpy(theirs)
    assert np.abs(ours - theirs).max() < 1e-5
    both = [m.influence(m.plain(weights), images) for m in (
        pytorch_receptive, keras_receptive
    )]  # fmt: skip
    assert np.abs(both[0] - both[1]).max() < 1e-4 * both[0].max()


@pytest.mark.parametrize("module", [pytorch_receptive, keras_receptive])
@pytest.mark.parametrize("layers", [1, 3, 8])
def test_equal_weights_spread_as_theory_says(module, layers):
    net = module.plain(field.kernels(layers, uniform=True), relu=False)
    side = 2 * layers + 1
    gradient = np.sqrt(module.influence(net, noise((1, side, side, 1))))
    assert field.extent(gradient) == (side, side)
    assert field.deviation(gradient) == pytest.approx(field.expected(layers), rel=1e-4)
    assert gradient.sum() == pytest.approx(1, rel=1e-4)
    row = np.ones(1)
    for _ in range(layers):
        row = np.convolve(row, np.ones(3) / 3)
    assert np.allclose(gradient, np.outer(row, row), atol=1e-6)


def test_deviation_and_extent():
    gauss = field.gaussian(61, 4.0)
    assert gauss.sum() == pytest.approx(1)
    assert field.deviation(np.outer(gauss, gauss)) == pytest.approx(4, rel=1e-6)
    square = np.zeros((9, 9))
    square[2:5, 3:8] = 1
    assert field.extent(square) == (3, 5)
    with pytest.raises(ValueError, match="nothing reaches"):
        field.extent(np.zeros((3, 3)))
