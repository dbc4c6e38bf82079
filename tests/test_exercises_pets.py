"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import math
import random

import numpy as np
import pytest
from scipy.stats import entropy

from helpers.exercises import NotYet
from helpers.exercises import pets as exercises
from helpers.spec import LIGHT_PETS

EQUAL, SHARES = entropy([1, 1, 1]), entropy(exercises.SHARES)


@pytest.mark.parametrize("digits", [2, 3, 9])
def test_guesses_take_the_solution(digits, capsys):
    exercises.check_guesses(round(EQUAL, digits), round(SHARES, digits))
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    ("equal", "shares", "hint"),
    [
        pytest.param(SHARES, EQUAL, "swapped", id="swapped"),
        pytest.param(EQUAL, entropy(exercises.SHARES, base=2), "base 2", id="bits"),
        pytest.param(EQUAL / math.log(10), SHARES, "base 10", id="log10"),
        pytest.param(-EQUAL, SHARES, "below 0", id="sign"),
        pytest.param(1 / 3, SHARES, "logarithm of a third", id="no logarithm"),
        pytest.param(
            EQUAL,
            -np.log(exercises.SHARES).mean().item(),
            "not equally frequent",
            id="unweighted",
        ),
        pytest.param(EQUAL, -math.log(0.6), "40 of 100", id="background only"),
        pytest.param(EQUAL, 0.7, "times that over", id="a guess"),
        pytest.param("ln 3", SHARES, "one number", id="a word"),
        pytest.param(EQUAL, math.nan, "one number", id="nan"),
    ],
)
def test_guesses_turn_away(equal, shares, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_guesses(equal, shares)


def pet_or_border(masks):
    return (masks != 1).astype(np.uint8)


ONE = LIGHT_PETS.replace(classes=1)


def test_binary_takes_the_solution(capsys):
    exercises.check_binary(ONE, pet_or_border)
    assert f"{ONE.parameters():,}" in capsys.readouterr().out


def in_place(masks):
    masks[masks == 2] = 0
    return 1 - masks


@pytest.mark.parametrize(
    ("spec", "to_binary", "hint"),
    [
        (LIGHT_PETS, pet_or_border, "still has three classes"),
        (LIGHT_PETS.replace(classes=2), pet_or_border, "softmax over two"),
        (ONE.replace(norm=None), pet_or_border, "something else changed"),
        ({"classes": 1}, pet_or_border, "not a UNetSpec"),
        (ONE, lambda m: (m == 0).astype(np.uint8), "border is 0"),
        (ONE, lambda m: (m == 1).astype(np.uint8), "background is 1"),
        (ONE, lambda m: (m == 2).astype(np.uint8), "only the border"),
        (ONE, lambda m: m != 1, "dtype is bool"),
        (ONE, lambda m: 255 * pet_or_border(m), "0 and 255"),
        (ONE, lambda m: m, "holds 2"),
        (ONE, lambda m: pet_or_border(m)[0], "shape"),
        (ONE, lambda m: np.zeros_like(m), "compare with the trimap"),
        (ONE, in_place, "read-only"),
        (ONE, np.ones(3), "function itself"),
    ],
)
def test_binary_turns_away(spec, to_binary, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_binary(spec, to_binary)


def by_breed(names, fraction, seed, breed=lambda name: name.rsplit("_", 1)[0]):
    rng, held_out = np.random.default_rng(seed), []
    breeds = [breed(name) for name in names]
    for one in sorted(set(breeds)):
        of_it = [i for i, b in enumerate(breeds) if b == one]
        held_out += list(rng.permutation(of_it)[: round(fraction * len(of_it))])
    return [i for i in range(len(names)) if i not in set(held_out)], held_out


def test_split_takes_the_solution(capsys):
    exercises.check_split(by_breed)
    assert capsys.readouterr().out.startswith("Right: ")


def tail(names, fraction, seed):
    cut = round(len(names) * (1 - fraction))
    return range(cut), range(cut, len(names))


def tail_of_each(names, fraction, seed):
    train, held_out = [], []
    breeds = [name.rsplit("_", 1)[0] for name in names]
    for one in sorted(set(breeds)):
        of_it = [i for i, b in enumerate(breeds) if b == one]
        cut = round(len(of_it) * (1 - fraction))
        train, held_out = train + of_it[:cut], held_out + of_it[cut:]
    return train, held_out


def plain(names, fraction, seed):
    order = np.random.default_rng(seed).permutation(len(names))
    return order[round(len(names) * fraction) :], order[: round(len(names) * fraction)]


def unseeded(names, fraction, seed):
    return by_breed(names, fraction, random.randrange(10**9))


def by_blocks(names, fraction, seed):
    """Knows where the breeds of the first list lie, and nothing of others."""
    rng, held_out, first = np.random.default_rng(seed), [], 0
    for n in (40, 20, 60):
        held_out += list(first + rng.permutation(n)[: round(fraction * n)])
        first += n
    return [i for i in range(len(names)) if i not in set(held_out)], held_out


@pytest.mark.parametrize(
    ("split", "hint"),
    [
        (tail, "0 of 40 american_bulldog"),
        (plain, "split each breed by itself"),
        (lambda *a: by_breed(*a, breed=lambda n: n.split("_")[0]), "rsplit"),
        (tail_of_each, "another seed gave the same"),
        (unseeded, "same seed gave another"),
        (lambda *a: (range(len(a[0])), by_breed(*a)[1]), "both parts"),
        (lambda *a: (by_breed(*a)[0][:50], by_breed(*a)[1]), "leave none out"),
        (lambda *a: by_breed(*a)[::-1], "swapped"),
        (by_blocks, "another order"),
        (lambda names, fraction: by_breed(names, fraction, 0), "TypeError"),
        (lambda *a: [[a[0][i] for i in p] for p in by_breed(*a)], "ValueError"),
        ("by breed", "function itself"),
    ],
)
def test_split_turns_away(split, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_split(split)
