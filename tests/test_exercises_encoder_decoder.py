"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest
import torch

from helpers.exercises import NotYet
from helpers.exercises import encoder_decoder as exercises
from helpers.exercises.encoder_decoder import START


def test_reach_takes_the_solution(capsys):
    exercises.check_reach(14, 4)
    exercises.check_reach(14.0, 4.0)
    assert capsys.readouterr().out.count("Right: ") == 2


def test_the_field_is_what_a_gradient_shows():
    net = torch.nn.Sequential(
        *[torch.nn.Conv2d(1, 1, 3), torch.nn.Conv2d(1, 1, 3), torch.nn.AvgPool2d(2)],
        *[torch.nn.Conv2d(1, 1, 3), torch.nn.Conv2d(1, 1, 3)],
    )
    image = torch.rand(1, 1, 40, 40, requires_grad=True)
    net(image)[0, 0, 2, 2].backward()
    assert (image.grad[0, 0].abs().sum(0) > 0).sum() == 14


@pytest.mark.parametrize(
    ("pixels", "factor", "hint"),
    [
        pytest.param(9, 4, "no pooling", id="no stride"),
        pytest.param(10, 4, "two pixels of the image", id="pooling as a layer"),
        pytest.param(13, 4, "pooling itself adds", id="pooling forgotten"),
        pytest.param(18, 4, "pixel by pixel", id="doubled throughout"),
        pytest.param(28, 4, "doubles the steps", id="all doubled"),
        pytest.param(100, 4, "pixels: start at 1 pixel", id="far off"),
        pytest.param(14, 2, "theoretical field", id="linear"),
        pytest.param(14, 1.41, "other way round", id="the root"),
        pytest.param(14, 16, "square root", id="squared twice"),
        pytest.param("14", 4, "number above 0", id="a word"),
        pytest.param(14, float("nan"), "number above 0", id="nan"),
    ],
)
def test_reach_turns_away(pixels, factor, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_reach(pixels, factor)


DEEPER = START.replace(widths=(8, 16, 32, 32, 32))
TWICE = START.replace(convs=2)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(DEEPER.with_parameters(START.parameters()), id="one more level"),
        pytest.param(TWICE.with_parameters(48_000), id="two convolutions a level"),
        pytest.param(
            START.replace(widths=(2, 4, 8, 16, 32, 32)).with_parameters(47_000),
            id="two more levels",
        ),
    ],
)
def test_wider_view_takes_solutions(spec, capsys):
    exercises.check_wider_view(spec)
    assert f"{spec.parameters():,}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(START, "see 46 to 54 pixels", id="unchanged"),
        pytest.param(START.replace(widths=(8, 16, 64, 32)), "see 46", id="only wider"),
        pytest.param(TWICE, "more than the 48,057", id="too many weights"),
        pytest.param(
            START.replace(widths=(8, 16, 32, 64, 128)), "192,441", id="not narrowed"
        ),
        pytest.param(DEEPER.with_parameters(20_000), "nine tenths", id="too narrow"),
        pytest.param(
            DEEPER.with_parameters(48_000).replace(skip="concat"),
            "something else",
            id="skips",
        ),
        pytest.param(TWICE.replace(norm=None), "something else", id="no norm"),
        pytest.param({"convs": 2}, "not a UNetSpec", id="a dict"),
    ],
)
def test_wider_view_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_wider_view(spec)


def solution(weight, height, width):
    weight = weight.reshape(len(weight), -1, height, width)
    return weight.transpose(2, 3, 1, 0)


def with_moveaxis(weight, height, width):
    named = weight.reshape(len(weight), -1, height, width)
    return np.moveaxis(np.moveaxis(named, 0, -1), 0, 2)


@pytest.mark.parametrize("function", [solution, with_moveaxis])
def test_dense_kernel_takes_solutions(function, capsys):
    exercises.check_dense_kernel(function)
    assert capsys.readouterr().out.startswith("Right: ")


def transposed_only(weight, height, width):
    return weight.T.reshape(height, width, -1, len(weight))


def reshaped_only(weight, height, width):
    return weight.reshape(height, width, -1, len(weight))


def pytorch_layout(weight, height, width):
    return weight.reshape(len(weight), -1, height, width)


def channels_first(weight, height, width):
    return weight.reshape(len(weight), -1, height, width).transpose(1, 2, 3, 0)


def out_first(weight, height, width):
    return weight.reshape(len(weight), -1, height, width).transpose(0, 2, 3, 1)


def swapped(weight, height, width):
    return weight.reshape(len(weight), -1, height, width).transpose(3, 2, 1, 0)


def flipped(weight, height, width):
    return solution(weight, height, width)[::-1, ::-1]


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (transposed_only, "you read them as"),
        (reshaped_only, "moves no axis"),
        (pytorch_layout, "PyTorch's own"),
        (channels_first, "channels come third"),
        (out_first, "`out` comes last"),
        (swapped, "height comes before width"),
        (flipped, "numbers do not"),
        (lambda weight, height, width: weight.T, "still a matrix"),
        (lambda weight: weight, "raised TypeError"),
        (np.ones((3, 4, 2, 5)), "pass the function itself"),
    ],
)
def test_dense_kernel_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_dense_kernel(function)


def test_unanswered_exercises_let_the_chapter_go_on(capsys):
    exercises.check_reach(..., ...)
    exercises.check_wider_view(...)
    exercises.check_dense_kernel(lambda weight, height, width: ...)
    exercises.check_dense_kernel(lambda weight, height, width: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4
