"""Keras losses and metrics: PyTorch's numbers, and what they refuse."""

import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow
import torch
import torchmetrics
from torch.nn import functional as F
from torchmetrics.functional import segmentation

from helpers.keras import losses, metrics
from helpers.pytorch import losses as twins
from helpers.recipe import CHOICES


def example(classes: int, seed: int = 0, sharp: float = 2.0):
    """Logits (3, 6, 8, classes) float32 and masks (3, 6, 8) uint8."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=sharp, size=(3, 6, 8, classes)).astype(np.float32)
    masks = rng.integers(0, max(classes, 2), (3, 6, 8)).astype(np.uint8)
    masks[0] = 0  # an image without most of the classes
    return logits, masks


def tensors(logits, masks):
    return torch.from_numpy(logits).movedim(-1, 1), torch.from_numpy(masks).long()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropies_are_those_of_pytorch(smoothing):
    logits, masks = example(3)
    expected = F.cross_entropy(*tensors(logits, masks), label_smoothing=smoothing)
    found = losses.cross_entropy(logits, masks, smoothing)
    assert float(found) == pytest.approx(expected.item(), rel=1e-5)
    logits, masks = example(1, sharp=30.0)
    targets = torch.from_numpy(masks) * (1 - smoothing) + smoothing / 2
    expected = F.binary_cross_entropy_with_logits(
        torch.from_numpy(logits[..., 0]), targets
    )
    found = losses.binary_cross_entropy(logits, masks, smoothing)
    assert float(found) == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", CHOICES["loss"])
def test_losses_are_those_of_the_twin(name, classes):
    logits, masks = example(classes)
    arguments = {"dice_weight": 0.7, "label_smoothing": 0.05}
    expected = twins.make(name, classes, **arguments)(*tensors(logits, masks))
    loss = losses.make(name, classes, **arguments)
    assert float(loss(masks, logits)) == pytest.approx(expected.item(), rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(masks, logits)) == float(loss(masks, logits))


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", CHOICES["loss"])
def test_gradients_are_those_of_the_twin(name, classes):
    """At 0 too, which is where a network of dead ReLUs is."""
    logits, masks = example(classes)
    logits[:, 2:4] = 0
    theirs, truth = tensors(logits, masks)
    twins.make(name, classes)(theirs.requires_grad_(), truth).backward()
    variable = tensorflow.Variable(logits)
    with tensorflow.GradientTape() as tape:
        loss = losses.make(name, classes)(masks, variable)
    ours = tape.gradient(loss, variable).numpy()
    np.testing.assert_allclose(ours, theirs.grad.movedim(1, -1), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", CHOICES["loss"])
@hypothesis.settings(max_examples=6, deadline=None, derandomize=True)
@hypothesis.given(
    dice_weight=st.floats(0, 1),
    label_smoothing=st.floats(0, 1, exclude_max=True),
    seed=st.integers(0, 99),
)
@hypothesis.example(dice_weight=1 / 3, label_smoothing=0.1, seed=0)
def test_losses_of_recipes_agree_in_double_precision(
    name, classes, seed, dice_weight, label_smoothing
):
    logits, masks = example(classes, seed)
    logits = logits.astype(np.float64)
    theirs, truth = tensors(logits, masks)
    expected = twins.make(name, classes, dice_weight, label_smoothing)(
        theirs.requires_grad_(), truth
    )
    expected.backward()
    variable = tensorflow.Variable(logits)
    loss = losses.make(name, classes, dice_weight, label_smoothing, dtype="float64")
    assert keras.losses.deserialize(keras.losses.serialize(loss)).dtype == "float64"
    with tensorflow.GradientTape() as tape:
        found = loss(masks, variable)
    assert float(found) == pytest.approx(expected.item(), rel=1e-10)
    ours = tape.gradient(found, variable).numpy()
    np.testing.assert_allclose(ours, theirs.grad.movedim(1, -1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("classes", [1, 3])
def test_dice_of_certain_answers_is_that_of_torchmetrics(classes):
    """Logits of +-60 make the soft Dice a hard one."""
    rng = np.random.default_rng(4)
    count = max(classes, 2)
    masks, answers = rng.integers(0, count, (2, 3, 6, 8)).astype(np.uint8)
    hot = np.eye(count, dtype=np.float32)[answers]
    logits = (hot[..., 1:] if classes == 1 else hot) * 120 - 60
    expected = segmentation.dice_score(
        torch.from_numpy(answers).long(),
        torch.from_numpy(masks).long(),
        num_classes=count,
        include_background=classes > 1,
        average=None,
        aggregation_level="samplewise",
        input_format="index",
    ).mean()
    found = losses.dice(logits, masks, epsilon=1e-6)
    assert float(found) == pytest.approx(1 - expected.item(), abs=1e-5)


def test_dice_against_keras_own():
    """The same for one image and class; not for an empty mask or a whole batch."""
    logits, masks = example(1)
    p = keras.ops.sigmoid(logits)
    g = masks[..., None].astype(np.float32)
    ours, theirs = [], []
    for one in (slice(1, 2), slice(2, 3)):
        ours.append(float(losses.dice(logits[one], masks[one], epsilon=1e-6)))
        theirs.append(float(keras.losses.Dice()(g[one], p[one])))
    assert ours == pytest.approx(theirs, abs=1e-5)
    nothing = np.full((1, 4, 4, 1), -60.0, np.float32)
    empty = np.zeros((1, 4, 4), np.uint8)
    assert float(losses.dice(nothing, empty)) == pytest.approx(0, abs=1e-6)
    theirs = keras.losses.Dice()(empty[..., None].astype(np.float32), nothing * 0)
    assert float(theirs) == pytest.approx(1)


def test_a_loss_is_a_mean_over_images():
    logits, masks = example(3)
    loss = losses.make("cross_entropy+dice", 3)
    each = [float(loss(masks[i : i + 1], logits[i : i + 1])) for i in range(3)]
    assert float(loss(masks, logits)) == pytest.approx(np.mean(each), rel=1e-5)
    assert loss.call(masks, keras.ops.convert_to_tensor(logits)).shape == (3,)


def test_masks_are_cut_to_the_output():
    logits, masks = example(3)
    wide = np.pad(masks, ((0, 0), (4, 4), (2, 2)), constant_values=2)
    assert float(losses.cross_entropy(logits, wide)) == float(
        losses.cross_entropy(logits, masks)
    )
    assert float(losses.cross_entropy(logits, masks[..., None])) == float(
        losses.cross_entropy(logits, masks)
    )


def test_softmax_of_one_and_sigmoid_of_many_are_refused():
    with pytest.raises(ValueError, match=r"have 1 class,.*binary_cross_entropy.*=2"):
        losses.cross_entropy(*example(1))
    with pytest.raises(ValueError, match=r"have 3 classes.*cross_entropy.*classes=1"):
        losses.binary_cross_entropy(*example(3))
    logits, masks = example(3)
    with pytest.raises(ValueError, match=r"for 1 class.*have 3"):
        losses.make("dice", 1)(masks, logits)
    with pytest.raises(ValueError, match=r"'jaccard' is not known; .*dice"):
        losses.make("jaccard", 1)


@pytest.mark.parametrize("classes", [1, 3])
def test_metrics_are_those_of_torchmetrics(classes):
    logits, masks = example(classes)
    count = max(classes, 2)
    answers = logits.argmax(-1) if classes > 1 else logits[..., 0] > 0
    answers = torch.from_numpy(answers.astype(np.int64))
    truth = torch.from_numpy(masks.astype(np.int64))
    iou = torchmetrics.JaccardIndex("multiclass", num_classes=count)(answers, truth)
    right = torchmetrics.Accuracy("multiclass", num_classes=count, average="micro")
    entropy = losses.make("cross_entropy", classes)(masks, logits)
    expected = [iou, right(answers.flatten(), truth.flatten()), entropy]
    found = [metrics.MeanIoU(classes), metrics.Accuracy(), metrics.CrossEntropy()]
    for metric, number in zip(found, expected):
        for part in (slice(0, 2), slice(2, 3)):
            metric.update_state(masks[part], logits[part])
        assert float(metric.result()) == pytest.approx(float(number), abs=1e-6)
        again = type(metric).from_config(metric.get_config())
        again.update_state(masks, logits)
        assert float(again.result()) == pytest.approx(float(number), abs=1e-6)


def test_sigmoid_over_three_classes_under_the_article_loss():
    """Bare scores are divided by their sum; a model's are taken back to logits."""
    logits, masks = example(3)
    article = keras.losses.SparseCategoricalCrossentropy()
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    truth = np.take_along_axis(p, masks[..., None].astype(int), -1)[..., 0]
    renormalized = -np.log(truth / p.sum(-1)).mean()
    bare = float(article(masks, p.astype(np.float32)))
    assert bare == pytest.approx(renormalized, rel=1e-5)
    softmax = F.cross_entropy(*tensors(logits, masks)).item()
    output = keras.activations.sigmoid(keras.ops.convert_to_tensor(logits))
    assert float(article(masks, output)) == pytest.approx(softmax, rel=1e-5)
    assert abs(softmax - renormalized) > 0.1
