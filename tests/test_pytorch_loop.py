"""The short loop: seeded, and lighter pixels are learned less."""

import numpy as np
import pytest
import torch

from helpers import cells, pytorch
from helpers.pytorch import loop, losses
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(in_channels=1, classes=1, widths=(4, 8), convs=1, up="nearest")


def weights_after(weights=None, steps=3, seed=0):
    samples, _ = cells.touching(8, 32, seed=1)
    net = pytorch.build(SPEC, seed=0)
    loss = losses.binary_cross_entropy
    if weights is not None:
        loss = losses.weighted_cross_entropy
        weights = np.full(samples.masks.shape, weights, np.float32)
    history = loop.train(
        net, samples, loss, weights=weights, steps=steps, batch_size=4, seed=seed
    )
    assert len(history) == steps
    return torch.cat([p.detach().flatten() for p in net.parameters()]), history


def test_the_same_seed_gives_the_same_network():
    assert torch.equal(weights_after()[0], weights_after()[0])
    assert not torch.equal(weights_after()[0], weights_after(seed=1)[0])


def test_weights_of_one_are_no_weights():
    (plain, before), (weighted, after) = weights_after(), weights_after(1.0)
    torch.testing.assert_close(plain, weighted)
    np.testing.assert_allclose(before, after, rtol=1e-6)
    np.testing.assert_allclose(3 * before[0], weights_after(3.0)[1][0], rtol=1e-6)


def test_the_loss_falls():
    history = weights_after(steps=40)[1]
    assert np.mean(history[-5:]) < 0.8 * np.mean(history[:5])


def test_masks_of_0_and_255_are_refused():
    samples, _ = cells.touching(8, 32, seed=1)
    bad = Samples(samples.images, samples.masks * 255)
    with pytest.raises(ValueError, match="divide by 255"):
        loop.train(pytorch.build(SPEC), bad, losses.dice, steps=1)
