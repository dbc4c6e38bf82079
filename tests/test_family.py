"""The U-Net's relatives: the ports' sizes, what each block computes, and files."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch import nn
from torch.nn import functional as F

import helpers.keras
import helpers.pytorch
from helpers import parity
from helpers.family import ATTENTION, FAMILY, R2_ATTENTION, R2U, UNET_PORT
from helpers.keras import gates as keras_gates
from helpers.pytorch import gates, recurrent
from helpers.pytorch.blocks import ConvBlock
from helpers.pytorch.dense import DenseBlock
from helpers.spec import CHOICES, PETS, UNetSpec
from tests.test_parity import variants

TINY = UNetSpec(in_channels=2, widths=(4, 6), norm="batch", up="nearest")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("spec", "total"),
    [
        (UNET_PORT, 34_527_041),
        (R2U, 39_091_393),
        (ATTENTION, 34_878_573),
        (R2_ATTENTION, 39_442_925),
    ],
)
def test_the_ports_have_their_published_parameters(spec, total):
    assert spec.parameters(trainable_only=True) == total


def test_the_largest_port_is_as_large_in_both_frameworks():
    """Its arithmetic for the others is that of small networks; see the parity tests."""
    net, model = helpers.pytorch.build(R2_ATTENTION), helpers.keras.build(R2_ATTENTION)
    assert sum(p.numel() for p in net.parameters()) == 39_442_925
    assert sum(np.prod(v.shape) for v in model.trainable_variables) == 39_442_925
    assert model.count_params() == R2_ATTENTION.parameters()


def test_a_gate_adds_what_the_formula_says():
    """Two 1x1 convolutions to half the width, one to a single map, three norms."""
    added = sum(w**2 + 3.5 * w + 3 for w in UNET_PORT.widths[:-1])
    assert ATTENTION.parameters(True) - UNET_PORT.parameters(True) == added


def test_the_kinds_of_sharing_differ_by_whole_convolutions():
    """Of 9 blocks with two recurrent layers of three applications each."""
    kernels = 2 * sum(9 * w**2 for w in (*R2U.widths, *R2U.widths[:-1]))
    norms = 2 * sum(3 * w for w in (*R2U.widths, *R2U.widths[:-1]))  # and biases
    counts = {
        sharing: R2U.replace(sharing=sharing).parameters(trainable_only=True)
        for sharing in CHOICES["sharing"]
    }
    assert counts["separate"] - counts["shared"] == kernels
    assert counts["unrolled"] - counts["shared"] == 2 * (kernels + norms)
    work = {s: R2U.replace(sharing=s).multiply_adds(64, 64) for s in counts}
    assert len(set(work.values())) == 1


@torch.no_grad()
def test_a_residual_network_of_zero_kernels_hands_its_shortcuts_on():
    net = helpers.pytorch.build(TINY.replace(block="residual", widths=(2, 2))).eval()
    for unit in net.encoder[0].unit:
        unit.conv.weight.zero_()
    x = noise(1, 2, 8, 8)
    assert torch.equal(net.encoder[0](x), x)
    assert [name for name, _ in net.encoder[0].unit[0].named_children()] == ["conv"]
    names = [name for name, _ in net.bottom.unit[0].named_children()]
    assert names == ["norm", "relu", "conv"]


@torch.no_grad()
def test_a_residual_block_is_full_preactivation():
    """He et al. 2016, figure 4e, twice, and a 1x1 convolution beside it."""
    block = helpers.pytorch.build(TINY.replace(block="residual")).bottom.eval()
    x = noise(2, 4, 8, 8)
    made = x
    for unit in block.unit:
        made = unit.conv(F.relu(unit.norm(made)))
    torch.testing.assert_close(block(x), made + block.shortcut(x))
    assert block.shortcut.kernel_size == (1, 1)


@torch.no_grad()
def test_a_fine_gate_is_equation_one_at_the_skips_size():
    """Oktay et al. 2018, equations 1 and 2, with the norms of the port."""
    net = helpers.pytorch.build(TINY.replace(skip="attention")).eval()
    gate, skip, signal = net.gate[0], noise(2, 4, 6, 8), noise(2, 4, 6, 8, seed=1)
    for layer in (gate.normx, gate.normg, gate.normpsi):
        layer.running_mean.uniform_(-0.5, 0.5)
        layer.running_var.uniform_(0.5, 1.5)

    def normed(layer, norm, x):
        mean, var = (v[:, None, None] for v in (norm.running_mean, norm.running_var))
        made = torch.einsum("oi,nihw->nohw", layer.weight[..., 0, 0], x)
        return (made + layer.bias[:, None, None] - mean) / (var + 1e-3).sqrt()

    both = normed(gate.x, gate.normx, skip) + normed(gate.g, gate.normg, signal)
    alpha = torch.sigmoid(normed(gate.psi, gate.normpsi, both.clamp(min=0)))
    torch.testing.assert_close(gate(skip, signal), skip * alpha)


@torch.no_grad()
def test_a_coarse_gate_looks_at_squares_of_four_and_is_resized():
    """The skip's squares as channels make its strided convolution a matrix."""
    net = helpers.pytorch.build(TINY.replace(skip="attention", gate="coarse"))
    gate, skip, signal = net.gate[0], noise(2, 4, 6, 8), noise(2, 6, 3, 4, seed=1)
    squares = F.pixel_unshuffle(skip, 2)
    theta = torch.einsum("oi,nihw->nohw", gate.theta.weight.flatten(1), squares)
    phi = torch.einsum("oi,nihw->nohw", gate.phi.weight[..., 0, 0], signal)
    both = (theta + phi + gate.phi.bias[:, None, None]).clamp(min=0)
    psi = torch.einsum("oi,nihw->nohw", gate.psi.weight[..., 0, 0], both)
    alpha = torch.sigmoid(psi + gate.psi.bias[:, None, None])
    alpha = F.interpolate(alpha, size=(6, 8), mode="bilinear", align_corners=False)
    torch.testing.assert_close(gate(skip, signal), skip * alpha)
    assert gate.theta.bias is None


