"""Unpooling, pixel shuffle and its first weights, and what each upsampling costs."""

import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import helpers.keras
import helpers.pytorch
from helpers import layers, parity
from helpers.keras.upsampling import ICNR, MaxPool, MaxUnpool, PixelShuffle, alone
from helpers.pytorch import kinds
from helpers.pytorch.upsampling import icnr_
from helpers.spec import CHOICES, ELLIPSES, PAPER, UNetSpec
from tests.test_parity import networks, specs, variants


def channels_first(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.transpose(0, 3, 1, 2).copy())


def channels_last(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().permute(0, 2, 3, 1).numpy()


@st.composite
def maps(draw: st.DrawFn) -> np.ndarray:
    """Feature maps of few whole numbers, so that most windows hold equal maxima."""
    n, height, width, channels = (draw(st.integers(1, 3)) for _ in range(4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(-2, 2, (n, 2 * height, 2 * width, channels)).astype(float)


@hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
@hypothesis.given(x=maps())
def test_pooling_and_unpooling_are_pytorchs_ties_included(x):
    ours = channels_first(x).requires_grad_()
    values, places = functional.max_pool2d(ours, 2, return_indices=True)
    back = functional.max_unpool2d(values, places, 2)
    weights = np.random.default_rng(0).normal(size=x.shape)
    (back * channels_first(weights)).sum().backward()

    pool, unpool = MaxPool(dtype="float64"), MaxUnpool(dtype="float64")
    theirs = tf.Variable(x)
    with tf.GradientTape() as tape:
        found, where = pool(theirs)
        again = unpool(found, where)
        loss = keras.ops.sum(again * weights)
    np.testing.assert_array_equal(found, channels_last(values))
    np.testing.assert_array_equal(where, channels_last(places))
    np.testing.assert_array_equal(again, channels_last(back))
    gradient = tape.gradient(loss, theirs)
    np.testing.assert_allclose(gradient, channels_last(ours.grad), atol=1e-12)


@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "XLA"])
def test_an_unpooling_network_compiles(compiled):
    model = helpers.keras.build(UNetSpec(widths=(2, 3), up="unpool"))
    images = np.random.default_rng(0).random((2, 8, 12, 3), np.float32)
    graph = tf.function(lambda x: model(x), jit_compile=compiled)
    np.testing.assert_allclose(graph(images), model(images), atol=1e-5)


def test_unpooling_says_that_it_needs_the_pooled_size():
    with pytest.raises(ValueError, match=r"'unpool' needs padding 'same'.*another up"):
        PAPER.replace(up="unpool")


def test_an_unpooled_map_is_zero_but_at_the_maxima():
    net = helpers.pytorch.build(UNetSpec(widths=(3, 4), up="unpool"))
    seen = {}
    net.pool.register_forward_hook(lambda m, given, out: seen.update(places=out[1]))
    net.up[0].register_forward_hook(lambda m, given, out: seen.update(map=out))
    net(torch.rand(1, 3, 8, 8))
    there = torch.zeros(1, 3, 64).scatter(2, seen["places"].flatten(2), 1.0)
    assert (seen["map"].flatten(2)[there == 0] == 0).all()
    assert (seen["map"] > 0).any()


@pytest.mark.parametrize("init", CHOICES["init"])
def test_a_shuffle_starts_as_nearest_neighbor_resizing(init):
    """ICNR: the four pixels made of one are equal, and other kernels are not."""
    spec = UNetSpec(widths=(32, 32), up="shuffle", init=init)
    model, net = networks(spec, "float32")
    x = np.random.default_rng(0).normal(size=(1, 6, 6, 32)).astype(np.float32)
    shuffle = PixelShuffle()(model.get_layer("up_0_conv")(x))
    for made in (channels_last(net.up[0](channels_first(x))), np.array(shuffle)):
        corner = made[:, ::2, ::2]
        np.testing.assert_array_equal(made, corner.repeat(2, 1).repeat(2, 2))
        assert np.ptp(corner) > 0
    ours, theirs = net.up[0].conv, model.get_layer("up_0_conv")
    assert len(torch.unique(ours.weight, dim=0)) == 32
    assert ours.weight.std().item() == pytest.approx(np.std(theirs.kernel), rel=0.03)
    biases = ours.bias.std().item(), float(np.std(theirs.bias))
    assert biases[0] == pytest.approx(biases[1], rel=0.3, abs=1e-9)


def test_icnr_keeps_the_first_kernel_of_each_pixel():
    layer = torch.nn.Conv2d(3, 8, 3)
    before = layer.weight.clone()
    icnr_(layer)
    for k in range(8):
        assert torch.equal(layer.weight[k], before[k - k % 4])
    made = ICNR(keras.initializers.GlorotUniform(1))((3, 3, 5, 8)).numpy()
    plain = keras.initializers.GlorotUniform(1)((3, 3, 5, 8)).numpy()
    for k in range(8):
        np.testing.assert_array_equal(made[..., k], plain[..., k - k % 4])


def test_icnr_survives_a_file():
    first = ICNR(keras.initializers.RandomNormal(0, 0.1, seed=3))
    again = keras.initializers.deserialize(keras.initializers.serialize(first))
    shape = (3, 3, 2, 8)
    np.testing.assert_array_equal(again(shape), first(shape))


@pytest.mark.parametrize("fixed", variants(), ids=lambda v: " ".join(v.values()))
@hypothesis.settings(max_examples=3, deadline=None, derandomize=True)
@hypothesis.given(data=st.data())
def test_multiply_adds_are_those_that_pytorch_counts(fixed, data):
    spec = data.draw(specs(**fixed))
    height, width = spec.valid_sizes(8, number=2)
    net = helpers.pytorch.build(spec).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, spec.in_channels, height, width))
    assert 2 * spec.multiply_adds(height, width) == counter.get_total_flops()
    assert set(layers.multiply_adds(spec, height, width)) == {
        row[0] for row in spec.layers()
    }


