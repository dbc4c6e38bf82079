"""Gradients by layer and by path: autograd's own, and alike in both frameworks."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import helpers.keras
import helpers.pytorch
from helpers import parity, shapes
from helpers.keras import gradients as in_keras
from helpers.pytorch import gradients as in_pytorch
from helpers.spec import UNetSpec

TINY = UNetSpec(widths=(3, 4, 5), convs=1, up="bilinear")
SAMPLES = shapes.make(3, 16, seed=1)
IMAGES, MASKS = SAMPLES.images, SAMPLES.masks


def test_norms_are_those_of_the_kernels_gradients_and_nothing_changes():
    net = helpers.pytorch.build(TINY.replace(norm="batch")).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = in_pytorch.norms(net, IMAGES, MASKS)
    assert not net.training and all(p.grad is None for p in net.parameters())
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert list(found) == [name for name, *_ in TINY.layers()]
    net.train()
    x = torch.from_numpy(IMAGES / np.float32(255)).permute(0, 3, 1, 2)
    target = torch.from_numpy(MASKS)[:, None].float()
    F.binary_cross_entropy_with_logits(net(x), target).backward()
    for name, norm in found.items():
        weight = net.get_submodule(name).weight
        assert norm == pytest.approx(float(weight.grad.norm()), rel=1e-5)


def test_the_bottom_path_is_all_there_is_where_the_decoder_ignores_the_skips():
    net = helpers.pytorch.build(TINY).double()
    with torch.no_grad():
        for block, width in zip(net.decoder, TINY.widths):
            block.conv1.weight[:, :width] = 0
    paths = in_pytorch.by_path(net, IMAGES, MASKS)
    assert np.abs(paths["bottom"]).max() > 0
    assert np.abs(paths["skip 0"]).max() == np.abs(paths["skip 1"]).max() == 0


@pytest.mark.parametrize(
    "spec",
    [
        TINY.replace(norm="batch"),
        TINY.replace(skip="add"),
        TINY.replace(skip="none"),
        TINY.replace(skip="attention", block="residual", norm="batch"),
    ],
    ids=["batch", "add", "none", "attention"],
)
def test_both_frameworks_agree(spec):
    net = helpers.pytorch.build(spec).double()
    model = helpers.keras.build(spec, dtype="float64")
    parity.copy_weights(net, model)
    kept = [w.copy() for w in model.get_weights()]
    ours = in_pytorch.norms(net, IMAGES, MASKS)
    assert in_keras.norms(model, IMAGES, MASKS) == pytest.approx(ours, rel=1e-6)
    if spec.skip != "none":
        paths = in_pytorch.by_path(net, IMAGES, MASKS)
        theirs = in_keras.by_path(model, IMAGES, MASKS)
        assert list(paths) == list(theirs) == ["bottom", "skip 0", "skip 1"]
        for name, path in paths.items():
            np.testing.assert_allclose(path, theirs[name], atol=1e-8)
        whole = np.linalg.norm(sum(paths.values()))
        assert whole == pytest.approx(ours[spec.layers()[0][0]], rel=1e-6)
    for before, after in zip(kept, model.get_weights()):
        np.testing.assert_array_equal(before, after)
    ours = in_pytorch.descend(net, IMAGES, MASKS, 4, 0.5)
    theirs = in_keras.descend(model, IMAGES, MASKS, 4, 0.5)
    assert ours[-1]["loss"] < ours[0]["loss"]
    for a, b in zip(ours, theirs, strict=True):
        assert a == pytest.approx(b, rel=1e-5)


def test_descend_is_stochastic_gradient_descent():
    net, other = helpers.pytorch.build(TINY), helpers.pytorch.build(TINY)
    rows = in_pytorch.descend(net, IMAGES, MASKS, 3, 0.1)
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    x = torch.from_numpy(IMAGES / np.float32(255)).permute(0, 3, 1, 2)
    for row in rows:
        optimizer.zero_grad()
        target = torch.from_numpy(MASKS)[:, None].float()
        loss = F.binary_cross_entropy_with_logits(other(x), target)
        loss.backward()
        optimizer.step()
        assert row["loss"] == pytest.approx(loss.item(), rel=1e-5)
    for a, b in zip(net.parameters(), other.parameters()):
        torch.testing.assert_close(a, b)