@torch.no_grad()
def test_a_dense_block_is_what_its_equation_says():
    spec = TINY.replace(block="dense", convs=3, widths=(6, 9), norm=None)
    block = DenseBlock(2, 6, spec)
    x = noise(2, 2, 8, 8)
    first = block.unit[0].conv(F.relu(x))
    second = block.unit[1].conv(F.relu(torch.cat([x, first], 1)))
    third = block.unit[2].conv(F.relu(torch.cat([x, first, second], 1)))
    torch.testing.assert_close(block(x), torch.cat([first, second, third], 1))


@torch.no_grad()
def test_separate_kernels_are_equation_one_of_the_paper():
    spec = TINY.replace(block="recurrent", sharing="separate", norm=None)
    unit, x = recurrent.Separate(4, spec), noise(1, 4, 6, 6)
    state = torch.zeros_like(x)
    for _ in range(spec.recurrences + 1):
        state = F.relu(unit.conv(x) + F.conv2d(state, unit.loop.weight, padding=1))
    torch.testing.assert_close(unit(x), state)


@pytest.mark.parametrize("sharing", CHOICES["sharing"])
@torch.no_grad()
def test_a_recurrent_block_adds_its_units_to_what_they_are_given(sharing):
    """Alom et al. 2018, figure 4d, in both frameworks."""
    spec = TINY.replace(block="recurrent", sharing=sharing)
    net = helpers.pytorch.build(spec).double().eval()
    model = helpers.keras.build(spec, dtype="float64")
    parity.copy_weights(net, model)
    block, x = net.encoder[0], noise(2, 2, 8, 8).double()
    point = block.point(x)
    made = block.unit(point)
    assert made.std() > 0.1
    torch.testing.assert_close(block(x), point + made)
    # What the pooling gets has left the block, whatever the block's layers are.
    whole = keras.Model(model.input, model.get_layer("pool_0").input)
    theirs = torch.tensor(np.array(whole(x.permute(0, 2, 3, 1).numpy())))
    torch.testing.assert_close(theirs.movedim(-1, 1), point + made)


@torch.no_grad()
def test_equal_weights_make_all_three_kinds_of_sharing_one():
    """w * (x + O) = w * x + w * O, where the bias goes with the first alone."""
    made = {}
    for sharing in CHOICES["sharing"]:
        spec = TINY.replace(block="recurrent", sharing=sharing, norm=None)
        block = helpers.pytorch.build(spec).double().encoder[0]
        for name, value in block.named_parameters():
            fill = 0 if name.endswith("bias") else noise(*value.shape, seed=value.ndim)
            value.copy_(torch.as_tensor(fill))
        made[sharing] = block(noise(1, 2, 8, 8).double())
    torch.testing.assert_close(made["separate"], made["shared"])
    torch.testing.assert_close(made["unrolled"], made["shared"])


