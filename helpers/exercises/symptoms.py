"""Checkers of the chapter "Symptoms and causes"."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from helpers.exercises import NotYet, checker, is_number, right, your_turn

QUARTER, CLASSES = 0.25, 4
"""The first exercise: the share of the object, and the classes of the softmax."""
SHARES = (0.28, 0.595, 0.125)
"""The second exercise: how many of the pixels are pet, background and border."""
NAMES = ("pet", "background", "border")
CAUSES = ("masks", "constant", "relu", "twice", "fine")
"""What `diagnose` may answer, in the third exercise."""


@checker
def check_numbers(dice: float, floor: float) -> None:
    """Predict: two numbers that give a fault away.

    dice: of a network that says object everywhere, surely, on masks of 0 and 255 with
    a share `QUARTER` of object: 2 sum(p g) / (sum p + sum g). floor: the least
    cross-entropy, in nats, of a softmax over `CLASSES` classes taken twice. Within
    0.005 is right. Raises NotYet with a hint.
    """
    given = {"dice": dice, "floor": floor}
    if any(value is ... for value in given.values()):
        your_turn("put two numbers in place of the dots")
        return
    for name, value in given.items():
        if not is_number(value) or not math.isfinite(value):
            raise NotYet(f"{name} is {value!r}; a finite number was asked for")
    expected = {"dice": _saturated(255), "floor": math.log(1 + (CLASSES - 1) / math.e)}
    wrong = [name for name in expected if not _near(given[name], expected[name])]
    if not wrong:
        right("a log that stands at one of these has told you its cause.")
        return
    known = {
        "dice": {
            _saturated(1): "that is for masks of 0 and 1; here g is 255 on the object",
            510 / 256: "that is the perfect answer; this one says object everywhere",
            2.0: "close: sum p is not nothing beside sum g, count the pixels of both",
            255 * _saturated(1): "the 255 stands below the line, too: in sum g",
        },
        "floor": {
            0.0: "one softmax gets there; the second one takes 0..1 for its logits",
            math.log(CLASSES): "that is the answer that knows nothing",
            math.log(1 + 2 / math.e): "that is the floor of three classes",
            math.log(1 + 1 / math.e): "that is the floor of two classes",
            math.log(1 + CLASSES / math.e): (
                "count the classes that are wrong: one of them is right"
            ),
        },
    }
    hints = {
        "dice": "with p = 1 on n pixels, sum p = n, sum g = 255 n / 4, and sum(p g)?",
        "floor": "a perfect first softmax puts out 1, 0, 0, 0. What is the softmax "
        "of those four, at the first, and minus its logarithm?",
    }
    name = wrong[0]
    for value, hint in known[name].items():
        if _near(given[name], value):
            raise NotYet(f"{name}: {hint}")
    raise NotYet(f"{name}: {hints[name]}")


def _saturated(value: float) -> float:
    return 2 * value * QUARTER / (1 + value * QUARTER)


@checker
def check_weights(weights: Sequence[float]) -> None:
    """Change: weights for `NAMES` under which the best constant answer is half border.

    Cross-entropy weighted by the true class, over pixels of the shares `SHARES` that
    cannot be told apart. Pet and background keep the weight 1. Within one percent is
    right. Raises NotYet with a hint.
    """
    if weights is ... or (
        isinstance(weights, (list, tuple)) and any(w is ... for w in weights)
    ):
        your_turn("put a number in place of the dots")
        return
    try:
        found = np.asarray(weights, float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (3,) or not np.isfinite(found).all() or (found <= 0).any():
        raise NotYet(f"weights are {weights!r}; three numbers above 0 were asked for")
    if (found == 1).all():
        raise NotYet("the weights are as they were: the answer is 12.5 % border")
    at = int(np.argmax(np.abs(np.log(found))))
    if (found != 1).sum() > 1:
        raise NotYet("pet and background keep the weight 1; change one of the three")
    if at != NAMES.index("border"):
        raise NotYet(
            f"the weight that you changed is that of {NAMES[at]!r}: the files count "
            "1 pet, 2 background, 3 border"
        )
    told = found * SHARES / (found * SHARES).sum()
    if math.isclose(told[2], 0.5, rel_tol=0.01):
        right("p is proportional to weight times share.")
        return
    hints = {
        4.0: "4 times 12.5 % is one half, but then the three no longer sum to 1",
        8.0: "that is 1 / 12.5 %; the other two weigh 87.5 % together, not 100 %",
        0.595 / 0.125: "that makes it equal to the background alone; there is the pet",
    }
    for value, hint in hints.items():
        if math.isclose(found[2], value, rel_tol=0.01):
            raise NotYet(hint)
    raise NotYet(
        f"with that weight the best constant answer is {told[2]:.1%} border; p is "
        "proportional to weight times share"
    )


@checker
def check_diagnose(diagnose: Callable[[np.ndarray, np.ndarray], str]) -> None:
    """Build: a function of masks and probabilities that names what went wrong.

    diagnose(masks, p) gets (N, H, W) arrays, uint8 and float in 0..1, and returns one
    of `CAUSES`. Raises NotYet with the case that failed.
    """
    if not callable(diagnose):
        raise NotYet("pass the function itself, without calling it")
    for cause, case, masks, p in _cases():
        try:
            found = diagnose(masks.copy(), p.copy())
        except Exception as error:
            raise NotYet(f"{case}: your function raised {error!r}") from error
        if found is ...:
            your_turn("the function returns nothing yet")
            return
        if not isinstance(found, str) or found not in CAUSES:
            raise NotYet(
                f"{case}: it returned {found!r}; expected one of {', '.join(CAUSES)}"
            )
        if found != cause:
            low, high = float(p.min()), float(p.max())
            raise NotYet(
                f"{case}: it said {found!r}. Masks reach from {masks.min()} to "
                f"{masks.max()}, probabilities from {low:.4f} to {high:.4f}"
            )
    right("eight runs, all five answers, and no picture was looked at.")


def _cases() -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    """Cause, what the run was, masks and probabilities."""
    rng = np.random.default_rng(0)
    masks = np.zeros((2, 16, 16), np.uint8)
    masks[0, 3:9, 4:12], masks[1, 8:14, 2:8] = 1, 1
    x = 6 * (2.0 * masks - 1) + rng.normal(size=masks.shape)
    p = _sigmoid(x)
    shade = 1e-5 * rng.random(masks.shape)
    return [
        ("fine", "a network that works", masks, p),
        ("masks", "masks of 0 and 255, object everywhere", 255 * masks, 0.9 + p / 10),
        ("masks", "masks of 0 and 2, and a network that works", 2 * masks, p),
        ("relu", "a ReLU before the sigmoid", masks, _sigmoid(np.maximum(x, 0))),
        ("twice", "a sigmoid of a sigmoid", masks, _sigmoid(p)),
        ("constant", "the share, everywhere", masks, 0.17 + shade),
        ("constant", "the same answer everywhere, above one half", masks, 0.6 + shade),
        ("fine", "an unsure network", masks, _sigmoid(x / 10)),
    ]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=5e-3)
