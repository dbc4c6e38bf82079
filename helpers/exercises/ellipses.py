"""Checkers of the chapter "U-Net in action: ellipses"."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from helpers import scores
from helpers.exercises import NotYet, checker, is_number, right, your_turn
from helpers.spec import ELLIPSES, UNetSpec

LARGE, SMALL = 900, 100
"""Pixels of the two ellipses of the first exercise: one found, the other missed."""


@checker
def check_two_means(per_image: float, pooled: float) -> None:
    """Predict: the IoU of two images, one right throughout, one missed altogether.

    The first image has one ellipse of `LARGE` pixels, found exactly; the second one
    of `SMALL` pixels, missed, with nothing made up. per_image: the mean of the two
    images' IoU. pooled: the IoU of all pixels together. Raises NotYet with a hint.
    """
    if per_image is ... or pooled is ...:
        your_turn("put two numbers in place of the dots")
        return
    expected = {"per_image": 0.5, "pooled": LARGE / (LARGE + SMALL)}
    given = {"per_image": per_image, "pooled": pooled}
    for name, value in given.items():
        number = is_number(value)
        if not number or not 0 <= value <= 1:
            raise NotYet(f"{name} is {value!r}; an IoU is a number from 0 to 1")
    wrong = [name for name in expected if not _near(given[name], expected[name])]
    if not wrong:
        right("each image counts once per image; each pixel counts once pooled.")
        return
    if _near(per_image, expected["pooled"]) and _near(pooled, expected["per_image"]):
        raise NotYet("the two are swapped: which one lets a large ellipse weigh more?")
    if _near(pooled, 2 * LARGE / (2 * LARGE + SMALL)):
        raise NotYet(
            "pooled is the Dice coefficient: IoU counts what both share once, not twice"
        )
    if "per_image" in wrong:
        raise NotYet(
            "per_image: what is the IoU of the first image alone, and of the second? "
            "Take the mean of those two numbers"
        )
    if _near(pooled, expected["per_image"]):
        raise NotYet(
            "pooled: you took the mean of two scores. Add up the pixels first: the "
            "intersections of both images, then the unions, and divide once"
        )
    raise NotYet(
        "pooled: divide the pixels found by the pixels that are ellipse in the mask, "
        "in the prediction, or in both, over the two images together"
    )


@checker
def check_additive(spec: UNetSpec) -> None:
    """Change: `ELLIPSES` with skips that add, at the same number of parameters.

    Within one percent is the same; widths may change, nothing else but `skip`.
    Raises NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from ELLIPSES")
    if spec.skip == "concat":
        raise NotYet("the skips still concatenate; set the field `skip`")
    if spec.skip != "add":
        raise NotYet(f"skip={spec.skip!r} drops the skips; they should add")
    if spec.depth != ELLIPSES.depth:
        raise NotYet(
            f"the network now halves the image {spec.depth} times, before it was "
            f"{ELLIPSES.depth}; keep as many levels and change their widths"
        )
    kept = spec.replace(
        skip="concat", widths=ELLIPSES.widths, decoder_widths=ELLIPSES.decoder_widths
    )
    if kept != ELLIPSES:
        raise NotYet(
            "something else changed too; then nobody could say what the skips did. "
            "Start again from ELLIPSES.replace(...)"
        )
    wanted, found = ELLIPSES.parameters(), spec.parameters()
    if abs(found - wanted) > 0.01 * wanted:
        more = "few" if found < wanted else "many"
        raise NotYet(
            f"{found:,} parameters are too {more}; {wanted:,} are wanted, give or take "
            "one percent. `with_parameters` widens or narrows a spec"
        )
    right(f"{found:,} parameters, and the skips add.")


@checker
def check_image_iou(image_iou: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """Build: a function of a mask and a prediction (H, W) of 0 and 1 -> their IoU.

    It is nan where neither holds an ellipse. Tried on drawn cases, among them the
    empty ones. Raises NotYet with the case that failed.
    """
    if not callable(image_iou):
        raise NotYet("pass the function itself, without calling it")
    for name, mask, prediction in _cases():
        try:
            found = image_iou(mask.copy(), prediction.copy())
        except Exception as error:
            raise NotYet(f"{name}: your function raised {error!r}") from error
        if found is None or found is ...:
            your_turn("the function returns nothing yet")
            return
        if np.ndim(found):
            raise NotYet(f"{name}: it returned {found!r}; expected one number")
        _compare(name, float(found), mask, prediction)
    right("it agrees with the book's own score, on empty masks too.")


def _compare(name: str, found: float, mask: np.ndarray, prediction: np.ndarray) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    matrix = scores.confusion(mask, prediction, 1)
    wanted = scores.iou(matrix)[1]
    if math.isnan(wanted) and math.isnan(found):
        return
    if not math.isnan(wanted) and _near(found, wanted):
        return
    known = {
        "the share of right pixels; those that are 0 in both should not count": (
            scores.accuracy(matrix)
        ),
        "Dice; divide by the union, in which what both share counts once": (
            scores.dice(matrix)[1]
        ),
        "the IoU of the ground, of the pixels that are 0": scores.iou(matrix)[0],
        "the share of the mask that was found; what was made up has to cost, too": (
            matrix[1, 1] / max(matrix[1].sum(), 1)
        ),
        "the share of the prediction that is right; what was missed has to cost, too": (
            matrix[1, 1] / max(matrix[:, 1].sum(), 1)
        ),
    }
    if math.isnan(wanted):
        raise NotYet(
            f"{name}: it returned {found:g}, but 0 divided by 0 is no score: "
            "return float('nan')"
        )
    for mistake, value in known.items():
        if _near(found, value):
            raise NotYet(f"{name}: {found:.3f} is {mistake}")
    if math.isnan(found):
        raise NotYet(f"{name}: it returned nan, though an ellipse is there")
    raise NotYet(
        f"{name}: it returned {found:.4f}. Count the pixels that are 1 in both, and "
        "those that are 1 in either. Masks are uint8: 200 + 100 wraps round to 44"
    )


def _cases() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Named masks and predictions, uint8 of 0 and 1."""
    rng = np.random.default_rng(0)
    noise = (rng.random((2, 40, 48)) < 0.35).astype(np.uint8)
    empty, full = np.zeros((40, 48), np.uint8), np.ones((40, 48), np.uint8)
    small = empty.copy()
    small[5:12, 6:20] = 1
    moved = np.roll(small, 4, axis=1)
    return [
        ("two random masks", noise[0], noise[1]),
        ("an ellipse found four pixels off", small, moved),
        ("a prediction that covers everything", small, full),
        ("a prediction of nothing", small, empty),
        ("an empty mask, ellipses made up", empty, small),
        ("an empty mask, an empty prediction", empty, empty),
        ("a perfect prediction", noise[0], noise[0]),
    ]


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=5e-4)