def test_the_papers_multiply_adds():
    assert PAPER.multiply_adds(572, 572) / 1e9 == pytest.approx(150.43, abs=0.005)


def test_unpooling_has_the_weights_of_bilinear_and_a_quarter_of_its_work():
    unpool = ELLIPSES.replace(up="unpool")
    assert unpool.parameters() == ELLIPSES.parameters()
    ours, theirs = (layers.multiply_adds(s, 64, 64) for s in (unpool, ELLIPSES))
    assert all(
        4 * ours[name] == theirs[name]
        if name.startswith("up")
        else ours[name] == theirs[name]
        for name in ours
    )


@pytest.mark.parametrize("up", CHOICES["up"])
def test_an_upsampling_by_itself_is_that_of_the_network(up):
    model, net = networks(UNetSpec(widths=(3, 4), up=up), "float64")
    parity.copy_weights(net, model)
    rng = np.random.default_rng(0)
    x, larger = rng.normal(size=(2, 4, 6, 4)), rng.normal(size=(2, 8, 12, 3))
    given, places = x, None
    if up == "unpool":
        places = functional.max_pool2d(channels_first(larger), 2, return_indices=True)
        places = places[1]
        given = [x, channels_last(places).astype(np.int32)]
    ours = net.up[0](channels_first(x), places)
    np.testing.assert_allclose(alone(model)(given), channels_last(ours), atol=1e-12)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_only_some_kinds_keep_an_even_gray_even_before_training(kind):
    """Nearest, bilinear and ICNR treat all pixels alike: a property, for any seed."""
    even = kind in ("nearest", "bilinear", "shuffle, ICNR")
    for seed in (1, 2):
        net = kinds.network(kind, seed)
        spread = np.ptp(kinds.on_gray(net)) / np.abs(kinds.on_gray(net)).max()
        assert spread < 1e-4 if even else spread > 0.05
    again = kinds.network(kind, seed)
    for ours, theirs in zip(net.parameters(), again.parameters()):
        assert torch.equal(ours, theirs)


def test_kinds_differ_where_their_names_say():
    plain, icnr = kinds.network("shuffle"), kinds.network("shuffle, ICNR")
    assert len(torch.unique(plain.up[0].conv.weight, dim=0)) == 32
    assert len(torch.unique(icnr.up[0].conv.weight, dim=0)) == 8
    assert torch.equal(plain.encoder[1].conv1.weight, icnr.encoder[1].conv1.weight)
    assert kinds.network("transpose 3x3").up[1].conv.kernel_size == (3, 3)
    deviation = plain.up[0].conv.weight.std().item()
    assert deviation == pytest.approx((2 / 72) ** 0.5, rel=0.05)


def test_gray_needs_a_large_image():
    with pytest.raises(ValueError, match=r"size 100 is too small .* 188 or more"):
        kinds.on_gray(kinds.network("shuffle"), size=100)


def test_logits_are_the_same_for_bytes_and_floats():
    net = kinds.network("nearest")
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    found = kinds.logits(net, images)
    assert found.shape == (2, 16, 16)
    np.testing.assert_allclose(found, kinds.logits(net, images / 255), atol=1e-5)
