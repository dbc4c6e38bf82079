"""Both frameworks give the same numbers from the same weights."""

from itertools import cycle

import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import torch

import helpers.keras
import helpers.pytorch
from helpers import parity
from helpers.spec import CHOICES, ELLIPSES, PAPER, PETS, UNetSpec


def variants() -> list[dict]:
    """Every block, and every way to share or to gate where a spec uses it."""
    recurrent = [{"block": "recurrent", "sharing": s} for s in CHOICES["sharing"]]
    others = [{"block": b} for b in CHOICES["block"] if b != "recurrent"]
    return (
        others
        + recurrent
        + [{"skip": "attention", "gate": g} for g in ("fine", "coarse")]
    )


def members() -> list[dict]:
    """Every variant, and block and gate at once; between them every upsampling."""
    both = {"block": "recurrent", "skip": "attention", "gate": "fine"}
    every = [*variants(), both]
    return [v | {"up": up} for v, up in zip(every, cycle(CHOICES["up"]))]


@st.composite
def specs(draw: st.DrawFn, **fixed) -> UNetSpec:
    """Small specs over every choice that a spec offers; `fixed` are not drawn."""
    chosen = {name: draw(st.sampled_from(choice)) for name, choice in CHOICES.items()}
    chosen |= fixed
    coarse = (chosen["skip"], chosen["gate"]) == ("attention", "coarse")
    if chosen["up"] == "unpool" or chosen["block"] != "plain" or coarse:
        chosen["padding"] = "same"
    depth = draw(st.integers(1, 3 if chosen["block"] == "plain" else 2))
    convs = draw(st.integers(1, 2))
    share = convs if chosen["block"] == "dense" else 1
    width = st.integers(1, 5 // share).map(lambda n: share * n)
    return UNetSpec(
        in_channels=draw(st.integers(1, 3)),
        classes=draw(st.integers(1, 4)),
        widths=tuple(draw(st.lists(width, min_size=depth + 1, max_size=depth + 1))),
        decoder_widths=draw(
            st.none() | st.lists(width, min_size=depth, max_size=depth).map(tuple)
        ),
        convs=convs,
        bottom_relu=draw(st.booleans()) or chosen["block"] != "plain",
        dropout=draw(st.sampled_from([0.0, 0.5])),
        recurrences=draw(st.integers(1, 2)),
        **chosen,
    )


def networks(spec: UNetSpec, dtype: str) -> tuple[keras.Model, torch.nn.Module]:
    """Both networks in inference, BatchNorm statistics no longer 0 and 1."""
    model = helpers.keras.build(spec, seed=1, dtype=dtype)
    net = helpers.pytorch.build(spec, seed=2).to(getattr(torch, dtype)).eval()
    rng = np.random.default_rng(3)
    for variable in model.weights:
        if "moving" in variable.path:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model, net


def outputs(model, net, images):
    theirs = keras.ops.convert_to_numpy(model(images))
    with torch.no_grad():
        ours = net(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
    return theirs, ours.permute(0, 2, 3, 1).numpy()


def images_for(spec: UNetSpec, dtype: str) -> np.ndarray:
    height, width = spec.valid_sizes(8, number=2)
    shape = (2, height, width, spec.in_channels)
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


def check_parity(spec: UNetSpec, dtype: str, limit: float) -> None:
    """Outputs and gradients agree, and outputs after the way back, too."""
    model, net = networks(spec, dtype)
    images = images_for(spec, dtype)
    parity.copy_weights(model, net)
    theirs, ours = outputs(model, net, images)
    size = spec.output_size(images.shape[1]), spec.output_size(images.shape[2])
    assert theirs.shape == ours.shape == (2, *size, spec.classes)
    check_close(ours, theirs, limit)
    for name, (a, b) in parity.gradients(model, net, images).items():
        check_close(a, b, limit, name)
    net = helpers.pytorch.build(spec, seed=2).to(getattr(torch, dtype)).eval()
    parity.copy_weights(net, model)
    theirs, again = outputs(model, net, images)
    check_close(again, theirs, limit)


def check_close(ours, theirs, limit: float, name: str = "") -> None:
    """Apart by `limit` at most, where values are large of the largest."""
    scale = max(1, np.abs(theirs).max())
    np.testing.assert_allclose(ours, theirs, limit, limit * scale, err_msg=name)


@hypothesis.settings(max_examples=10, deadline=None, derandomize=True)
@hypothesis.given(spec=specs())
def test_outputs_and_gradients_agree(spec):
    check_parity(spec, "float32", 1e-4)


@pytest.mark.parametrize("fixed", members(), ids=lambda v: " ".join(v.values()))
@hypothesis.settings(max_examples=2, deadline=None, derandomize=True)
@hypothesis.given(data=st.data())
def test_every_member_of_the_family_agrees_in_double_precision(fixed, data):
    check_parity(data.draw(specs(**fixed)), "float64", 1e-10)


@pytest.mark.parametrize("norm", CHOICES["norm"])
@pytest.mark.parametrize("skip", CHOICES["skip"])
def test_every_norm_and_skip_agrees_in_double_precision(skip, norm):
    """The examples above may miss one, and a skip that is cropped."""
    spec = UNetSpec(2, widths=(2, 3), norm=norm, skip=skip, padding="valid")
    check_parity(spec, "float64", 1e-10)


@pytest.mark.parametrize(
    ("spec", "total"), [(PAPER, 31_030_658), (ELLIPSES, 159_777), (PETS, 31_055_427)]
)
def test_presets_have_the_published_parameters(spec, total):
    model, net = helpers.keras.build(spec), helpers.pytorch.build(spec)
    buffers = [b for n, b in net.named_buffers() if "tracked" not in n]
    ours = sum(tensor.numel() for tensor in [*net.parameters(), *buffers])
    assert spec.parameters() == model.count_params() == ours == total
    trainable = sum(np.prod(v.shape) for v in model.trainable_variables)
    ours = sum(p.numel() for p in net.parameters())
    assert spec.parameters(trainable_only=True) == trainable == ours


def test_ellipses_without_skips_has_the_published_parameters():
    spec = ELLIPSES.replace(skip="none")
    assert helpers.keras.build(spec).count_params() == 134_433
    assert sum(p.numel() for p in helpers.pytorch.build(spec).parameters()) == 134_433


def test_one_wrong_weight_is_seen():
    model, net = networks(ELLIPSES, "float32")
    parity.copy_weights(model, net)
    with torch.no_grad():
        net.encoder[0].conv1.weight[0, 0, 0, 0] += 0.1
    theirs, ours = outputs(model, net, images_for(ELLIPSES, "float32"))
    assert np.abs(theirs - ours).max() > 1e-4


def test_different_specs_are_refused_and_nothing_is_copied():
    model = helpers.keras.build(ELLIPSES)
    net = helpers.pytorch.build(ELLIPSES.replace(widths=(16, 32, 64, 65)))
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with pytest.raises(ValueError, match=r"bottom.conv1.weight.*same UNetSpec"):
        parity.copy_weights(model, net)
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name])
    with pytest.raises(ValueError, match=r"only one has .*norm1"):
        parity.copy_weights(
            model, helpers.pytorch.build(ELLIPSES.replace(norm="batch"))
        )
    with pytest.raises(ValueError, match="one of the two has to be"):
        parity.copy_weights(net, net)


