"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from helpers.exercises import NotYet
from helpers.exercises import symptoms as exercises

DICE = 2 * 255 * 0.25 / (1 + 255 * 0.25)
FLOOR = math.log(1 + 3 / math.e)


@pytest.mark.parametrize("answers", [(DICE, FLOOR), (1.97, 0.744)])
def test_numbers_takes_the_solution(answers, capsys):
    exercises.check_numbers(*answers)
    assert capsys.readouterr().out.startswith("Right: ")


def test_the_solution_is_what_pytorch_says():
    g = torch.zeros(100)
    g[:25] = 255
    p = torch.ones(100)
    found = 2 * (p * g).sum() / (p.sum() + g.sum())
    assert found.item() == pytest.approx(DICE)
    twice = F.cross_entropy(torch.eye(4), torch.arange(4))
    assert twice.item() == pytest.approx(FLOOR)


@pytest.mark.parametrize(
    ("answers", "hint"),
    [
        pytest.param((0.4, FLOOR), "masks of 0 and 1", id="clean masks"),
        pytest.param((1.992, FLOOR), "perfect answer", id="the perfect answer"),
        pytest.param((2, FLOOR), "count the pixels of both", id="no sum of p"),
        pytest.param((102, FLOOR), "below the line, too", id="255 above alone"),
        pytest.param((1.5, FLOOR), "and sum", id="a guess"),
        pytest.param((DICE, 0), "one softmax gets there", id="no floor"),
        pytest.param((DICE, math.log(4)), "knows nothing", id="the start"),
        pytest.param((DICE, 0.551), "three classes", id="three classes"),
        pytest.param((DICE, 0.313), "two classes", id="two classes"),
        pytest.param((DICE, 0.905), "one of them is right", id="one too many"),
        pytest.param((DICE, 0.6), "softmax of those four", id="another guess"),
        pytest.param((DICE, float("nan")), "finite number", id="nan"),
        pytest.param(("2", FLOOR), "finite number", id="a word"),
    ],
)
def test_numbers_turns_away(answers, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_numbers(*answers)


@pytest.mark.parametrize(
    "weights", [[1, 1, 7], (1.0, 1.0, 6.98), np.array([1, 1, 7.0])]
)
def test_weights_takes_the_solution(weights, capsys):
    exercises.check_weights(weights)
    assert capsys.readouterr().out.startswith("Right: ")


def test_the_solution_is_where_weighted_cross_entropy_is_least():
    """Over a thousand pixels with one answer for all of them."""
    masks = torch.arange(3).repeat_interleave(torch.tensor([280, 595, 125]))
    x = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], max_iter=100)

    def closure():
        optimizer.zero_grad()
        weight = torch.tensor([1, 1, 7.0])
        loss = F.cross_entropy(x.expand(1000, 3), masks, weight)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert x.softmax(0)[2].item() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("weights", "hint"),
    [
        pytest.param([1, 1, 1], "as they were", id="unchanged"),
        pytest.param([7, 1, 1], "that of 'pet'", id="the pet"),
        pytest.param([1, 7, 1], "that of 'background'", id="swapped"),
        pytest.param([1, 1, 4], "no longer sum to 1", id="four times"),
        pytest.param([1, 1, 8], "87.5 % together", id="one over the share"),
        pytest.param([1, 1, 4.76], "there is the pet", id="as much as background"),
        pytest.param([1, 1, 2], "22.2% border", id="too little"),
        pytest.param([2, 2, 7], "keep the weight 1", id="all of them"),
        pytest.param([1, 7], "three numbers", id="two"),
        pytest.param([1, 1, -7], "three numbers above 0", id="negative"),
        pytest.param("seven", "three numbers", id="a word"),
    ],
)
def test_weights_turns_away(weights, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_weights(weights)


def solution(masks, p):
    if masks.max() > 1:
        return "masks"
    if np.ptp(p) < 1e-3:
        return "constant"
    if p.min() >= 0.5:
        return "twice" if p.max() < 0.74 else "relu"
    return "fine"


def by_spread(masks, p):
    if not np.isin(masks, (0, 1)).all():
        return "masks"
    if p.std() < 1e-3:
        return "constant"
    if (p < 0.49).any():
        return "fine"
    return "relu" if (p > 1 / (1 + math.exp(-1)) + 1e-6).any() else "twice"


@pytest.mark.parametrize("function", [solution, by_spread])
def test_diagnose_takes_the_solution(function, capsys):
    exercises.check_diagnose(function)
    assert capsys.readouterr().out.startswith("Right: ")


def never_masks(masks, p):
    return solution(masks > 0, p)


def only_255(masks, p):
    found = solution(masks.clip(0, 1), p)
    return "masks" if masks.max() == 255 else found


def no_last_line(masks, p):
    found = solution(masks, p)
    return None if found == "fine" else found


def one_half_first(masks, p):
    if masks.max() <= 1 and p.min() >= 0.5:
        return "twice" if p.max() < 0.74 else "relu"
    return solution(masks, p)


def no_twice(masks, p):
    return solution(masks, p).replace("twice", "relu")


def sure_or_nothing(masks, p):
    found = solution(masks, p)
    return "constant" if found == "fine" and p.max() < 0.8 else found


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (never_masks, "0 and 255.*it said"),
        (only_255, "0 and 2.*it said 'fine'"),
        (no_last_line, "a network that works: it returned None; expected one of"),
        (one_half_first, "above one half: it said 'twice'"),
        (no_twice, "a sigmoid of a sigmoid: it said 'relu'"),
        (sure_or_nothing, "an unsure network: it said 'constant'"),
        (lambda masks, p: "fine", "it said 'fine'.*reach from 0 to 255"),
        (lambda masks, p: "broken", "expected one of masks, constant"),
        (lambda masks, p: 3, "expected one of"),
        (lambda masks: "fine", "your function raised TypeError"),
        ("fine", "pass the function itself"),
    ],
)
def test_diagnose_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_diagnose(function)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_numbers(..., ...)
    exercises.check_weights(...)
    exercises.check_weights([1, 1, ...])
    exercises.check_diagnose(lambda masks, p: ...)
    assert capsys.readouterr().out.count("Your turn: ") == 4


def test_every_symptom_leads_to_its_section():
    page = Path(__file__).parents[1] / "book" / "symptoms.ipynb"
    text = page.read_text().replace('\\"', '"')
    there = re.findall(r'<a id="(see-[\w-]+)"', text)
    assert len(there) == len(set(there)) == 14
    assert set(re.findall(r'href="#(see-[\w-]+)"', text)) == set(there)
