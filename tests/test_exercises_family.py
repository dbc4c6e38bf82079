"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest

from helpers import matching
from helpers.exercises import NotYet
from helpers.exercises import family as exercises
from helpers.spec import LIGHT_PETS, PETS


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_recurrences_takes_the_solution(kind, capsys):
    exercises.check_recurrences(kind(0), kind(6))
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    ("parameters", "applications", "hint"),
    [
        pytest.param(1000, 6, "which kernel does the fourth", id="more weights"),
        pytest.param(0, 5, "one is missing", id="the first left out"),
        pytest.param(0, 3, "with two recurrences", id="as it was"),
        pytest.param(0, 7, "the 1x1 convolution is another", id="the 1x1 counted"),
        pytest.param(0, 12, "both layers of a block together", id="both layers"),
        pytest.param(0, 1, "follow x through", id="another number"),
        pytest.param(0.0, 6, "parameters is 0.0", id="a fraction"),
        pytest.param(False, 6, "parameters is False", id="a no"),
        pytest.param(0, -6, "applications is -6", id="negative"),
    ],
)
def test_recurrences_turns_away(parameters, applications, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_recurrences(parameters, applications)


RECURRENT = LIGHT_PETS.replace(block="recurrent")


def adds(spec):
    return spec.multiply_adds(160, 160)


def test_fair_takes_solutions(capsys):
    found = matching.nearest(RECURRENT, adds(LIGHT_PETS), adds)
    exercises.check_fair(found)
    by_hand = RECURRENT.replace(widths=(*found.widths[:-1], found.widths[-1] + 1))
    exercises.check_fair(by_hand)
    assert capsys.readouterr().out.count("Right: ") == 2


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(RECURRENT, "times the multiply-adds; make it", id="same widths"),
        pytest.param(LIGHT_PETS, "block is 'plain'", id="plain"),
        pytest.param(
            RECURRENT.with_parameters(LIGHT_PETS.parameters()),
            "these are equal parameters",
            id="parameters",
        ),
        pytest.param(
            RECURRENT.replace(widths=(2, 4, 8, 16, 32)), "are -.* off", id="too narrow"
        ),
        pytest.param(
            PETS.replace(block="recurrent"), "changed, too", id="another network"
        ),
        pytest.param(
            RECURRENT.replace(widths=(8, 16)), "1 poolings in place of 4", id="shallow"
        ),
        pytest.param(
            RECURRENT.replace(recurrences=1), "recurrences changed", id="fewer steps"
        ),
        pytest.param("recurrent", "str is not a UNetSpec", id="a word"),
    ],
)
def test_fair_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_fair(spec)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gate(skip, signal, theta, phi, psi):
    mixed = np.maximum(skip @ theta + signal @ phi, 0)
    return skip * sigmoid(mixed @ psi)[..., None]


def by_loops(skip, signal, theta, phi, psi):
    out = skip.copy()
    for y, x in np.ndindex(skip.shape[:2]):
        mixed = theta.T @ skip[y, x] + phi.T @ signal[y, x]
        out[y, x] *= sigmoid(sum(p * max(m, 0) for p, m in zip(psi, mixed)))
    return out


@pytest.mark.parametrize("solution", [gate, by_loops])
def test_gate_takes_solutions(solution, capsys):
    exercises.check_gate(solution)
    assert capsys.readouterr().out.startswith("Right: ")


def made_of(coefficient):
    return lambda x, g, t, p, s: x * coefficient(x @ t, g @ p, s)[..., None]


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, g, t, p, s: sigmoid(relu(x @ t + g @ p) @ s), "multiply the skip"),
        (made_of(lambda a, b, s: sigmoid((a + b) @ s)), "there is a ReLU"),
        (made_of(lambda a, b, s: relu(a + b) @ s), "sigmoid is missing"),
        (made_of(lambda a, b, s: softmax(relu(a + b) @ s)), "pixels compete"),
        (made_of(lambda a, b, s: sigmoid(relu(a) @ s)), "signal from below, too"),
        (made_of(lambda a, b, s: sigmoid(relu(b) @ s)), "looks at the skip, too"),
        (made_of(lambda a, b, s: sigmoid((relu(a) + relu(b)) @ s)), "after the sum"),
        (lambda x, g, t, p, s: gate(x, g, t, p, s) / x * g, "it is the skip"),
        (lambda x, g, t, p, s: 2 * x, "values are not"),
        (lambda x, g, t, p, s: x[..., :1], r"shape \(5, 6, 1\)"),
        (lambda x, g: x, "your function raised TypeError"),
        (0.5, "pass the function itself"),
    ],
)
def test_gate_turns_away(answer, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_gate(answer)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_recurrences(..., ...)
    exercises.check_fair(...)
    exercises.check_gate(lambda *given: ...)
    exercises.check_gate(lambda *given: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4
