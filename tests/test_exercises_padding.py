"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import pytest

from helpers.exercises import NotYet
from helpers.exercises import padding as exercises
from helpers.spec import ELLIPSES


def test_tile_takes_the_solution(capsys):
    exercises.check_tile(516, 512)
    assert capsys.readouterr().out.startswith("Right: 516")


@pytest.mark.parametrize(
    ("output", "step", "hint"),
    [
        pytest.param(700, 688, "takes two pixels", id="same padding"),
        pytest.param(664, 656, "below a pooling", id="every pixel counts one"),
        pytest.param(608, 608, "at one edge", id="one edge"),
        pytest.param(475, 464, "How much does", id="a share of the side"),
        pytest.param(516, 516, "other pixels", id="side by side"),
        pytest.param(516, 500, "pooling grid", id="off the grid"),
        pytest.param(516, 528, "gap", id="too far"),
        pytest.param(516, 496, "a larger one", id="too near"),
        pytest.param(516.0, 512, "whole numbers", id="a fraction"),
    ],
)
def test_tile_turns_away(output, step, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_tile(output, step)


VALID = ELLIPSES.replace(padding="valid")
EXACT = VALID.replace(up="transpose")


@pytest.mark.parametrize("up", ["transpose", "nearest", "shuffle"])
@pytest.mark.parametrize("more", [0, 5])
def test_exact_takes_the_solutions(up, more, capsys):
    spec = VALID.replace(up=up)
    tile = next(n for n in spec.valid_sizes(number=9) if spec.output_size(n) >= 8)
    exercises.check_exact(spec, tile + 8 * more)
    assert capsys.readouterr().out.startswith(f"Right: up={up!r}")


@pytest.mark.parametrize(
    ("spec", "tile", "hint"),
    [
        pytest.param(ELLIPSES, 64, "into its output", id="unchanged"),
        pytest.param(VALID, 100, "bilinear interpolation", id="still bilinear"),
        pytest.param(EXACT.replace(skip="add"), 100, "something else", id="skips"),
        pytest.param(EXACT.replace(convs=2), 100, "something else", id="convs"),
        pytest.param(EXACT, 101, "sizes that do are", id="odd"),
        pytest.param(EXACT, 46, "less than a step", id="too small to repeat"),
        pytest.param(EXACT, 54.0, "whole number", id="a fraction"),
        pytest.param({"padding": "valid"}, 54, "not a UNetSpec", id="a dict"),
    ],
)
def test_exact_turns_away(spec, tile, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_exact(spec, tile)


def solution(whole, out, grid):
    step = out // grid * grid
    return [*range(0, whole - out, step), whole - out]


def even(whole, out, grid):
    """As few tiles, spread more evenly."""
    number = -(-(whole - out) // (out // grid * grid))
    return [
        round((whole - out) / grid * k / max(number, 1)) * grid
        for k in range(number + 1)
    ]


@pytest.mark.parametrize("answer", [solution, even])
def test_starts_takes_solutions(answer, capsys):
    exercises.check_starts(answer)
    assert capsys.readouterr().out.startswith("Right: ")


def side_by_side(whole, out, grid):
    return [*range(0, whole - out, out), whole - out]


def beyond(whole, out, grid):
    return list(range(0, whole, out // grid * grid))


def no_last(whole, out, grid):
    return list(range(0, whole - out + 1, out // grid * grid))


def every_pixel_of_the_grid(whole, out, grid):
    return list(range(0, whole - out + 1, grid))


def two(whole, out, grid):
    return sorted({0, whole - out})


def needs_four(whole, out, grid, border):
    return [0]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param(side_by_side, "off the pooling grid", id="side by side"),
        pytest.param(beyond, "outside", id="beyond the image"),
        pytest.param(no_last, "there is no tile", id="the last one forgotten"),
        pytest.param(every_pixel_of_the_grid, "step farther", id="too many"),
        pytest.param(two, "a gap before", id="only two"),
        pytest.param(lambda *_: [16], "begins at 0", id="not from the start"),
        pytest.param(needs_four, "raised TypeError", id="other arguments"),
        pytest.param([0, 384], "the function itself", id="a list"),
    ],
)
def test_starts_turns_away(answer, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_starts(answer)


def test_open_answers_go_on(capsys):
    exercises.check_tile(..., ...)
    exercises.check_exact(..., ...)
    exercises.check_starts(lambda whole, out, grid: ...)
    assert capsys.readouterr().out.count("Your turn: ") == 3