def test_shared_norms_move_once_for_every_use_in_both_frameworks():
    """PyTorch's running variance is that of a sample, Keras's that of the batch."""
    spec = TINY.replace(block="recurrent", convs=1)
    net = helpers.pytorch.build(spec).double().train()
    model = helpers.keras.build(spec, dtype="float64")
    parity.copy_weights(net, model)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 2))
    net(torch.from_numpy(images.transpose(0, 3, 1, 2)))
    model(images, training=True)
    ours, theirs = net.encoder[0].unit[0].norm, model.get_layer("encoder_0_unit_0_norm")
    assert ours.num_batches_tracked == spec.recurrences + 1
    np.testing.assert_allclose(ours.running_mean, theirs.moving_mean, rtol=1e-9)
    kept = spec.norm_momentum ** (spec.recurrences + 1)
    np.testing.assert_allclose(
        ours.running_var.numpy() - kept,
        (np.array(theirs.moving_variance) - kept) * 128 / 127,
        rtol=1e-6,
    )


@pytest.mark.parametrize("gate", CHOICES["gate"])
def test_attention_maps_are_what_the_skips_are_multiplied_by(gate):
    spec = TINY.replace(widths=(4, 6, 8), skip="attention", gate=gate)
    net, model = helpers.pytorch.build(spec).train(), helpers.keras.build(spec)
    parity.copy_weights(net, model)
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 24, 2), np.uint8)
    seen = {}
    for level, each in enumerate(net.gate):
        each.register_forward_hook(lambda _, i, o, k=level: seen.update({k: (i, o)}))
    ours = gates.attention_maps(net, images)
    assert net.training
    assert [m.shape for m in ours] == [(3, 16, 24), (3, 8, 12)]
    for level, found in enumerate(ours):
        (skip, _), out = seen[level]
        assert found.dtype == np.float32 and 0 < found.min() < found.max() < 1
        torch.testing.assert_close(out, skip * torch.from_numpy(found)[:, None])
    theirs = keras_gates.attention_maps(model, images)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_an_open_gate_is_no_gate():
    """Coefficients of one: the network is that with plain skips."""
    net = helpers.pytorch.build(TINY.replace(skip="attention", norm=None))
    plain = helpers.pytorch.build(TINY.replace(norm=None))
    plain.load_state_dict(net.state_dict(), strict=False)
    with torch.no_grad():
        net.gate[0].psi.bias.fill_(1000)
    x = noise(1, 2, 8, 8)
    torch.testing.assert_close(net(x), plain(x))


