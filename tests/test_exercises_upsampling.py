"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest
import torch

from helpers.exercises import NotYet
from helpers.exercises import upsampling as exercises
from helpers.spec import LIGHT_PETS


def test_overlap_takes_the_solution(capsys):
    exercises.check_overlap(1, 4)
    exercises.check_overlap(np.int64(1), np.int64(4))
    assert capsys.readouterr().out.count("Right: ") == 2


@pytest.mark.parametrize(
    ("fewest", "most", "hint"),
    [
        pytest.param(1, 2, "along one side", id="one side"),
        pytest.param(4, 1, "swapped", id="swapped"),
        pytest.param(4, 4, "if the stride 3 divided", id="even"),
        pytest.param(0, 4, "leaves no pixel out", id="gaps"),
        pytest.param(1, 25, "25 weights", id="every weight"),
        pytest.param(2, 3, "square the counts", id="a guess"),
        pytest.param(1.5, 4, "no count", id="a mean"),
        pytest.param("one", 4, "no count", id="a word"),
    ],
)
def test_overlap_turns_away(fewest, most, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_overlap(fewest, most)


PLACES = LIGHT_PETS.replace(up="unpool", skip="none")
SOLUTION = PLACES.with_parameters(LIGHT_PETS.parameters())


def test_places_only_takes_the_solution(capsys):
    exercises.check_places_only(SOLUTION)
    by_hand = PLACES.replace(widths=SOLUTION.widths)
    exercises.check_places_only(by_hand)
    assert capsys.readouterr().out.count(f"{SOLUTION.parameters():,}") == 2


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(LIGHT_PETS, "does not use the places", id="unchanged"),
        pytest.param(
            LIGHT_PETS.replace(up="unpool"), "features themselves", id="with skips"
        ),
        pytest.param(SOLUTION.replace(skip="add"), "features themselves", id="adding"),
        pytest.param(PLACES, "too many", id="as wide as before"),
        pytest.param(PLACES.with_parameters(900_000), "too few", id="too narrow"),
        pytest.param(
            PLACES.replace(widths=(16, 32, 64, 128)), "halves the image 3", id="shallow"
        ),
        pytest.param(SOLUTION.replace(norm=None), "something else", id="no BatchNorm"),
        pytest.param({"up": "unpool"}, "not a UNetSpec", id="a dict"),
    ],
)
def test_places_only_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_places_only(spec)


def stamped(x, kernel, stride):
    k = len(kernel)
    out = np.zeros([(side - 1) * stride + k for side in x.shape])
    for i, j in np.ndindex(*x.shape):
        row, column = i * stride, j * stride
        out[row : row + k, column : column + k] += x[i, j] * kernel
    return out


def by_pytorch(x, kernel, stride):
    """What PyTorch makes of it, which is what the checker has to agree with."""
    tensors = (torch.from_numpy(a)[None, None] for a in (x, kernel))
    return torch.nn.functional.conv_transpose2d(*tensors, stride=stride)[0, 0].numpy()


@pytest.mark.parametrize("function", [stamped, by_pytorch])
def test_transposed_takes_the_solution(function, capsys):
    exercises.check_transposed(function)
    assert capsys.readouterr().out.startswith("Right: ")


def replaced(x, kernel, stride):
    k = len(kernel)
    out = np.zeros([(side - 1) * stride + k for side in x.shape])
    for i, j in np.ndindex(*x.shape):
        row, column = i * stride, j * stride
        out[row : row + k, column : column + k] = x[i, j] * kernel
    return out


def turned(x, kernel, stride):
    return stamped(x, kernel[::-1, ::-1], stride)


def swapped(x, kernel, stride):
    return stamped(x, kernel.T, stride)


def cut(x, kernel, stride):
    height, width = (side * stride for side in x.shape)
    out = np.zeros((height, width))
    whole = stamped(x, kernel, stride)[:height, :width]
    out[: whole.shape[0], : whole.shape[1]] = whole
    return out


def normalized(x, kernel, stride):
    return stamped(x, kernel, stride) / kernel.sum()


def nearest(x, kernel, stride):
    return x.repeat(stride, 0).repeat(stride, 1)


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (replaced, "right where one copy lies and wrong where two meet"),
        (turned, "stands on its head"),
        (swapped, "rows and columns of the kernel"),
        (cut, "nothing should be cut off"),
        (normalized, "the sum of the result"),
        (nearest, "the sum of the result|shape"),
        (lambda x, kernel: x, "your function raised TypeError"),
        (np.ones((3, 3)), "pass the function itself"),
    ],
)
def test_transposed_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_transposed(function)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_overlap(..., ...)
    exercises.check_places_only(...)
    exercises.check_transposed(lambda x, kernel, stride: ...)
    exercises.check_transposed(lambda x, kernel, stride: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4
