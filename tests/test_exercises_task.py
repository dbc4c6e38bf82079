"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest
from skimage.measure import regionprops

from helpers.exercises import NotYet
from helpers.exercises import task as exercises
from helpers.sliding import Patches

WAYS = ("patches", "everywhere")


def test_shifted_takes_the_solution(capsys):
    exercises.check_shifted(0.6, 0.75, 0.98)
    exercises.check_shifted(300 / 500, 300 / 400, 1 - 200 / 10_000)
    assert capsys.readouterr().out.count("Right: ") == 2


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param((0.75, 0.6, 0.98), "swapped", id="swapped"),
        pytest.param(
            (0.75, 0.75, 0.98),
            "iou_of_square: that is the Dice coefficient",
            id="Dice for IoU",
        ),
        pytest.param(
            (0.6, 0.6, 0.98), "dice_of_square: that is the IoU", id="IoU twice"
        ),
        pytest.param((0.6, 0.75, 0.99), "both are wrong answers", id="missed only"),
        pytest.param((0.6, 0.75, 0.75), "over all pixels", id="inside only"),
        pytest.param((0.6, 0.75, 0.96), "answering nothing", id="nothing"),
        pytest.param((0.5, 0.75, 0.98), "draw the two squares", id="a guess"),
        pytest.param((60, 75, 98), "from 0 to 1", id="percent"),
        pytest.param((0.6, "high", 0.98), "from 0 to 1", id="a word"),
        pytest.param((float("nan"), 0.75, 0.98), "from 0 to 1", id="nan"),
    ],
)
def test_shifted_turns_away(answer, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_shifted(*answer)


@pytest.mark.parametrize("layout", [Patches(dense=6), Patches(kernel=8, dense=3)])
def test_window_takes_every_solution(layout, capsys):
    exercises.check_window(layout)
    assert capsys.readouterr().out.startswith("Right: ")


def test_the_wider_window_gains_hardly_more():
    gains = []
    for dense in (4, 6):
        work = [sum(Patches(dense=dense).costs(512, how).values()) for how in WAYS]
        gains.append(round(work[0] / work[1]))
    assert gains == [30, 31]


@pytest.mark.parametrize(
    ("layout", "hint"),
    [
        pytest.param(Patches(), "still 25", id="unchanged"),
        pytest.param(Patches(widths=(16, 32)), "does not depend on them", id="wider"),
        pytest.param(
            Patches(dense=6, hidden=64), "does not depend on them", id="more units"
        ),
        pytest.param(Patches(dense=5), "29 pixels is too narrow", id="one too few"),
        pytest.param(Patches(dense=12), "57 pixels is too wide", id="8 at the end"),
        pytest.param(Patches(kernel=12), "49 pixels is too wide", id="8 on the kernel"),
        pytest.param(33, "int is not a Patches", id="a number"),
    ],
)
def test_window_turns_away(layout, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_window(layout)


def solution(mask):
    if not mask.any():
        return None
    rows, columns = np.nonzero(mask)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def of_scikit_image(mask):
    found = regionprops(mask)
    return list(found[0].bbox) if found else None


@pytest.mark.parametrize("function", [solution, of_scikit_image])
def test_box_takes_the_solution(function, capsys):
    exercises.check_box(function)
    assert capsys.readouterr().out.startswith("Right: ")


def swapped(mask):
    found = solution(mask)
    return found and (found[1], found[0], found[3], found[2])


def ends_included(mask):
    found = solution(mask)
    return found and (*found[:2], found[2] - 1, found[3] - 1)


def sizes(mask):
    found = solution(mask)
    return found and (*found[:2], found[2] - found[0], found[3] - found[1])


def as_detectors_do(mask):
    top, left, bottom, right = solution(mask)
    return left, top, bottom - top, right - left


def largest_part(mask):
    found = solution(mask)
    if found and not mask[found[0] : found[2], found[1]].any():
        return found
    return found and solution(mask * (np.arange(len(mask)) < 12)[:, None])


def whole(mask):
    return 0, 0, *mask.shape


def forgets_empty(mask):
    rows, columns = np.nonzero(mask)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def zeros_for_empty(mask):
    return solution(mask) or (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (swapped, "rows and columns are swapped"),
        (ends_included, "add 1"),
        (sizes, "height and width at the end"),
        (as_detectors_do, "the detector's x, y"),
        (largest_part, "a single pixel|two parts of one object"),
        (whole, "the whole image"),
        (forgets_empty, "an empty mask: your function raised"),
        (zeros_for_empty, "no object, no box: None"),
        (lambda mask: None, "though something is there"),
        (lambda mask: mask.sum(), "expected four numbers"),
        ((4, 8, 11, 33), "pass the function itself"),
    ],
)
def test_box_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_box(function)


def test_unanswered_exercises_let_the_chapter_go_on(capsys):
    exercises.check_shifted(..., ..., ...)
    exercises.check_window(...)
    exercises.check_box(lambda mask: ...)
    assert capsys.readouterr().out.count("Your turn: ") == 3