@pytest.mark.parametrize("side", [gates, keras_gates], ids=["pytorch", "keras"])
def test_a_network_without_gates_has_no_maps(side):
    home = helpers.pytorch if side is gates else helpers.keras
    with pytest.raises(ValueError, match=r"no gates: skip='concat'.*skip='attention'"):
        side.attention_maps(home.build(TINY), np.zeros((1, 8, 8, 2)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"block": "residual", "padding": "valid"}, r"'residual' needs padding 'same'"),
        ({"block": "dense", "convs": 4}, r"widths: 6 .*convs 4.*choose 4 or 8"),
        ({"block": "dense", "decoder_widths": (5,)}, r"decoder_widths: 5 .* 4 or 6"),
        ({"sharing": "none"}, r"'none' is not known.*'shared', 'separate', 'unrolled'"),
        ({"recurrences": 0}, r"recurrences 0 is not a whole number of at least 1"),
        ({"block": "recurrent", "bottom_relu": False}, r"needs block 'plain'.*=True"),
        (
            {"skip": "attention", "gate": "coarse", "padding": "valid"},
            r"'coarse' needs padding 'same'.*gate='fine'",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        TINY.replace(**changes)


def test_with_parameters_keeps_dense_widths_whole():
    spec = FAMILY["dense"].replace(convs=3, widths=(9, 18, 36))
    found = spec.with_parameters(100_000)
    assert not any(width % 3 for width in found.widths)
    assert found.parameters() == pytest.approx(100_000, rel=0.1)


@pytest.mark.parametrize("init", CHOICES["init"])
def test_both_frameworks_start_every_kind_of_layer_alike(init):
    """Spread and bound of the kernels of each new kind."""
    spec = UNetSpec(64, widths=(64, 64), convs=1, block="recurrent", init=init)
    spec = spec.replace(sharing="separate", skip="attention", gate="coarse")
    net, model = helpers.pytorch.build(spec), helpers.keras.build(spec)
    names = ["encoder.0.point", "encoder.0.unit.0.conv", "encoder.0.unit.0.loop"]
    for name in [*names, "gate.0.theta", "gate.0.phi"]:
        ours = net.get_submodule(name).weight.detach().numpy()
        theirs = np.array(model.get_layer(name.replace(".", "_")).kernel)
        assert ours.std() == pytest.approx(theirs.std(), rel=0.06), name
        if init != "he":
            assert ours.max() == pytest.approx(theirs.max(), rel=0.02), name


@pytest.mark.parametrize("fixed", variants(), ids=lambda v: " ".join(v.values()))
def test_files_carry_the_spec_and_the_weights(fixed, tmp_path):
    spec = TINY.replace(**fixed)
    model, net = helpers.keras.build(spec, seed=3), helpers.pytorch.build(spec, seed=3)
    helpers.keras.save(model, tmp_path / "model.keras")
    again = helpers.keras.load(tmp_path / "model.keras", spec)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    helpers.pytorch.save(net, tmp_path / "model.safetensors")
    again = helpers.pytorch.load(tmp_path / "model.safetensors", spec)
    assert again.spec == spec
    for a, b in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_spec_of_an_earlier_version_is_a_plain_one():
    old = '{"in_channels": 3, "widths": [4, 8], "skip": "add", "up": "bilinear"}'
    spec = UNetSpec.from_json(old)
    assert spec == UNetSpec(in_channels=3, widths=(4, 8), skip="add", up="bilinear")
    assert (spec.block, spec.sharing, spec.gate) == ("plain", "shared", "fine")


@pytest.mark.parametrize("name", ["residual", "dense", "recurrent attention"])
def test_one_graph_takes_several_sizes_in_mixed_precision(name):
    spec = FAMILY[name].replace(widths=(4, 8), gate="coarse")
    model = helpers.keras.build(spec, dtype="mixed_bfloat16")
    plain = helpers.keras.build(spec)
    plain.set_weights(model.get_weights())
    any_size = tf.TensorSpec((None, None, None, 3))
    graph = tf.function(lambda images: model(images), input_signature=[any_size])
    for size in (8, 12):
        images = np.random.default_rng(size).random((2, size, size, 3), np.float32)
        found = graph(images)
        assert found.dtype == "float32"
        right = np.array(plain(images))
        assert np.linalg.norm(found - right) < 0.05 * np.linalg.norm(right)


def test_another_port_is_ours_without_the_biases_under_a_norm():
    """milesial/Pytorch-UNet, three channels to two classes, transposed."""
    spec = PETS.replace(classes=2)
    biases = sum(normed for *_, normed in spec.layers())
    assert spec.parameters(trainable_only=True) - biases == 31_037_698


def test_another_port_that_resizes_bilinearly_has_its_published_parameters():
    """The same port: it narrows after the skips have joined, not before.

    No `UNetSpec` does so: each has a convolution in `up`, and a decoder's block goes
    to its final channels at once, where this one halves its inputs first.
    """
    spec = PETS.replace(classes=2, widths=(64, 128, 256, 512, 512))
    net, single = helpers.pytorch.build(spec), spec.replace(convs=1)
    net.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    net.decoder = nn.ModuleList(
        nn.Sequential(ConvBlock(2 * w, w, single), ConvBlock(w, outputs, single))
        for w, outputs in zip(spec.widths[:-1], (64, 64, 128, 256), strict=True)
    )
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d) and m is not net.head]
    biases = sum(conv.bias.numel() for conv in convs)
    assert sum(p.numel() for p in net.parameters()) - biases == 17_263_042


def test_the_repository_of_the_ellipses_has_its_published_parameters():
    """mtran5/UNet with depth 3 and one convolution a block; its article prints less."""
    spec = UNetSpec(widths=(64, 128, 256), convs=1)
    assert spec.parameters() == 903_745
    assert spec.replace(skip="none").parameters() == 719_425