@pytest.mark.parametrize("init", CHOICES["init"])
def test_both_frameworks_start_from_the_same_distribution(init):
    """Spread of the first kernels, near each other and as the source says."""
    spec = UNetSpec(in_channels=64, widths=(64, 64), init=init)
    model, net = helpers.keras.build(spec), helpers.pytorch.build(spec)
    expected = {"he": (2 / 576) ** 0.5, "glorot": (2 / 1152) ** 0.5}
    stds = [
        float(np.std(model.get_layer("encoder_0_conv1").kernel)),
        net.encoder[0].conv1.weight.std().item(),
    ]
    assert stds == pytest.approx(
        [expected.get(init, (1 / 3 / 576) ** 0.5)] * 2, rel=0.02
    )
    transposed = [
        float(np.std(model.get_layer("up_0_conv").kernel)),
        net.up[0].conv.weight.std().item(),
    ]
    assert transposed[0] == pytest.approx(transposed[1], rel=0.03)


def test_seed_decides_the_weights():
    a, b, c = (helpers.keras.build(ELLIPSES, seed=s) for s in (1, 1, 2))
    kernel = "encoder_1_conv1"
    np.testing.assert_array_equal(
        a.get_layer(kernel).kernel, b.get_layer(kernel).kernel
    )
    assert not np.allclose(a.get_layer(kernel).kernel, c.get_layer(kernel).kernel)
    nets = [helpers.pytorch.build(ELLIPSES, seed=s) for s in (1, 1, 2)]
    weights = [net.encoder[1].conv1.weight for net in nets]
    assert torch.equal(weights[0], weights[1])
    assert not torch.allclose(weights[0], weights[2])


def test_a_loss_in_both_is_that_of_pytorch_and_hardly_apart():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 4, 4, 1)).astype(np.float32)
    masks = rng.integers(0, 2, (2, 4, 4)).astype(np.uint8)
    value, apart, slope = parity.loss_in_both("binary_cross_entropy", logits, masks)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.from_numpy(logits[..., 0]), torch.from_numpy(masks).float()
    )
    assert value == pytest.approx(wanted.item(), abs=1e-6)
    assert apart < 1e-6 and slope < 1e-6


def test_a_loss_that_differs_in_one_framework_is_told(monkeypatch):
    logits = np.zeros((1, 4, 4, 1), np.float32)
    masks = np.ones((1, 4, 4), np.uint8)
    same = helpers.keras.losses.binary_cross_entropy
    monkeypatch.setattr(
        helpers.keras.losses, "binary_cross_entropy", lambda *a: 3 * same(*a)
    )
    value, apart, slope = parity.loss_in_both("binary_cross_entropy", logits, masks)
    assert value == pytest.approx(np.log(2), abs=1e-6)
    assert apart == pytest.approx(2 * value, abs=1e-5)
    assert slope == pytest.approx(2 * 0.5 / 16, abs=1e-6)  # p - g over the pixels
