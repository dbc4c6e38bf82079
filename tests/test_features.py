"""Feature maps level by level: the same names and numbers in both frameworks."""

import keras
import numpy as np
import pytest
import torch

from helpers import keras as in_keras
from helpers import parity
from helpers import pytorch as in_pytorch
from helpers.keras.features import maps as keras_maps
from helpers.pytorch.features import maps as pytorch_maps
from helpers.spec import UNetSpec

SPECS = [
    UNetSpec(widths=(3, 5, 7), convs=1, skip="none", bottom_relu=False),
    UNetSpec(widths=(3, 5, 7), norm="batch", up="bilinear"),
    UNetSpec(widths=(3, 5, 7), norm="batch", bottom_relu=False, up="shuffle"),
    UNetSpec(widths=(3, 5, 7), norm="batch", block="residual", skip="attention"),
    UNetSpec(widths=(4, 6, 8), block="dense"),
    UNetSpec(widths=(3, 5, 7), norm="batch", block="recurrent"),
]
NAMES = ["encoder 0", "encoder 1", "bottom", "decoder 1", "decoder 0"]


def images(n=2, size=16):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), np.uint8)


@pytest.mark.parametrize("spec", SPECS)
def test_both_frameworks_give_the_same_maps(spec):
    net, model = in_pytorch.build(spec, seed=1), in_keras.build(spec)
    parity.copy_weights(net, model)
    ours, theirs = pytorch_maps(net, images()), keras_maps(model, images())
    assert list(ours) == list(theirs) == NAMES
    for name in NAMES:
        assert ours[name].shape == theirs[name].shape
        # float32 has so many digits: a recurrent network's maps reach 50.
        largest = max(1, np.abs(theirs[name]).max())
        assert np.abs(ours[name] - theirs[name]).max() < 1e-5 * largest
    sides = [ours[name].shape[1] for name in NAMES]
    assert sides == [16, 8, 4, 8, 16]
    bare = not spec.bottom_relu or spec.block != "plain"
    assert (ours["bottom"].min() < 0) == bare


@torch.no_grad()
def test_the_last_map_is_what_the_head_takes():
    net = in_pytorch.build(SPECS[1]).train()
    found = pytorch_maps(net, images())
    assert net.training
    x = torch.from_numpy(images() / np.float32(255)).movedim(-1, 1)
    head = net.head(torch.from_numpy(found["decoder 0"]).movedim(-1, 1))
    assert torch.allclose(head, net.eval()(x), atol=1e-5)
    assert not any(m._forward_hooks for m in net.modules())
    model = in_keras.build(SPECS[1])
    head = model.get_layer("head")(keras_maps(model, images())["decoder 0"])
    logits = model(images() / np.float32(255), training=False)
    assert np.abs(keras.ops.convert_to_numpy(head - logits)).max() < 1e-5


def test_no_map_changes_after_it_was_kept():
    """ReLUs work in place: a map must be a copy of what left its own block."""
    net = in_pytorch.build(SPECS[0], seed=3)
    found = pytorch_maps(net, images())
    with torch.no_grad():
        x = torch.from_numpy(images() / np.float32(255)).movedim(-1, 1)
        first = net.encoder[0](x)
        bottom = net.bottom(net.pool(net.encoder[1](net.pool(first))))
    assert np.allclose(found["encoder 0"], first.movedim(1, -1).numpy(), atol=1e-6)
    assert np.allclose(found["bottom"], bottom.movedim(1, -1).numpy(), atol=1e-6)
