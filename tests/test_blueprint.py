"""The drawn U: every map that the network makes, at its place and to scale."""

from itertools import pairwise

import hypothesis
import hypothesis.strategies as st
import pytest
import torch
from matplotlib.patches import Rectangle

import helpers.pytorch
from helpers import blueprint, figures, ushape
from helpers.spec import ELLIPSES, PAPER, PETS, UNetSpec


def rectangles(figure):
    return [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_the_papers_maps():
    maps = ushape.boxes(PAPER, 572)
    assert [box.side for box in maps] == [
        *(572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28),
        *(56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388, 388),
    ]
    assert [box.channels for box in maps] == [
        *(1, 64, 64, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512, 1024, 1024),
        *(1024, 512, 512, 512, 256, 256, 256, 128, 128, 128, 64, 64, 2),
    ]
    assert [box.copied for box in maps if box.copied] == [512, 256, 128, 64]


SPECS = [
    PAPER.replace(widths=(2, 4, 6), classes=3),
    PAPER.replace(widths=(2, 4, 6), skip="add", up="nearest", convs=1),
    ELLIPSES,
    PETS.replace(widths=(2, 3, 4, 5), up="shuffle", skip="none"),
]


@pytest.mark.parametrize("spec", SPECS)
def test_maps_are_those_that_leave_the_convolutions(spec):
    size, made = spec.valid_sizes(24, 1)[0], []
    net = helpers.pytorch.build(spec).eval()

    def keep(_module, _inputs, output):
        made.append((output.shape[1], output.shape[2]))

    blocks = [*net.encoder, net.bottom, *net.decoder]
    for block in blocks:
        for name, module in block.named_children():
            if name.startswith("conv"):
                module.register_forward_hook(keep)
    net.head.register_forward_hook(keep)
    with torch.no_grad():
        net(torch.zeros(1, spec.in_channels, size, size))
    boxes = ushape.boxes(spec, size)
    drawn = [
        (new.channels, new.side)
        for old, new in pairwise(boxes)
        if old.level == new.level
    ]
    assert drawn == made


@pytest.mark.parametrize("spec", SPECS)
def test_boxes_are_to_scale(spec):
    size = spec.valid_sizes(40, 1)[0]
    boxes = ushape.boxes(spec, size)
    scale = ushape.scale_of(spec, size)
    drawn = rectangles(figures.unet(spec, size))
    assert len(drawn) == len(boxes) + sum(box.copied > 0 for box in boxes)
    areas = sum(p.get_width() * p.get_height() for p in drawn)
    expected = sum(b.side * b.channels for b in boxes) * scale.pixel * scale.channel
    assert areas == pytest.approx(expected)
    tallest, widest = (max(f(p) for p in drawn) for f in (height, width))
    assert tallest == pytest.approx(size * scale.pixel)
    most = max(b.channels - b.copied for b in boxes)
    assert widest == pytest.approx(most * scale.channel)


def height(patch):
    return patch.get_height()


def width(patch):
    return patch.get_width()


@hypothesis.settings(max_examples=20, deadline=None, derandomize=True)
@hypothesis.given(
    widths=st.lists(st.integers(1, 300), min_size=2, max_size=6),
    convs=st.integers(1, 3),
    padding=st.sampled_from(["same", "valid"]),
    skip=st.sampled_from(["concat", "add", "none"]),
)
def test_boxes_of_a_level_do_not_overlap(widths, convs, padding, skip):
    spec = UNetSpec(widths=tuple(widths), convs=convs, padding=padding, skip=skip)
    size = spec.valid_sizes(1, 1)[0]
    placed = ushape.place(ushape.boxes(spec, size), ushape.scale_of(spec, size))
    for level in range(spec.depth + 1):
        row = sorted((p.x, p.right) for p in placed if p.box.level == level)
        assert all(a[1] < b[0] for a, b in pairwise(row))
    assert min(p.x for p in placed) > -0.01
    assert max(p.right for p in placed) < ushape.WIDE + 0.01


def test_numbers_and_names_are_written():
    figure = figures.unet(PAPER, 572)
    words = texts(figure)
    assert {"572  570  568", "392  390  388", "32  30  28"} <= set(words)
    assert {"1  64", "512  1024", "128  64  2"} <= set(words)
    assert {"crop 88", "crop 4"} <= set(words)
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == [
        *("3x3 conv, ReLU", "2x2 max pooling", "2x2 transposed conv"),
        *("crop, copy", "1x1 conv"),
    ]
    plain = figures.unet(PETS.replace(skip="none", up="bilinear"), 160, title="mine")
    key = [text.get_text() for text in plain.legends[0].get_texts()]
    assert "copy" not in key and "3x3 conv, BatchNorm, ReLU" in key
    assert plain.axes[0].get_title() == "mine"


def test_two_networks_at_one_scale():
    scale = ushape.scale_of(PAPER, 572)
    half = PAPER.replace(widths=(32, 64, 128, 256, 512))
    one, two = (rectangles(figures.unet(s, 572, scale)) for s in (PAPER, half))
    assert max(map(width, one)) == pytest.approx(2 * max(map(width, two)))
    assert max(map(height, one)) == pytest.approx(max(map(height, two)))


def test_a_size_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="nearest sizes that fit"):
        blueprint.unet(PAPER, 512)


@pytest.mark.parametrize("block", ["residual", "dense", "recurrent"])
def test_other_blocks_are_one_step(block):
    """What leaves a block is drawn; what goes on inside it is not."""
    spec = UNetSpec(widths=(4, 8, 16), block=block, skip="attention", norm="batch")
    maps = ushape.boxes(spec, 32)
    assert [(b.channels, b.side) for b in maps] == [
        *((3, 32), (4, 32), (4, 16), (8, 16), (8, 8), (16, 8)),
        *((16, 16), (8, 16), (8, 32), (4, 32), (1, 32)),
    ]
    figure = figures.unet(spec, 32)
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key[0].startswith(f"{block} block") and "gate, copy" in key
