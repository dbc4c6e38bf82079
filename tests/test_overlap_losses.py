"""Overlap, focal and weighted losses of both frameworks, against other libraries."""

import math
from functools import partial

import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow
import torch
from torch.nn import functional as F
from torchmetrics.functional import classification

from helpers import parity
from helpers.keras import losses as in_keras
from helpers.pytorch import losses

N, SIDE = 3, 8

EVERY = {
    "dice": {},
    "dice with squares": {"squares": True},
    "dice over the batch": {"over": "batch", "epsilon": 1e-3},
    "iou": {},
    "iou over the batch": {"over": "batch"},
    "tversky": {"alpha": 0.2, "beta": 0.9},
    "tversky over the batch": {"over": "batch"},
    "focal": {"gamma": 2.0},
    "focal of a half": {"gamma": 0.5},
    "focal of nothing": {"gamma": 0.0},
    "weighted_cross_entropy": {},
}


def example(classes, sharp=2.0):
    """Logits (N, SIDE, SIDE, classes), masks and weights (N, SIDE, SIDE)."""
    rng = np.random.default_rng(5)
    logits = rng.normal(scale=sharp, size=(N, SIDE, SIDE, classes)).astype(np.float32)
    masks = rng.integers(0, max(classes, 2), (N, SIDE, SIDE)).astype(np.uint8)
    masks[0] = 0  # an image without most of the classes
    weights = rng.uniform(0.5, 10, masks.shape).astype(np.float32)
    return logits, masks, weights


def tensors(logits, *rest):
    return torch.from_numpy(logits).movedim(-1, 1), *map(torch.from_numpy, rest)


def both(name, module):
    loss = partial(getattr(module, name.split()[0]), **EVERY[name])
    if name.startswith("weighted"):
        return loss
    return lambda logits, masks, weights: loss(logits, masks)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", EVERY)
def test_keras_and_pytorch_agree_in_value_and_gradient(name, classes):
    logits, *rest = example(classes)
    logits[:, 2:4] = 0
    x, *arrays = tensors(logits, *rest)
    value = both(name, losses)(x.requires_grad_(), *arrays)
    value.backward()
    variable = tensorflow.Variable(logits)
    with tensorflow.GradientTape() as tape:
        theirs = both(name, in_keras)(variable, *rest)
    assert value.ndim == 0 and theirs.shape == ()
    assert float(theirs) == pytest.approx(value.item(), rel=1e-5)
    slope = tape.gradient(theirs, variable).numpy()
    assert np.abs(slope).max() > 1e-4
    np.testing.assert_allclose(slope, x.grad.movedim(1, -1), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", EVERY)
def test_huge_logits_and_half_precision(name, classes):
    """Finite values and gradients; sums in float32 though the logits are in half."""
    _, masks, weights = example(classes)
    signs = np.random.default_rng(0).choice([-1, 1], (N, SIDE, SIDE, classes))
    huge = (3e4 * signs).astype(np.float16)
    x, *arrays = tensors(huge, masks, weights)
    value = both(name, losses)(x.requires_grad_(), *arrays)
    value.backward()
    theirs = both(name, in_keras)(keras.ops.convert_to_tensor(huge), masks, weights)
    assert value.dtype == torch.float32
    assert keras.backend.standardize_dtype(theirs.dtype) == "float32"
    assert math.isfinite(value.item()) and x.grad.isfinite().all()
    assert float(theirs) == pytest.approx(value.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "classes"), [("binary_cross_entropy", 1), ("cross_entropy", 3)]
)
def test_half_precision_is_left_before_the_logarithm(name, classes):
    logits, masks, _ = example(classes, sharp=1e4)
    half = logits.astype(np.float16)
    x, g = tensors(half, masks)
    value = getattr(losses, name)(x, g)
    theirs = getattr(in_keras, name)(keras.ops.convert_to_tensor(half), masks)
    assert value.dtype == torch.float32
    assert keras.backend.standardize_dtype(theirs.dtype) == "float32"
    assert float(theirs) == pytest.approx(value.item(), rel=1e-6)


@pytest.mark.parametrize("name", ["dice", "dice with squares", "iou", "tversky"])
def test_certain_and_right_costs_nothing_and_wrong_costs_all(name):
    _, masks, weights = example(1)
    masks[0] = 1
    x = torch.from_numpy(200.0 * masks[:, None].astype(np.float32) - 100)
    arrays = torch.from_numpy(masks), torch.from_numpy(weights)
    assert both(name, losses)(x, *arrays).item() == pytest.approx(0, abs=1e-6)
    assert both(name, losses)(-x, *arrays).item() > 0.95


def test_certain_iou_is_that_of_torchmetrics():
    logits, masks, _ = example(3)
    guess = logits.argmax(-1)
    certain = torch.from_numpy(200.0 * np.eye(3)[guess]).movedim(-1, 1)
    wanted = classification.multiclass_jaccard_index(
        torch.from_numpy(guess), torch.from_numpy(masks), num_classes=3
    )
    found = losses.iou(certain, torch.from_numpy(masks), epsilon=1e-9, over="batch")
    assert found.item() == pytest.approx(1 - wanted.item(), abs=1e-6)


def test_dice_over_the_batch_is_that_of_keras():
    logits, masks, _ = example(1)
    p = keras.ops.sigmoid(logits)
    wanted = keras.losses.Dice()(masks[..., None].astype(np.float32), p)
    found = losses.dice(*tensors(logits, masks), epsilon=1e-6, over="batch")
    assert found.item() == pytest.approx(float(wanted), abs=1e-5)


