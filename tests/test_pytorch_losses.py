"""Losses against torchmetrics, Keras, and numbers worked out by hand."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchmetrics.functional.segmentation import dice_score

from helpers.pytorch import losses

N, CLASSES, SIDE = 3, 4, 12


@pytest.fixture
def drawn():
    rng = torch.Generator().manual_seed(3)
    logits = 3 * torch.randn(N, CLASSES, SIDE, SIDE, generator=rng)
    masks = torch.randint(CLASSES, (N, SIDE, SIDE), generator=rng)
    return logits, masks


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_as_keras_has_it(drawn, smoothing):
    keras = pytest.importorskip("keras")
    logits, masks = drawn
    wanted = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing
    )(F.one_hot(masks, CLASSES).numpy(), logits.movedim(1, -1).numpy())
    found = losses.cross_entropy(logits, masks, smoothing)
    assert found.item() == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_cross_entropy_as_keras_has_it(drawn, smoothing):
    keras = pytest.importorskip("keras")
    logits, masks = drawn[0][:, :1], drawn[1] % 2
    wanted = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=smoothing
    )(masks[..., None].numpy(), logits.movedim(1, -1).numpy())
    found = losses.binary_cross_entropy(logits, masks, smoothing)
    assert found.item() == pytest.approx(float(wanted), rel=1e-5)


def test_binary_is_two_classes_of_which_one_is_zero(drawn):
    logits, masks = drawn[0][:, :1], drawn[1] % 2
    both = torch.cat([torch.zeros_like(logits), logits], dim=1)
    assert losses.binary_cross_entropy(logits, masks).item() == pytest.approx(
        losses.cross_entropy(both, masks).item(), rel=1e-6
    )


def test_certain_and_right_dice_is_that_of_torchmetrics(drawn):
    """With probabilities of 0 and 1, and no epsilon, soft Dice is the Dice score."""
    logits, masks = drawn
    guess = logits.argmax(1)
    certain = 200.0 * F.one_hot(guess, CLASSES).movedim(-1, 1)
    wanted = dice_score(
        guess, masks, num_classes=CLASSES, average="macro", input_format="index"
    ).mean()
    found = losses.dice(certain, masks, epsilon=1e-9)
    assert found.item() == pytest.approx(1 - wanted.item(), abs=1e-6)


def test_dice_by_hand():
    """Two pixels with p = 3/4 and 1/4, of which the first is in the mask."""
    logits = torch.tensor([math.log(3), -math.log(3)]).reshape(1, 1, 1, 2)
    masks = torch.tensor([[[1, 0]]])
    assert losses.dice(logits, masks).item() == pytest.approx(1 - 2.5 / 3)


@pytest.mark.parametrize("classes", [1, 2])
def test_an_absent_object_predicted_absent_costs_nothing(classes):
    masks = torch.zeros(2, 8, 8, dtype=torch.long)
    logits = torch.full((2, classes, 8, 8), -30.0)
    logits[:, : classes - 1] = 30.0
    assert losses.dice(logits, masks).item() == pytest.approx(0, abs=1e-6)
    assert losses.dice(-logits, masks).item() > 0.9


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", ["cross_entropy", "dice", "cross_entropy+dice"])
def test_losses_fall_when_the_truth_gets_likelier(name, classes):
    rng = torch.Generator().manual_seed(0)
    masks = torch.randint(max(classes, 2), (2, 8, 8), generator=rng)
    if classes == 1:
        truth = 2.0 * masks[:, None] - 1
    else:
        truth = F.one_hot(masks, classes).movedim(-1, 1).float()
    loss = losses.make(name, classes)
    values = [loss(scale * truth, masks).item() for scale in (-1, 0, 1, 4, 40)]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1] == pytest.approx(0, abs=1e-5)


def test_the_mixture_has_the_weights_that_were_asked_for(drawn):
    logits, masks = drawn
    mixed = losses.make("cross_entropy+dice", CLASSES, dice_weight=0.3)
    entropy, overlap = losses.cross_entropy(logits, masks), losses.dice(logits, masks)
    wanted = 0.7 * entropy.item() + 0.3 * overlap.item()
    assert mixed(logits, masks).item() == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", ["cross_entropy", "dice", "cross_entropy+dice"])
def test_half_precision_logits_give_float32_losses(drawn, name):
    logits, masks = drawn
    loss = losses.make(name, CLASSES)
    half = logits.bfloat16()
    assert loss(half, masks).dtype == torch.float32
    assert torch.equal(loss(half, masks), loss(half.float(), masks))
    assert loss(logits.double(), masks).dtype == torch.float64


def test_smaller_logits_are_about_the_middle_of_the_masks():
    masks = torch.ones(1, 10, 8, dtype=torch.long)
    masks[:, 2:8, 3:5] = 0
    logits = torch.zeros(1, 2, 6, 2)
    logits[:, 0] = 50.0
    assert losses.cross_entropy(logits, masks).item() == pytest.approx(0, abs=1e-6)


def test_gradients_stay_finite_where_logits_are_huge():
    masks = torch.tensor([[[0, 1], [1, 0]]])
    for classes in (1, 2):
        logits = torch.full((1, classes, 2, 2), 1e4, requires_grad=True)
        losses.make("cross_entropy+dice", classes)(logits, masks).backward()
        assert logits.grad.isfinite().all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x, m: losses.cross_entropy(x[:, :1], m), ["1 class", "classes=2"]),
        (lambda x, m: losses.binary_cross_entropy(x, m), ["4 classes", "classes=1"]),
        (lambda x, m: losses.cross_entropy(x, m[0]), ["(3, 4, 12, 12)", "(12, 12)"]),
        (lambda x, m: losses.dice(x, m[:, :8]), ["(3, 8, 12)", "at least as large"]),
        (lambda x, m: losses.cross_entropy(x, m.float()), ["float32", "masks.long()"]),
        (lambda x, m: losses.dice(x, m > 0), ["bool", "masks.long()"]),
        (lambda x, m: losses.make("focal", 3), ["'focal'", "cross_entropy+dice"]),
        (lambda x, m: losses.make("dice", 0), ["classes 0", "at least 1"]),
    ],
)
def test_errors_name_the_value_and_the_way_out(drawn, call, words):
    with pytest.raises(ValueError) as error:
        call(*drawn)
    assert [word for word in words if word not in str(error.value)] == []


def test_keras_losses_are_the_same_numbers(drawn):
    pytest.importorskip("keras")
    theirs = pytest.importorskip("helpers.keras.losses")
    logits, masks = drawn
    for name in ("cross_entropy", "dice", "cross_entropy+dice"):
        for classes in (1, CLASSES):
            mine = losses.make(name, classes, 0.4, 0.1)
            other = theirs.make(name, classes, 0.4, 0.1)
            x, m = logits[:, :classes], masks % max(classes, 2)
            wanted = other(m.numpy(), np.ascontiguousarray(x.movedim(1, -1)))
            assert mine(x, m).item() == pytest.approx(float(wanted), rel=1e-5)
