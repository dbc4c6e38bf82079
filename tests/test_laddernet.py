"""LadderNet: its size, its wiring, and alike in both frameworks."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import helpers.keras
import helpers.pytorch
from helpers import parity
from helpers.keras import laddernet as in_keras
from helpers.laddernet import LADDERNET, LadderSpec, read_spec
from helpers.pytorch import laddernet as in_pytorch
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import ELLIPSES
from tests.test_parity import check_close, outputs

TINY = LadderSpec(in_channels=3, classes=2, filters=3, levels=2)


def test_it_has_the_repositorys_parameters_in_both_frameworks():
    net, model = in_pytorch.build(LADDERNET), in_keras.build(LADDERNET)
    ours = sum(p.numel() for p in net.parameters())
    assert LADDERNET.parameters() == ours == model.count_params() == 1_381_652


@pytest.mark.parametrize("spec", [TINY, LadderSpec(1, 1, filters=2, levels=3)])
def test_layers_and_multiply_adds_are_those_of_the_network(spec):
    net = in_pytorch.build(spec).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, spec.in_channels, 16, 24))
    assert 2 * spec.multiply_adds(16, 24) == counter.get_total_flops()
    found = {n.rsplit(".", 1)[0]: p for n, p in net.named_parameters() if p.ndim > 1}
    assert [row[0] for row in spec.layers()] != list(found)  # in the order of use
    assert {row[0] for row in spec.layers()} == set(found)
    for name, kind, inputs, outputs_, normed in spec.layers():
        shape = tuple(found[name].shape[:2])
        swapped = (inputs, outputs_) if kind == "transpose" else (outputs_, inputs)
        assert shape == swapped and normed == 0


LADDERS = st.builds(
    LadderSpec,
    in_channels=st.integers(1, 3),
    classes=st.integers(1, 3),
    filters=st.integers(1, 3),
    levels=st.integers(1, 2),
)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-10), ("float32", 1e-4)])
@hypothesis.settings(max_examples=3, deadline=None, derandomize=True)
@hypothesis.given(spec=LADDERS)
def test_outputs_and_gradients_agree(dtype, limit, spec):
    model = in_keras.build(spec, seed=1, dtype=dtype)
    net = in_pytorch.build(spec, seed=2).to(getattr(torch, dtype)).eval()
    shape = (2, 8, 12, spec.in_channels)
    images = np.random.default_rng(0).normal(size=shape).astype(dtype)
    for source, target in ((model, net), (net, model)):
        parity.copy_weights(source, target)
        check_close(*outputs(model, net, images)[::-1], limit)
    found = parity.gradients(model, net, images)
    assert len(found) == 2 * len(spec.layers())
    for name, (a, b) in found.items():
        check_close(a, b, limit, name)


@torch.no_grad()
def test_the_second_u_takes_every_level_of_the_first():
    """By hand, in the words of the paper: two levels, dropout off."""
    net = in_pytorch.build(TINY).eval()

    def block(part, x):
        return F.relu(part.conv(F.relu(part.conv(x))) + x)

    def u(part, x, other):
        top = block(part.down[0], x + other[0])
        deep = block(part.down[1], F.relu(part.shrink[0](top)) + other[1])
        bottom = block(part.bottom, F.relu(part.shrink[1](deep)))
        deep = block(part.up[1], part.grow[1](bottom) + deep)
        return [block(part.up[0], part.grow[0](deep) + top), deep]

    x = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    made = u(net.first, F.relu(net.first.start.conv(x)), [0, 0])
    again = u(net.second, block(net.second.start, made[0]), made)
    torch.testing.assert_close(net(x), net.head(again[0]))


def test_whole_channels_are_dropped_in_training_alone():
    """In every residual block of both frameworks."""
    spec = TINY.replace(filters=8, levels=1)
    net, model = in_pytorch.build(spec), in_keras.build(spec)
    x = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    seen = []
    net.train().first.bottom.drop.register_forward_hook(lambda m, i, o: seen.append(o))
    net(torch.from_numpy(x).movedim(-1, 1))
    dropped = (seen[0] == 0).flatten(2).all(2).float().mean().item()
    assert 0 < dropped < 0.8
    kinds = [type(layer).__name__ for layer in model.layers]
    assert (
        kinds.count("SpatialDropout2D")
        == 7
        == sum(isinstance(m, torch.nn.Dropout2d) for m in net.modules())
    )
    assert np.abs(np.array(model(x, training=True) - model(x))).max() > 1e-6
    np.testing.assert_array_equal(model(x), model(x))


def test_both_start_from_the_same_distribution():
    spec = LadderSpec(64, 64, filters=64, levels=1)
    net, model = in_pytorch.build(spec), in_keras.build(spec)
    for name in ("first.start.conv", "first.shrink.0", "first.grow.0", "head"):
        layer = model.get_layer(name.replace(".", "_"))
        for ours, theirs in (
            (net.get_submodule(name).weight, layer.kernel),
            (net.get_submodule(name).bias, layer.bias),
        ):
            found = ours.detach().abs().max().item()
            assert found == pytest.approx(np.abs(theirs).max(), rel=0.1), name


def test_sizes_and_fields_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"height 30 .* by 16; .* 16 and 32"):
        LADDERNET.check_size(30, 32)
    with pytest.raises(ValueError, match=r"width 3 .* are 16 and above"):
        LADDERNET.multiply_adds(32, 3)
    with pytest.raises(ValueError, match="filters 0 is not a whole number"):
        LADDERNET.replace(filters=0)
    with pytest.raises(ValueError, match=r"dropout 1\.0 is out of range"):
        LADDERNET.replace(dropout=1.0)
    assert LADDERNET.output_size(48) == 48
    images = np.zeros((1, 8, 8, 1), np.float32)
    with pytest.raises(ValueError, match=r"expected \(N, 3, H, W\)"):
        in_pytorch.build(TINY)(torch.from_numpy(images).movedim(-1, 1))
    with pytest.raises(ValueError, match=r"expected \(N, H, W, 3\)"):
        in_keras.build(TINY)(images)
    with pytest.raises(ValueError, match="nearest sizes that fit are 8 and 12"):
        in_keras.build(TINY)(np.zeros((1, 10, 8, 3), np.float32))


@pytest.mark.parametrize("side", ["pytorch", "keras"])
def test_it_predicts_and_comes_back_from_its_file(side, tmp_path):
    home, made, name = {
        "pytorch": (helpers.pytorch, in_pytorch, "model.safetensors"),
        "keras": (helpers.keras, in_keras, "model.keras"),
    }[side]
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)
    net = made.build(TINY, seed=3)
    home.save(net, tmp_path / name)
    again = home.load(tmp_path / name, net.spec)
    assert again.spec == net.spec
    found = home.predict(again, images)
    assert found.shape == (3, 8, 8, 2)
    np.testing.assert_array_equal(found, home.predict(net, images))
    with pytest.raises(ValueError, match="filters"):
        home.load(tmp_path / name, TINY.replace(filters=5))


def test_it_learns():
    images = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
    train = Samples(images, (images.mean(-1) > 128).astype(np.uint8))
    recipe = Recipe(epochs=4, batch_size=8, learning_rate=0.01, precision="float32")
    net = in_pytorch.build(TINY.replace(dropout=0.0))
    history = helpers.pytorch.fit(net, train, recipe=recipe, verbose=False)
    assert history["loss"][-1] < history["loss"][0]


def test_a_spec_of_either_kind_is_read():
    assert read_spec(TINY.to_json()) == TINY
    assert read_spec(ELLIPSES.to_json()) == ELLIPSES
