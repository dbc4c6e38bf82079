"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest

from helpers.exercises import NotYet
from helpers.exercises import skips as exercises
from helpers.spec import ELLIPSES

NONE = ELLIPSES.replace(skip="none")


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_ways_takes_the_solution(kind, capsys):
    exercises.check_ways(kind(22), kind(4))
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    ("without_skips", "with_skips", "hint"),
    [
        pytest.param(4, 22, "swapped", id="swapped"),
        pytest.param(
            23, 4, "without_skips: leave out the first", id="the first counted"
        ),
        pytest.param(18, 4, "transposed convolutions", id="no transposed ones"),
        pytest.param(21, 4, "1x1 convolution before the logits", id="no head"),
        pytest.param(22, 5, "with_skips: leave out the first", id="first, with skips"),
        pytest.param(22, 3, "one is missing", id="no head, with skips"),
        pytest.param(22, 22, "take the skip at the top", id="the long way twice"),
        pytest.param(22, 9, "figure 1 of the paper", id="another number"),
        pytest.param(22.0, 4, "count convolutions", id="a fraction"),
        pytest.param(22, True, "count convolutions", id="a yes"),
        pytest.param(22, np.True_, "count convolutions", id="numpy's yes"),
        pytest.param(np.float64(22), 4, "count convolutions", id="numpy's fraction"),
        pytest.param(np.int64(4), np.int64(22), "swapped", id="numpy's, swapped"),
    ],
)
def test_ways_turns_away(without_skips, with_skips, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_ways(without_skips, with_skips)


@pytest.mark.parametrize(
    "change", [{"norm": "batch"}, {"init": "he"}, {"init": "glorot"}], ids=str
)
def test_revived_takes_each_solution(change, capsys):
    exercises.check_revived(NONE.replace(**change))
    assert f"Right: {next(iter(change))} makes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(
            ELLIPSES.replace(norm="batch"), "brings the skips back", id="skips"
        ),
        pytest.param(NONE, "nothing but `skip` changed", id="unchanged"),
        pytest.param(
            NONE.replace(norm="batch", init="he"),
            "init and norm|norm and init",
            id="two",
        ),
        pytest.param(
            NONE.replace(widths=(16, 32), decoder_widths=(16,)),
            "1 levels are another network",
            id="shallow",
        ),
        pytest.param(
            NONE.replace(bottom_relu=True), "bottom_relu=True .* wanted 100", id="relu"
        ),
        pytest.param(
            NONE.replace(widths=(16, 32, 64, 128)), "widths=.* wanted 100", id="wider"
        ),
        pytest.param("norm", "str is not a UNetSpec", id="a word"),
    ],
)
def test_revived_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_revived(spec)


def folded(kernel, bias, mean):
    seen, rest = np.split(kernel, [len(mean)], axis=2)
    return rest, bias + np.tensordot(mean, seen.sum((0, 1)), 1)


def by_loops(kernel, bias, mean):
    bias = bias.copy()
    for channel, value in enumerate(mean):
        for y in range(3):
            for x in range(3):
                bias += value * kernel[y, x, channel]
    return [kernel[:, :, len(mean) :], bias]


@pytest.mark.parametrize("solution", [folded, by_loops])
def test_folded_takes_solutions(solution, capsys):
    exercises.check_folded(solution)
    assert capsys.readouterr().out.startswith("Right: ")


def with_bias(change):
    def fold(kernel, bias, mean):
        n = len(mean)
        return kernel[:, :, n:], change(kernel[:, :, :n], bias, mean)

    return fold


@pytest.mark.parametrize(
    ("fold", "hint"),
    [
        pytest.param(
            with_bias(lambda k, b, m: b), "fills the skip with zeros", id="zeros"
        ),
        pytest.param(
            with_bias(lambda k, b, m: b + np.tensordot(m, k.mean((0, 1)), 1)),
            "you took their mean",
            id="mean of the taps",
        ),
        pytest.param(
            with_bias(lambda k, b, m: b + m @ k[1, 1]),
            "only the middle tap",
            id="middle tap",
        ),
        pytest.param(
            with_bias(lambda k, b, m: b + k.sum((0, 1, 2)) * m.mean()),
            "its own mean",
            id="one mean for all channels",
        ),
        pytest.param(
            with_bias(lambda k, b, m: m @ k.sum((0, 1))),
            "keep what was there",
            id="bias replaced",
        ),
        pytest.param(
            with_bias(lambda k, b, m: b - m @ k.sum((0, 1))),
            "not taken off",
            id="sign",
        ),
        pytest.param(
            with_bias(lambda k, b, m: b + 1), "a constant channel adds", id="a guess"
        ),
        pytest.param(
            with_bias(lambda k, b, m: b.sum()), r"bias has shape \(\)", id="bias summed"
        ),
        pytest.param(
            lambda k, b, m: (k[:, :, -len(m) :], b),
            "the kernel has shape",
            id="as many channels as the skip",
        ),
        pytest.param(
            lambda k, b, m: (k[:, :, : -len(m)], b),
            "the skip's come first",
            id="skip last",
        ),
        pytest.param(
            lambda k, b, m: (k, b), "the skip's channels are gone", id="unchanged"
        ),
        pytest.param(lambda k, b, m: k, "return two things", id="kernel alone"),
        pytest.param(
            lambda k, b: (k, b), "your function raised TypeError", id="two arguments"
        ),
        pytest.param(3, "pass the function itself", id="a number"),
    ],
)
def test_folded_turns_away(fold, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_folded(fold)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_ways(..., ...)
    exercises.check_revived(...)
    exercises.check_folded(lambda kernel, bias, mean: ...)
    exercises.check_folded(lambda kernel, bias, mean: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4
