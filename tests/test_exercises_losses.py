"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from helpers import borders
from helpers.exercises import NotYet
from helpers.exercises import losses as exercises
from helpers.pytorch import losses


def test_best_answers_takes_the_solution(capsys):
    exercises.check_best_answers(0.09, 0.3, 1)
    assert capsys.readouterr().out.startswith("Right: ")


def test_the_solution_is_what_the_losses_say():
    """On a grid of answers, for 900 of 10,000 pixels."""
    masks = torch.zeros(1, 100, 100, dtype=torch.long)
    masks.view(-1)[:900] = 1
    grid = torch.arange(0.01, 1, 0.01, dtype=torch.float64)

    def best(loss, **options):
        costs = [
            loss(torch.full((1, 1, 100, 100), p.logit()), masks, **options).item()
            for p in grid
        ]
        return grid[int(np.argmin(costs))].item()

    assert best(losses.binary_cross_entropy) == pytest.approx(0.09)
    squares = best(losses.dice, squares=True, epsilon=1e-6)
    assert squares == pytest.approx(0.3)
    assert best(losses.dice, epsilon=1e-6) == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("answers", "hint"),
    [
        pytest.param((0, 0.3, 1), "logarithm of 0", id="sure of the ground"),
        pytest.param((0.5, 0.3, 1), "share of pixels", id="a coin"),
        pytest.param((0.09, 0.09, 1), "what cross-entropy wants", id="one for both"),
        pytest.param((0.09, 1, 1), "without squares", id="no squares"),
        pytest.param((0.09, 0.5, 1), "derivative", id="a half"),
        pytest.param((0.09, 0.3, 0), "shares nothing", id="nothing"),
        pytest.param((0.09, 0.3, 0.5), "rise or fall", id="no decision"),
        pytest.param((9, 30, 100), "from 0 to 1", id="percent"),
        pytest.param((0.09, float("nan"), 1), "from 0 to 1", id="nan"),
        pytest.param(("x", 0.3, 1), "from 0 to 1", id="a word"),
    ],
)
def test_best_answers_turns_away(answers, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_best_answers(*answers)


SOLUTION = 10 / math.sqrt(2 * math.log(10 / 4))


def apart(sigma=SOLUTION, w0=10, balance=False):
    return borders.weight_map(exercises.APART, w0, sigma, balance)


@pytest.mark.parametrize("sigma", [SOLUTION, 7.39, 7.4])
def test_border_map_takes_the_solution(sigma, capsys):
    exercises.check_border_map(apart(sigma))
    assert "Right: 4.0" in capsys.readouterr().out


def test_border_map_reaches_what_is_asked():
    """By scipy's distances and equation 2, between the two cells."""
    first, second = (
        ndimage.distance_transform_edt(exercises.APART != number) for number in (1, 2)
    )
    between = (slice(8, 24), slice(18, 27))
    assert np.all((first + second)[between] == 10)
    term = 10 * np.exp(-(10**2) / (2 * SOLUTION**2))
    assert apart()[between] == pytest.approx(1 + term, rel=1e-5)
    assert term == pytest.approx(4)


@pytest.mark.parametrize(
    ("weights", "hint"),
    [
        pytest.param(apart(5), "the paper's own map", id="unchanged"),
        pytest.param(
            apart(5, w0=4 / np.exp(-2)),
            r"above them .* 2\.95, .* 3\.88: .* another height",
            id="height",
        ),
        pytest.param(apart(balance=True), "balance=False", id="balanced"),
        pytest.param(
            apart(10 / math.sqrt(2 * math.log(10 / 3))), "alone is to be 4", id="whole"
        ),
        pytest.param(apart() - 1, "w_c is not 1", id="term alone"),
        pytest.param(apart(6), "has to be wider", id="too narrow"),
        pytest.param(apart(SOLUTION**2), "has to be narrower", id="no root"),
        pytest.param(apart()[None], r"ndarray of shape \(1, 32, 48\)", id="a batch"),
        pytest.param(
            torch.from_numpy(apart()),
            r"are Tensor of shape \(32, 48\); .* NumPy array of shape \(32, 48\)",
            id="a tensor",
        ),
        pytest.param(SOLUTION, "weights are float", id="sigma itself"),
        pytest.param(apart() * np.nan, "no finite", id="nan"),
    ],
)
def test_border_map_turns_away(weights, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_border_map(weights)


def solution(p, g):
    p, g = p.astype(np.float64), g.astype(np.float64)
    shared, total = (p * g).sum((1, 2)), p.sum((1, 2)) + g.sum((1, 2))
    return (1 - (2 * shared + 1) / (total + 1)).mean()


def by_the_book(p, g):
    logits = torch.from_numpy(p.astype(np.float64))[:, None].logit()
    return losses.dice(logits, torch.from_numpy(g)).item()


def in_float32(p, g):
    p = p.astype(np.float32)
    return np.mean(
        [1 - (2 * (a * b).sum() + 1) / (a.sum() + b.sum() + 1) for a, b in zip(p, g)]
    )


@pytest.mark.parametrize("function", [solution, by_the_book, in_float32])
def test_dice_loss_takes_the_solution(function, capsys):
    exercises.check_dice_loss(function)
    assert capsys.readouterr().out.startswith("Right: ")


def sums(p, g, axes=(1, 2)):
    p, g = p.astype(np.float64), g.astype(np.float64)
    return (p * g).sum(axes), p.sum(axes) + g.sum(axes)


def coefficient(p, g):
    return 1 - solution(p, g)


def whole_batch(p, g):
    shared, total = sums(p, g, None)
    return 1 - (2 * shared + 1) / (total + 1)


def no_epsilon(p, g):
    shared, total = sums(p, g)
    return (1 - 2 * shared / total).mean()


def below_alone(p, g):
    shared, total = sums(p, g)
    return (1 - 2 * shared / (total + 1)).mean()


def no_two(p, g):
    shared, total = sums(p, g)
    return (1 - (shared + 1) / (total + 1)).mean()


def squared(p, g):
    shared, _ = sums(p, g)
    total = (p.astype(np.float64) ** 2).sum((1, 2)) + g.sum((1, 2))
    return (1 - (2 * shared + 1) / (total + 1)).mean()


def decided(p, g):
    return solution((p > 0.5).astype(float), g)


def jaccard(p, g):
    shared, total = sums(p, g)
    return (1 - (shared + 1) / (total - shared + 1)).mean()


def in_half(p, g):
    p, g = p.astype(p.dtype), g.astype(p.dtype)
    shared = (p * g).sum((1, 2))
    return (1 - (2 * shared + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)).mean()


def not_averaged(p, g):
    shared, total = sums(p, g)
    return 1 - (2 * shared + 1) / (total + 1)


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (coefficient, "the loss is 1 minus it"),
        (whole_batch, "sum over each image"),
        (no_epsilon, "epsilon 1 above and below"),
        (below_alone, "denominator alone"),
        (no_two, "without the 2"),
        (squared, "V-Net"),
        (decided, "a decision at 0.5"),
        (jaccard, "IoU; Dice divides"),
        (in_half, "float16 ends at 65504"),
        (not_averaged, "the mean over the images"),
        (lambda p: 1.0, "your function raised TypeError"),
        (lambda p, g: 0.123, "sum p, sum g and sum p g"),
        (0.5, "pass the function itself"),
    ],
)
def test_dice_loss_turns_away(function, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_dice_loss(function)


def test_an_unanswered_exercise_lets_the_chapter_go_on(capsys):
    exercises.check_best_answers(..., ..., ...)
    exercises.check_border_map(...)
    exercises.check_dice_loss(lambda p, g: ...)
    exercises.check_dice_loss(lambda p, g: None)
    assert capsys.readouterr().out.count("Your turn: ") == 4