def test_tversky_is_that_of_keras_whose_alpha_may_be_beta():
    """Its documentation calls alpha the weight of what was made up, as Salehi et al.

    The code of Keras 3.15 gives it to what was missed.
    """
    logits, masks, _ = example(1)
    p = keras.ops.sigmoid(logits)
    truth = masks[..., None].astype(np.float32)
    arguments = {"alpha": 0.2, "beta": 0.9, "epsilon": 1e-6, "over": "batch"}
    found = losses.tversky(*tensors(logits, masks), **arguments)
    swapped = float(keras.losses.Tversky(alpha=0.9, beta=0.2)(truth, p))
    as_said = float(keras.losses.Tversky(alpha=0.2, beta=0.9)(truth, p))
    assert min(abs(found.item() - x) for x in (swapped, as_said)) < 1e-5
    even = keras.losses.Tversky(alpha=0.6, beta=0.6)(truth, p)
    arguments |= {"alpha": 0.6, "beta": 0.6}
    found = losses.tversky(*tensors(logits, masks), **arguments)
    assert found.item() == pytest.approx(float(even), abs=1e-5)


def test_tversky_holds_dice_and_iou():
    logits, masks = tensors(*example(3)[:2])
    half = losses.tversky(logits, masks, 0.5, 0.5, epsilon=0.5)
    torch.testing.assert_close(half, losses.dice(logits, masks))
    whole = losses.tversky(logits, masks, 1, 1)
    torch.testing.assert_close(whole, losses.iou(logits, masks))


def test_squares_by_hand():
    """Two pixels with p = 3/4 and 1/4, of which the first is in the mask."""
    logits = torch.tensor([math.log(3), -math.log(3)]).reshape(1, 1, 1, 2)
    masks = torch.tensor([[[1, 0]]])
    found = losses.dice(logits, masks, epsilon=0.0, squares=True)
    assert found.item() == pytest.approx(1 - 1.5 / (0.625 + 1))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_focal_is_that_of_keras(gamma):
    logits, masks, _ = example(1)
    theirs = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True)
    wanted = theirs(masks[..., None].astype(np.float32), logits)
    found = losses.focal(*tensors(logits, masks), gamma=gamma)
    assert found.item() == pytest.approx(float(wanted), rel=1e-4)
    logits, masks, _ = example(3)
    theirs = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=gamma, from_logits=True
    )
    wanted = theirs(np.eye(3, dtype=np.float32)[masks], logits)
    found = losses.focal(*tensors(logits, masks), gamma=gamma)
    assert found.item() == pytest.approx(float(wanted), rel=1e-4)


@pytest.mark.parametrize("classes", [1, 3])
def test_weights_of_classes_are_those_of_pytorch(classes):
    logits, masks, _ = example(classes)
    weight = torch.tensor([0.5, 3.0, 2.0])[: max(classes, 2)]
    x, m = tensors(logits, masks)
    pair = x if classes > 1 else torch.cat([torch.zeros_like(x), x], 1)
    wanted = F.cross_entropy(pair, m.long(), weight, reduction="none").mean()
    found = losses.weighted_cross_entropy(x, m, weight[m.long()])
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_keras_takes_the_map_as_sample_weight():
    logits, masks, weights = example(3)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    wanted = float(theirs(masks, logits, sample_weight=weights))
    found = in_keras.weighted_cross_entropy(logits, masks, weights)
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_smaller_logits_are_about_the_middle_of_masks_and_weights():
    logits, masks, weights = example(1)
    wide = [
        np.pad(x, ((0, 0), (4, 4), (2, 2)), constant_values=1) for x in (masks, weights)
    ]
    for name in ("weighted_cross_entropy", "focal", "iou"):
        found = both(name, losses)(*tensors(logits, *wide))
        wanted = both(name, losses)(*tensors(logits, masks, weights))
        assert found.item() == wanted.item()
        theirs = both(name, in_keras)(logits, *wide)
        assert float(theirs) == pytest.approx(wanted.item(), rel=1e-5)


@pytest.mark.parametrize("module", [losses, in_keras], ids=["pytorch", "keras"])
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x, g: m.dice(x, g, over="pixel"), ["'pixel'", "image, batch"]),
        (lambda m, x, g: m.tversky(x, g, -1, 1), ["alpha -1", "0 or more"]),
        (lambda m, x, g: m.focal(x, g, -2), ["gamma -2", "cross-entropy"]),
        (
            lambda m, x, g: m.weighted_cross_entropy(x, g, g[:2]),
            ["(2, 8, 8)", "(3, 8, 8)", "same"],
        ),
    ],
)
def test_errors_name_the_value_and_the_way_out(module, call, words):
    logits, masks, _ = example(1)
    pair = tensors(logits, masks) if module is losses else (logits, masks)
    with pytest.raises(ValueError) as error:
        call(module, *pair)
    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize("name", [*EVERY, "cross_entropy", "binary_cross_entropy"])
@hypothesis.settings(max_examples=8, deadline=None, derandomize=True)
@hypothesis.given(data=st.data())
def test_every_loss_agrees_in_double_precision(name, data):
    kind = name.split()[0]
    least = 2 if kind == "cross_entropy" else 1
    most = 1 if kind == "binary_cross_entropy" else 4
    classes = data.draw(st.integers(least, most))
    n, height, width = (data.draw(st.integers(1, 5)) for _ in range(3))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    scale = data.draw(st.sampled_from([0.0, 1.0, 8.0]))
    logits = rng.normal(size=(n, height, width, classes)) * scale
    masks = rng.integers(0, max(classes, 2), (n, height, width)).astype(np.uint8)
    more = [rng.uniform(0.5, 10, masks.shape)] if kind.startswith("weighted") else []
    options = EVERY.get(name, {})
    value, apart, slope = parity.loss_in_both(kind, logits, masks, *more, **options)
    assert np.isfinite(value)
    assert max(apart, slope) < 1e-10 * max(1, abs(value))
