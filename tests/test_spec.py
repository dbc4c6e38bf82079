"""Size arithmetic and parameter counts, against the papers and against PyTorch."""

import hypothesis
import hypothesis.strategies as st
import pytest
import torch

import helpers.pytorch
from helpers import sizes
from helpers.spec import CHOICES, ELLIPSES, PAPER, PETS, UNetSpec, preset
from tests.test_parity import specs, variants


@pytest.mark.parametrize(
    ("spec", "total", "trained"),
    [
        (PAPER.replace(in_channels=3), 31_031_810, 31_031_810),
        (PAPER.replace(in_channels=3, classes=1), 31_031_745, 31_031_745),
        (PETS, 31_055_427, 31_043_651),
        (PETS.replace(classes=1), 31_055_297, 31_043_521),
    ],
)
def test_other_channels_and_classes_have_their_known_parameters(spec, total, trained):
    """Of the paper and the article, by arithmetic; parity tests count networks."""
    assert (spec.parameters(), spec.parameters(trainable_only=True)) == (total, trained)


def test_the_papers_sizes():
    found = sizes.trace(PAPER, 572)
    assert found.encoder == (568, 280, 136, 64)
    assert found.bottom == 28
    assert found.up == (392, 200, 104, 56)
    assert found.decoder == (388, 196, 100, 52)
    assert found.crops == ((88, 88), (40, 40), (16, 16), (4, 4))


def test_the_papers_valid_inputs():
    expected = [16 * k + 12 for k in range(11, 40)]
    assert PAPER.valid_sizes(number=29) == expected
    assert [PAPER.output_size(n) for n in expected] == [n - 184 for n in expected]


@pytest.mark.parametrize("size", [140, 156, 172, 187, 571, 0, -4])
def test_the_paper_takes_no_other_sizes(size):
    with pytest.raises(ValueError, match=f"size {size} "):
        PAPER.output_size(size)


def test_the_papers_receptive_field_depends_on_the_position():
    assert [PAPER.receptive_field(p) for p in range(16)] == [188] * 4 + [204] * 12
    assert PAPER.receptive_field() == 204
    assert PAPER.receptive_field(3 + 16 * 5) == 188


each_variant = pytest.mark.parametrize(
    "fixed", variants(), ids=lambda fixed: " ".join(fixed.values())
)


@each_variant
@hypothesis.settings(max_examples=4, deadline=None, derandomize=True)
@hypothesis.given(data=st.data(), step=st.integers(0, 3))
def test_sizes_and_counts_are_those_of_the_network(fixed, data, step):
    spec = data.draw(specs(**fixed))
    net = helpers.pytorch.build(spec).eval()
    height, width = spec.valid_sizes(1, number=step + 2)[-2:]
    with torch.no_grad():
        shape = net(torch.zeros(1, spec.in_channels, height, width)).shape
    assert shape == (1, spec.classes, spec.output_size(height), spec.output_size(width))
    assert sum(p.numel() for p in net.parameters()) == spec.parameters(True)
    buffers = [b.numel() for n, b in net.named_buffers() if "tracked" not in n]
    assert spec.parameters() == spec.parameters(True) + sum(buffers)
    names = {name.rsplit(".", 1)[0] for name, p in net.named_parameters() if p.ndim > 1}
    assert names == {row[0] for row in spec.layers()}


@hypothesis.settings(max_examples=25, deadline=None, derandomize=True)
@hypothesis.given(spec=specs(), size=st.integers(1, 60))
def test_a_size_is_taken_exactly_where_arithmetic_says(spec, size):
    """The network itself, unchecked, works on every size that fits."""
    if sizes.fits(spec, size):
        assert spec.output_size(size) >= 1
        assert spec.valid_sizes(size, number=1) == [size]
    else:
        with pytest.raises(ValueError, match="nearest sizes that fit"):
            spec.check_size(size, size)


@each_variant
@hypothesis.settings(max_examples=2, deadline=None, derandomize=True)
@hypothesis.given(data=st.data())
def test_receptive_field_is_where_gradients_reach(fixed, data):
    """Positive weights and no ReLU can cancel: the gradient marks every input seen."""
    spec = data.draw(specs(norm=None, **fixed))
    field = spec.receptive_field()
    size = spec.valid_sizes(field + 5 * spec.divisor, number=1)[0]
    net = helpers.pytorch.build(spec.replace(in_channels=1)).double().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(0.5, 1.0)
    net.pool = torch.nn.AvgPool2d(2)  # Max pooling shows one of its four inputs only.
    if spec.up == "unpool":  # A value may go to any of four places: here to them all.
        net.pool.register_forward_hook(lambda pool, given, pooled: (pooled, None))
        for up in net.up:
            up.append(torch.nn.Upsample(scale_factor=2))
    for gate in getattr(net, "gate", ()):
        gate.squash = torch.nn.Identity()  # A sigmoid of a large sum has no slope.
    image = torch.rand(1, 1, size, size, dtype=torch.double, requires_grad=True)
    out = net(image)
    position = data.draw(st.integers(0, spec.divisor - 1))
    middle = out.shape[-1] // 2 // spec.divisor * spec.divisor + position
    out[0, 0, middle, middle].backward()
    seen = (image.grad[0, 0] != 0).any(dim=0).nonzero().flatten()
    assert 0 < seen[0] and seen[-1] < size - 1
    assert seen[-1] - seen[0] + 1 == spec.receptive_field(middle)


def test_errors_name_the_nearest_sizes():
    with pytest.raises(ValueError, match=r"height 150 .*by 16; .* 144 and 160"):
        PETS.check_size(150, 160)
    with pytest.raises(ValueError, match=r"width 172 is too small .* 188 and above"):
        PAPER.check_size(188, 172)
    with pytest.raises(ValueError, match=r"572.*|571 leaves 567 .*odd.* 556 and 572"):
        PAPER.output_size(571)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("in_channels", 0),
        ("classes", -1),
        ("classes", True),
        ("convs", 1.5),
        ("widths", (16,)),
        ("widths", 16),
        ("decoder_widths", 16),
        ("widths", (16, 0)),
        ("decoder_widths", (1, 2)),
        ("dropout", 1.0),
        ("norm_momentum", -0.1),
        *((name, "other") for name in CHOICES),
    ],
)
def test_bad_fields_are_named(field, value):
    with pytest.raises(ValueError, match=field):
        PETS.replace(**{field: value})


@hypothesis.settings(deadline=None, derandomize=True)
@hypothesis.given(spec=specs())
def test_json_keeps_everything(spec):
    assert UNetSpec.from_json(spec.to_json()) == spec


def test_json_of_a_later_version_is_refused():
    with pytest.raises(ValueError, match=r"attention.*update"):
        UNetSpec.from_json('{"widths": [1, 2], "attention": true}')


@pytest.mark.parametrize("target", [20_000, 159_777, 1_000_000])
def test_with_parameters_comes_near(target):
    spec = ELLIPSES.replace(skip="none").with_parameters(target)
    assert spec.skip == "none"
    assert spec.parameters() == pytest.approx(target, rel=0.01)


def test_presets_by_name():
    assert preset("pets") is PETS
    with pytest.raises(ValueError, match=r"'unet'.*paper, ellipses, pets"):
        preset("unet")
