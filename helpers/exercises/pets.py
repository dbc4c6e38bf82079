"""Checkers of the chapter "Oxford-IIIT Pets"."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from helpers.exercises import NotYet, checker, is_number, right, your_turn
from helpers.spec import LIGHT_PETS, UNetSpec

SHARES = (0.28, 0.60, 0.12)
"""Pet, background and border in the first exercise's imagined photographs."""


@checker
def check_guesses(equal: float, shares: float) -> None:
    """Predict: the cross-entropy in nats of two answers that never look.

    equal: of one third for each class at every pixel. shares: of `SHARES`, where the
    pixels' true classes have just these shares. Raises NotYet with a hint.
    """
    if equal is ... or shares is ...:
        your_turn("put two numbers in place of the dots")
        return
    expected = {
        "equal": math.log(3),
        "shares": -sum(p * math.log(p) for p in SHARES),
    }
    given = {"equal": equal, "shares": shares}
    for name, value in given.items():
        number = is_number(value)
        if not number or not math.isfinite(value):
            raise NotYet(f"{name} is {value!r}; a cross-entropy is one number")
        if value < 0:
            raise NotYet(
                f"{name} is below 0: the logarithm of a share is, and the "
                "cross-entropy is minus that"
            )
    wrong = [name for name in expected if not _near(given[name], expected[name])]
    if not wrong:
        right("knowing the shares is worth 0.18 nats, and no more.")
        return
    if _near(equal, expected["shares"]) and _near(shares, expected["equal"]):
        raise NotYet("the two are swapped: which answer knows more?")
    for base, name in ((2, "base 2"), (10, "base 10")):
        if any(_near(given[n], expected[n] / math.log(base)) for n in wrong):
            raise NotYet(f"{wrong[0]}: that logarithm has {name}; take the natural one")
    if "equal" in wrong:
        raise NotYet(
            "equal: every pixel's true class was given one third, so every pixel "
            "costs the same. What is minus the logarithm of a third?"
        )
    if _near(shares, -sum(math.log(p) for p in SHARES)) or _near(
        shares, -sum(math.log(p) for p in SHARES) / 3
    ):
        raise NotYet(
            "shares: the classes are not equally frequent. Weigh each logarithm with "
            "the share of the pixels that pay it"
        )
    if _near(shares, -math.log(max(SHARES))):
        raise NotYet(
            "shares: that is what a background pixel pays; 40 of 100 are no background"
        )
    raise NotYet(
        "shares: a share p of the pixels costs -log(p) each. Add p times that over the "
        "three classes"
    )


