"""Checkers of the chapter "The task"."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from helpers import boxes
from helpers.exercises import NotYet, checker, is_number, right, your_turn
from helpers.sliding import Patches

IMAGE, SIDE, MOVED = 100, 20, 5
"""Sides of the image and of the square of the first exercise, and its shift, pixels."""
WINDOW = 33
"""Side of the window that the second exercise asks for."""


@checker
def check_shifted(iou_of_square: float, dice_of_square: float, accuracy: float) -> None:
    """Predict: a square of `SIDE` pixels found `MOVED` pixels too far to the right.

    The image is `IMAGE` pixels wide and high and holds nothing else. Raises NotYet
    with a hint.
    """
    given = {"iou_of_square": iou_of_square, "dice_of_square": dice_of_square}
    given["accuracy"] = accuracy
    if any(value is ... for value in given.values()):
        your_turn("put three numbers in place of the dots")
        return
    for name, value in given.items():
        number = is_number(value)
        if not number or not 0 <= value <= 1:
            raise NotYet(f"{name} is {value!r}; it is a number from 0 to 1")
    shared = SIDE * (SIDE - MOVED)
    missed = SIDE * MOVED  # as many are made up
    wanted = {
        "iou_of_square": shared / (shared + 2 * missed),
        "dice_of_square": shared / (shared + missed),
        "accuracy": 1 - 2 * missed / IMAGE**2,
    }
    wrong = [name for name in wanted if not _near(given[name], wanted[name])]
    if not wrong:
        right("a quarter of the square is missed, and accuracy loses 2 points.")
        return
    if _near(iou_of_square, wanted["dice_of_square"]) and _near(
        dice_of_square, wanted["iou_of_square"]
    ):
        raise NotYet(
            "iou_of_square and dice_of_square are swapped: which of the two is never "
            "the lower?"
        )
    hints = {
        "iou_of_square": {
            wanted["dice_of_square"]: "that is the Dice coefficient, and the share of "
            "the square that was found; the union counts what is shared once, and "
            "what was made up as well",
        },
        "dice_of_square": {
            wanted["iou_of_square"]: "that is the IoU; D = 2 J / (1 + J)",
        },
        "accuracy": {
            1 - missed / IMAGE**2: "you counted the missed pixels or the made-up "
            "ones; both are wrong answers",
            shared / SIDE**2: "that looks at the square alone; accuracy is over all "
            "pixels of the image",
            1 - SIDE**2 / IMAGE**2: "that is the accuracy of answering nothing",
        },
    }
    name = wrong[0]
    for value, hint in hints[name].items():
        if _near(given[name], value):
            raise NotYet(f"{name}: {hint}")
    raise NotYet(
        f"{name}: draw the two squares. How many of their pixels are shared, missed, "
        "made up? Then put the three counts into the formula"
    )


@checker
def check_window(layout: Patches) -> None:
    """Change: a classifier whose window is `WINDOW` pixels wide.

    Everything but the kernel and the first dense layer's side stays as in
    `Patches()`. Raises NotYet with a hint.
    """
    if layout is ...:
        your_turn("put a layout in place of the dots")
        return
    if not isinstance(layout, Patches):
        raise NotYet(f"{type(layout).__name__} is not a Patches; start from Patches()")
    start = Patches()
    kept = layout.replace(kernel=start.kernel, dense=start.dense)
    if kept != start:
        raise NotYet(
            "channels, units or classes changed, too; they cost time, but the window "
            "does not depend on them. Start again from Patches()"
        )
    if layout.window == start.window:
        raise NotYet(f"the window is still {start.window} pixels wide")
    if layout.window != WINDOW:
        more = "narrow" if layout.window < WINDOW else "wide"
        raise NotYet(
            f"a window of {layout.window} pixels is too {more}. Walk back from the "
            "first dense layer: a pooling doubles the side, a convolution adds "
            "kernel - 1"
        )
    right(f"the window is {WINDOW} pixels wide.")


@checker
def check_box(box_around: Callable[[np.ndarray], tuple]) -> None:
    """Build: a mask (H, W) of 0 and 1 -> top, left, bottom, right, ends excluded.

    None for an empty mask. Tried on drawn cases. Raises NotYet with the case that
    failed.
    """
    if not callable(box_around):
        raise NotYet("pass the function itself, without calling it")
    for name, mask in _masks():
        try:
            found = box_around(mask.copy())
        except Exception as error:
            raise NotYet(f"{name}: your function raised {error!r}") from error
        if found is ...:
            your_turn("the function returns nothing yet")
            return
        _compare(name, mask, found)
    right("it agrees with the book's own box on every mask.")


def _compare(name: str, mask: np.ndarray, found: object) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    if not mask.any():
        if found is not None:
            raise NotYet(f"{name}: it returned {found!r}; no object, no box: None")
        return
    if found is None:
        raise NotYet(f"{name}: it returned None, though something is there")
    if np.shape(found) != (4,):
        raise NotYet(f"{name}: it returned {found!r}; expected four numbers")
    found = tuple(float(v) for v in found)
    top, left, bottom, right = wanted = tuple(boxes.around(mask))
    if found == wanted:
        return
    known = {
        "rows and columns are swapped; a box starts with its top": (
            left, top, right, bottom,
        ),
        "the last row and column are left out; the ends are excluded, so add 1": (
            top, left, bottom - 1, right - 1,
        ),
        "these are height and width at the end; bottom and right are asked for": (
            top, left, bottom - top, right - left,
        ),
        "this is the detector's x, y, height, width; put it as top, left, bottom, "
        "right": (left, top, bottom - top, right - left),
        "this is the whole image; where are the ones?": (0, 0, *mask.shape),
    }  # fmt: skip
    for mistake, value in known.items():
        if found == value:
            raise NotYet(f"{name}: {mistake}")
    raise NotYet(
        f"{name}: it returned {tuple(f'{v:g}' for v in found)}. Which rows hold a "
        "one, and which columns? Take the first of each, and the last of each plus 1"
    )


def _masks() -> list[tuple[str, np.ndarray]]:
    """Named masks, uint8 of 0 and 1; the first has no symmetry."""
    block, dot, two, ring = (np.zeros((30, 40), np.uint8) for _ in range(4))
    block[4:11, 8:33] = 1
    dot[21, 7] = 1
    two[2:5, 30:34] = two[20:26, 3:9] = 1
    ring[5:25, 5:30] = 1
    ring[8:20, 9:25] = 0
    return [
        ("a block", block),
        ("a single pixel", dot),
        ("two parts of one object", two),
        ("a ring", ring),
        ("a mask that fills the image", np.ones((30, 40), np.uint8)),
        ("an empty mask", np.zeros((30, 40), np.uint8)),
    ]


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=5e-4)
