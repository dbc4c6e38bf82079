"""Checkers of the chapter "Loss functions"."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from helpers.borders import W0, weight_map
from helpers.exercises import NotYet, checker, is_number, right, your_turn

SHARE = 0.09
"""Of the pixels that look alike in the first exercise, those that are object."""
GAP, WANTED = 10, 4.0
"""The second exercise: d1 + d2 in pixels, and the border term to reach there."""
APART = np.zeros((32, 48), int)
"""Two cells of 16x12 pixels, so far apart: (H, W), one number for each."""
APART[8:24, 6:18], APART[8:24, 17 + GAP : 29 + GAP] = 1, 2
_INSIDE, _MIDDLE, _ABOVE = (16, 12), (16, 22), (5, 22)  # pixels of that picture


@checker
def check_best_answers(cross_entropy: float, squares: float, dice: float) -> None:
    """Predict: the one probability that each loss likes best for alike pixels.

    All pixels of a large image look alike and `SHARE` of them are object; each loss
    is over the whole image, its epsilon next to nothing. squares: Dice with V-Net's
    squares. Raises NotYet with a hint.
    """
    given = {"cross_entropy": cross_entropy, "squares": squares, "dice": dice}
    if any(value is ... for value in given.values()):
        your_turn("put three numbers in place of the dots")
        return
    for name, value in given.items():
        number = is_number(value)
        if not number or not 0 <= value <= 1:
            raise NotYet(f"{name} is {value!r}; a probability lies from 0 to 1")
    expected = {"cross_entropy": SHARE, "squares": math.sqrt(SHARE), "dice": 1.0}
    wrong = [name for name in expected if not _near(given[name], expected[name])]
    if not wrong:
        right("only cross-entropy asks for the truth; Dice asks for a decision.")
        return
    name, value = wrong[0], given[wrong[0]]
    if name == "cross_entropy":
        if _near(value, 0):
            raise NotYet(
                "cross_entropy: 0 would be sure of it, and each object pixel would "
                "cost minus the logarithm of 0"
            )
        raise NotYet(
            "cross_entropy: it is least where p is the share of pixels that are "
            "object. Which share is that?"
        )
    if name == "squares":
        if _near(value, SHARE):
            raise NotYet(
                "squares: that is what cross-entropy wants. Maximize 2 p q / (p^2 + "
                "q) over p, with q the share"
            )
        if _near(value, 1):
            raise NotYet(
                "squares: that is what Dice wants without squares. With p^2 in the "
                "denominator a large p costs more: where is 2 p q / (p^2 + q) largest?"
            )
        raise NotYet(
            "squares: at the best p the derivative of 2 p q / (p^2 + q) is 0; solve "
            "p^2 + q = 2 p^2"
        )
    if _near(value, 0):
        raise NotYet(
            "dice: 0 shares nothing with the mask, so the loss is 1, its worst"
        )
    raise NotYet(
        "dice: 2 p q / (p + q) has no peak inside 0 to 1. Does it rise or fall?"
    )


@checker
def check_border_map(weights: np.ndarray) -> None:
    """Change: the paper's map with a wider border, for the cells of `APART`.

    Between them d1 + d2 is 10 pixels, and the border term is to be `WANTED` there,
    with w0 = 10 as in the paper and w_c = 1. Within two percent is right. Raises
    NotYet with a hint.
    """
    if weights is ...:
        your_turn("put a map in place of the dots")
        return
    if not isinstance(weights, np.ndarray) or weights.shape != APART.shape:
        raise NotYet(
            f"weights are {_kind(weights)}; pass the whole map of exercises.APART, "
            f"a NumPy array of shape {APART.shape}, as borders.weight_map gives it"
        )
    if not np.isfinite(weights).all():
        raise NotYet("the map holds values that are no finite numbers")
    middle, inside, above = (float(weights[at]) for at in (_MIDDLE, _INSIDE, _ABOVE))
    sigma = GAP / math.sqrt(2 * math.log(W0 / WANTED))
    wanted = weight_map(APART, W0, sigma, balance=False)
    if np.allclose(weights, wanted, rtol=0.02):
        before = float(weight_map(APART, balance=False)[_MIDDLE]) - 1
        right(
            f"{middle - 1:.2f} between the cells, where sigma = 5 gives {before:.2f}."
        )
    elif not math.isclose(inside, 1, rel_tol=0.001):
        raise NotYet(
            f"a cell's own pixels weigh {inside:.2f}, so w_c is not 1: leave the "
            "classes as they are with balance=False"
        )
    elif np.allclose(weights, weight_map(APART, balance=False), rtol=0.001):
        raise NotYet(
            f"that is the paper's own map: between the cells a pixel weighs "
            f"{middle:.2f}, 1 of w_c and {middle - 1:.2f} of the border term"
        )
    elif math.isclose(middle, WANTED, rel_tol=0.02):
        raise NotYet(
            f"between the cells a pixel weighs {middle:.2f}, of which 1 is w_c; the "
            f"border term alone is to be {WANTED:g}"
        )
    elif math.isclose(middle, 1 + WANTED, rel_tol=0.02):
        raise NotYet(
            f"{middle:.2f} between the cells is right, but above them a pixel weighs "
            f"{above:.2f}, and in the map asked for {wanted[_ABOVE]:.2f}: that is "
            "another height, not another width. Leave w0 at 10"
        )
    else:
        way = "wider" if middle < 1 + WANTED else "narrower"
        raise NotYet(
            f"between the cells a pixel weighs {middle:.2f}, of which 1 is w_c; the "
            f"border term is to be {WANTED:g}, so the border has to be {way}: solve "
            "10 exp(-10^2 / (2 sigma^2)) = 4 for sigma, or try"
        )


def _kind(value: object) -> str:
    """The type of a value, and its shape where it has one."""
    name, shape = type(value).__name__, getattr(value, "shape", None)
    return name if shape is None else f"{name} of shape {tuple(shape)}"


@checker
def check_dice_loss(dice_loss: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """Build: the Dice loss of probabilities and masks, both (N, H, W), per image.

    With an epsilon of 1 above and below, a mean over images, and safe for float16.
    Raises NotYet with the case that failed.
    """
    if not callable(dice_loss):
        raise NotYet("pass the function itself, without calling it")
    for name, p, g in _cases():
        try:
            with np.errstate(all="ignore"):
                found = dice_loss(p.copy(), g.copy())
        except Exception as error:
            raise NotYet(f"{name}: your function raised {error!r}") from error
        if found is None or found is ...:
            your_turn("the function returns nothing yet")
            return
        if np.ndim(found):
            raise NotYet(
                f"{name}: it returned the shape {np.shape(found)}; expected one "
                "number, the mean over the images"
            )
        _compare(name, float(found), p.astype(np.float64), g.astype(np.float64))
    right("it agrees with the book's own, on empty masks and in half precision.")


def _compare(name: str, found: float, p: np.ndarray, g: np.ndarray) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    wanted = _dice(p, g)
    if _near(found, wanted):
        return
    if p.max() * p[0].size > np.finfo(np.float16).max and not math.isfinite(found):
        raise NotYet(
            f"{name}: it returned {found}. float16 ends at 65504, and the sum is "
            "larger; convert before you add up"
        )
    mistakes = {
        "the Dice coefficient; the loss is 1 minus it": 1 - wanted,
        "Dice over the whole batch; sum over each image, then take the mean": (
            _dice(p[None], g[None], axes=(1, 2, 3))
        ),
        "what you get with epsilon in the denominator alone": _dice(p, g, above=0),
        "what you get without the 2 in the numerator": _dice(p, g, factor=1),
        "V-Net's, with squares in the denominator; here without": _dice(p, g, power=2),
        "what a decision at 0.5 gives; keep the probabilities, they have slopes": (
            _dice((p > 0.5).astype(float), g)
        ),
        "IoU; Dice divides by sum p + sum g, where what both share counts twice": (
            _iou(p, g)
        ),
    }
    if math.isnan(found):
        raise NotYet(f"{name}: 0 divided by 0; put epsilon above and below")
    for mistake, value in mistakes.items():
        if _near(found, value):
            raise NotYet(f"{name}: {found:.4f} is {mistake}")
    hint = "sum p, sum g and sum p g over each image, epsilon 1 above and below"
    if np.abs(p).sum() > 2048:
        hint += "; float16 has but 11 bits, convert before you multiply and add"
    raise NotYet(f"{name}: it returned {found:.4f}, expected {wanted:.4f}: {hint}")


def _dice(p, g, axes=(1, 2), above=1.0, factor=2.0, power=1) -> float:
    total = (p**power).sum(axes) + g.sum(axes)
    return float((1 - (factor * (p * g).sum(axes) + above) / (total + 1)).mean())


def _iou(p, g) -> float:
    both = (p * g).sum((1, 2))
    either = p.sum((1, 2)) + g.sum((1, 2)) - both
    return float((1 - (both + 1) / (either + 1)).mean())


def _cases() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Named probabilities (N, H, W) and masks of 0 and 1, uint8."""
    rng = np.random.default_rng(0)
    p = rng.random((2, 12, 16)).astype(np.float32)
    g = np.zeros((2, 12, 16), np.uint8)
    g[0, 2:11, 3:14], g[1, 5:7, 5:8] = 1, 1
    empty = np.zeros((1, 12, 16), np.uint8)
    large = np.ones((1, 300, 300), np.uint8)
    return [
        ("a large and a small object", p, g),
        ("an empty mask, predicted empty", empty.astype(np.float32), empty),
        ("300 x 300 pixels in float16", large.astype(np.float16), large),
    ]


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=5e-4)