@checker
def check_binary(spec: UNetSpec, to_binary: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change: `LIGHT_PETS` for pet or not, and the masks (N, H, W) that it wants.

    to_binary: trimap masks (0 pet, 1 background, 2 border) -> uint8, 1 for pet and
    border, 0 for background. Raises NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification and a function in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from LIGHT_PETS")
    if spec.classes == 3:
        raise NotYet("the network still has three classes; set the field `classes`")
    if spec.classes != 1:
        raise NotYet(
            f"classes={spec.classes}: a softmax over two classes works too, but one "
            "logit with a sigmoid says the same with fewer weights"
        )
    if spec.replace(classes=3) != LIGHT_PETS:
        raise NotYet("something else changed too; start from LIGHT_PETS.replace(...)")
    if not callable(to_binary):
        raise NotYet("pass the function itself, without calling it")
    masks = np.random.default_rng(0).integers(0, 3, (2, 16, 16)).astype(np.uint8)
    masks.setflags(write=False)
    try:
        found = to_binary(masks)
    except Exception as error:
        raise NotYet(
            f"your function raised {error!r}; make a new array, the masks are read-only"
        ) from error
    if not isinstance(found, np.ndarray) or found.shape != masks.shape:
        raise NotYet(
            f"it returned {getattr(found, 'shape', found)!r}; expected an array of the "
            f"shape of the masks, {masks.shape}"
        )
    _check_binary_values(masks, found)
    right(f"one logit, {spec.parameters():,} parameters, masks of 0 and 1.")


def _check_binary_values(masks: np.ndarray, found: np.ndarray) -> None:
    if set(np.unique(found)) == {0, 255}:
        raise NotYet("masks of 0 and 255: class indices count 0, 1")
    if found.dtype != np.uint8:
        raise NotYet(f"the dtype is {found.dtype}; add .astype(np.uint8)")
    if found.max() > 1:
        raise NotYet(f"a mask holds {found.max()}; one logit knows 0 and 1 only")
    if (found == (masks == 0)).all():
        raise NotYet("the border is 0; it lies on the pet's outline, so make it 1")
    if (found == (masks == 1)).all():
        raise NotYet("background is 1: turn it round, the pet is what we look for")
    if (found == (masks == 2)).all():
        raise NotYet("only the border is 1; the pet itself is class 0 of the trimap")
    if (found != (masks != 1)).any():
        raise NotYet("compare with the trimap: 0 pet, 1 background, 2 border")


@checker
def check_split(
    split: Callable[[Sequence[str], float, int], tuple[Sequence[int], Sequence[int]]],
) -> None:
    """Build: a seeded split that holds out the same share of every breed.

    split: (names, fraction, seed) -> (train, held_out), indices into names; a name
    is its breed, an underscore and a number. Raises NotYet with the case that failed.
    """
    if not callable(split):
        raise NotYet("pass the function itself, without calling it")
    names = [f"{breed}_{i}" for breed, n in _BREEDS.items() for i in range(n)]
    fraction = 0.2
    if _is_open(split, names, fraction):
        your_turn("let your function return two lists of indices")
        return
    train, held_out = _call(split, names, fraction, 0)
    if set(train) & set(held_out):
        raise NotYet("some images are in both parts; then the score is flattered")
    if sorted([*train, *held_out]) != list(range(len(names))):
        raise NotYet(
            f"{len({*train, *held_out})} of {len(names)} images are used, each once; "
            "return indices into `names`, and leave none out"
        )
    if _near(len(train) / len(names), fraction):
        raise NotYet("the parts are swapped: return the larger one, `train`, first")
    counts = Counter(_breed(names[i]) for i in held_out)
    for breed, n in _BREEDS.items():
        if counts[breed] != round(fraction * n):
            hint = ""
            if breed.startswith("american"):
                hint = "; breeds may hold underscores, `rsplit` splits from the right"
            raise NotYet(
                f"{counts[breed]} of {n} {breed} are held out, expected "
                f"{round(fraction * n)}: split each breed by itself{hint}"
            )
    if set(_call(split, names, fraction, 0)[1]) != set(held_out):
        raise NotYet("the same seed gave another split; draw from default_rng(seed)")
    if set(_call(split, names, fraction, 1)[1]) == set(held_out):
        raise NotYet("another seed gave the same split: shuffle inside each breed")
    mixed = [names[i] for i in np.random.default_rng(0).permutation(len(names))]
    found = Counter(_breed(mixed[i]) for i in _call(split, mixed, fraction, 0)[1])
    if found != counts:
        raise NotYet("names in another order broke it; collect each breed's indices")
    right("every breed gives a fifth, and chance chooses which.")


_BREEDS = {"american_bulldog": 40, "american_pit_bull_terrier": 20, "Bengal": 60}


def _breed(name: str) -> str:
    return name.rsplit("_", 1)[0]


def _is_open(split: Callable, names: list[str], fraction: float) -> bool:
    try:
        return split(names, fraction, 0) is ...
    except Exception:
        return False  # An answer, if a wrong one: the checker says what is wrong.


def _call(split: Callable, *arguments) -> tuple[list[int], list[int]]:
    try:
        train, held_out = split(*arguments)
        return [int(i) for i in train], [int(i) for i in held_out]
    except Exception as error:
        raise NotYet(
            f"your function raised {error!r}; it takes names, a fraction and a seed, "
            "and returns two lists of indices"
        ) from error


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=6e-3)
