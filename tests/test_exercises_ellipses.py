"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest

from helpers.exercises import NotYet
from helpers.exercises import ellipses as exercises
from helpers.spec import ELLIPSES


def test_two_means_takes_the_solution(capsys):
    exercises.check_two_means(0.5, 0.9)
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    ("per_image", "pooled", "hint"),
    [
        pytest.param(0.9, 0.5, "swapped", id="swapped"),
        pytest.param(0.5, 0.5, "mean of two scores", id="one mean for both"),
        pytest.param(0.5, 1800 / 1900, "Dice", id="Dice"),
        pytest.param(0.9, 0.9, "first image alone", id="pooled for both"),
        pytest.param(0.5, 0.1, "divide the pixels found", id="the share missed"),
        pytest.param(50, 90, "from 0 to 1", id="percent"),
        pytest.param("half", 0.9, "from 0 to 1", id="a word"),
        pytest.param(float("nan"), 0.9, "from 0 to 1", id="nan"),
    ],
)
def test_two_means_turns_away(per_image, pooled, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_two_means(per_image, pooled)


def test_additive_takes_the_solution(capsys):
    added = ELLIPSES.replace(skip="add").with_parameters(ELLIPSES.parameters())
    exercises.check_additive(added)
    assert f"{added.parameters():,}" in capsys.readouterr().out


NONE = ELLIPSES.replace(skip="none")
ADD = ELLIPSES.replace(skip="add")


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(ELLIPSES, "still concatenate", id="unchanged"),
        pytest.param(ADD, "134,433 parameters are too few", id="not widened"),
        pytest.param(
            NONE.with_parameters(ELLIPSES.parameters()), "drops the skips", id="none"
        ),
        pytest.param(ADD.with_parameters(300_000), "too many", id="too wide"),
        pytest.param(
            ADD.replace(widths=(16, 32, 64, 64, 64), decoder_widths=None),
            "halves the image 4 times",
            id="deeper",
        ),
        pytest.param(
            ADD.replace(up="transpose").with_parameters(159_777),
            "something else changed",
            id="other upsampling",
        ),
        pytest.param({"skip": "add"}, "not a UNetSpec", id="a dict"),
    ],
)
def test_additive_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_additive(spec)


def solution(mask, prediction):
    both = np.logical_and(mask, prediction).sum()
    either = np.logical_or(mask, prediction).sum()
    return both / either if either else float("nan")


def test_image_iou_takes_the_solution(capsys):
    exercises.check_image_iou(solution)
    assert capsys.readouterr().out.startswith("Right: ")


def accuracy(mask, prediction):
    return (mask == prediction).mean()


def dice(mask, prediction):
    return 2 * (mask & prediction).sum() / (mask.sum() + prediction.sum())


def recall(mask, prediction):
    return (mask & prediction).sum() / mask.sum()


def precision(mask, prediction):
    return (mask & prediction).sum() / max(prediction.sum(), 1)


def zero_for_empty(mask, prediction):
    return (mask & prediction).sum() / max((mask | prediction).sum(), 1)


def one_for_empty(mask, prediction):
    either = (mask | prediction).sum()
    return (mask & prediction).sum() / either if either else 1.0


def smoothed(mask, prediction):
    return ((mask & prediction).sum() + 1) / ((mask | prediction).sum() + 1)


def ground(mask, prediction):
    return solution(1 - mask, 1 - prediction)


def counted_twice(mask, prediction):
    both = (mask & prediction).sum()
    return both / (mask.sum() + prediction.sum())


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (accuracy, "share of right pixels"),
        (dice, "Dice"),
        (recall, "share of the mask that was found"),
        (precision, "share of the prediction that is right"),
        (zero_for_empty, "empty mask, an empty prediction: it returned 0, but 0 div"),
        (one_for_empty, "it returned 1, but 0 divided by 0"),
        (smoothed, "pixels that are 1 in both"),
        (ground, "IoU of the ground"),
        (counted_twice, "pixels that are 1 in both"),
        (lambda mask, prediction: mask & prediction, "expected one number"),
        (lambda mask: 1.0, "your function raised TypeError"),
        (0.5, "pass the function itself"),
    ],
)
def test_image_iou_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_image_iou(function)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_two_means(..., ...)
    exercises.check_additive(...)
    exercises.check_image_iou(lambda mask, prediction: ...)
    exercises.check_image_iou(lambda mask, prediction: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4


def test_a_hint_comes_without_a_traceback():
    assert NotYet("look there")._render_traceback_() == ["Not yet: look there"]
