"""Scores against torchmetrics, scipy, torch and Keras."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats

from helpers import scores


def masks(classes=3, shape=(4, 24, 20), seed=0, wrong=0.3):
    """True masks of blobs, and predictions with a share of wrong pixels."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random((classes, *shape)), (0, 0, 2, 2))
    true = smooth.argmax(0).astype(np.uint8)
    noise = rng.integers(classes, size=shape, dtype=np.uint8)
    return true, np.where(rng.random(shape) < wrong, noise, true)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_matrix_and_scores_equal_torchmetrics(torch, classes):
    from torchmetrics.functional import classification as theirs

    true, predicted = masks(classes)
    a, b = torch.from_numpy(predicted).long(), torch.from_numpy(true).long()
    matrix = scores.confusion(true, predicted, classes)
    expected = theirs.multiclass_confusion_matrix(a, b, classes)
    np.testing.assert_array_equal(matrix, expected.numpy())
    assert matrix.dtype == np.int64

    iou = theirs.multiclass_jaccard_index(a, b, classes, average="none")
    np.testing.assert_allclose(scores.iou(matrix), iou, atol=1e-6)
    dice = theirs.multiclass_f1_score(a, b, classes, average="none")
    np.testing.assert_allclose(scores.dice(matrix), dice, atol=1e-6)
    mean = theirs.multiclass_jaccard_index(a, b, classes, average="macro")
    assert scores.mean_iou(matrix) == pytest.approx(float(mean), abs=1e-6)
    micro = theirs.multiclass_accuracy(a, b, classes, average="micro")
    assert scores.accuracy(matrix) == pytest.approx(float(micro), abs=1e-6)


def test_one_class_means_binary(torch):
    from torchmetrics.functional.classification import binary_jaccard_index

    true, predicted = masks(2)
    matrix = scores.confusion(true, predicted, 1)
    assert matrix.shape == (2, 2)
    expected = binary_jaccard_index(torch.tensor(predicted), torch.tensor(true))
    assert scores.iou(matrix)[1] == pytest.approx(float(expected), abs=1e-6)


def test_per_image_iou_equals_torchmetrics_image_by_image(torch):
    from torchmetrics.functional.classification import multiclass_jaccard_index

    true, predicted = masks(3)
    ours = scores.per_image_iou(true, predicted, 3)
    for row, a, b in zip(ours, predicted, true):
        pair = torch.tensor(a).long(), torch.tensor(b).long()
        expected = multiclass_jaccard_index(*pair, 3, average="none")
        np.testing.assert_allclose(row, expected, atol=1e-6)
    assert scores.mean_per_image_iou(true, predicted, 3) == pytest.approx(ours.mean())


def test_pooled_and_per_image_scores_weigh_sizes_differently():
    true = np.zeros((2, 20, 20), np.uint8)
    true[0, :10], true[1, 0, 0] = 1, 1  # a large object, and one of a single pixel
    predicted = true.copy()
    predicted[1] = 0  # the small one is missed
    pooled = scores.iou(scores.confusion(true, predicted, 1))[1]
    assert pooled == 200 / 201
    assert scores.per_image_iou(true, predicted, 1)[:, 1].mean() == 0.5


def test_a_class_that_occurs_nowhere_is_left_out():
    true = np.array([[[0, 0], [1, 1]]])
    matrix = scores.confusion(true, true, 3)
    np.testing.assert_array_equal(scores.iou(matrix), [1, 1, np.nan])
    np.testing.assert_array_equal(scores.dice(matrix), [1, 1, np.nan])
    assert scores.mean_iou(matrix) == 1
    # Predicted but not there, it counts, with 0.
    assert scores.mean_iou(scores.confusion(true, true * 2, 3)) == pytest.approx(1 / 3)
    assert math.isnan(scores.mean_iou(np.zeros((3, 3))))
    assert math.isnan(scores.accuracy(np.zeros((3, 3))))


@pytest.mark.parametrize("distance", [1, 2, 4])
def test_boundary_iou_equals_erosion(distance):
    true, predicted = masks(3, (3, 40, 32), wrong=0.02)
    ours = scores.boundary_iou(true, predicted, 3, distance)

    def band(region):  # the definition by erosion; image edges count as outlines
        square = np.ones((3, 3))
        return region & ~ndimage.binary_erosion(region, square, distance)

    for k in range(3):
        pairs = [(band(a == k), band(b == k)) for a, b in zip(true, predicted)]
        both = sum((a & b).sum() for a, b in pairs)
        either = sum((a | b).sum() for a, b in pairs)
        assert ours[k] == pytest.approx(both / either)


def test_boundary_iou_sees_what_iou_forgives():
    y, x = np.mgrid[:200, :200]
    true = (np.hypot(y - 100, x - 100) < 80)[None].astype(np.uint8)
    predicted = ndimage.binary_dilation(true[0], iterations=3)[None].astype(np.uint8)
    matrix = scores.confusion(true, predicted, 1)
    assert scores.iou(matrix)[1] > 0.9
    assert scores.boundary_iou(true, predicted, 1)[1] < 0.5
    assert scores.boundary_iou(true, true, 1)[1] == 1


def test_boundary_iou_of_a_class_nowhere_is_nan():
    empty = np.zeros((1, 8, 8), int)
    result = scores.boundary_iou(empty, empty, 1, 1)
    assert result[0] == 1 and np.isnan(result[1])


def logits_of(true, classes, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(*true.shape, classes)) + np.eye(classes)[true]


def test_cross_entropy_equals_torch(torch):
    true, _ = masks(3)
    values = torch.from_numpy(logits_of(true, 3))
    ours = scores.cross_entropy(values.softmax(-1).numpy(), true)
    target = torch.from_numpy(true).long()
    theirs = torch.nn.functional.cross_entropy(values.moveaxis(-1, 1), target)
    assert ours == pytest.approx(float(theirs), rel=1e-6)


def test_binary_cross_entropy_equals_torch(torch):
    true, _ = masks(2)
    values = torch.from_numpy(logits_of(true, 2)[..., :1])
    ours = scores.cross_entropy(values.sigmoid().numpy(), true)
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(
        values[..., 0], torch.from_numpy(true).double()
    )
    assert ours == pytest.approx(float(theirs), rel=1e-6)


def test_sigmoid_scores_are_renormalized_as_keras_does():
    keras = pytest.importorskip("keras")
    true, _ = masks(3)
    sigmoid = 1 / (1 + np.exp(-3 * logits_of(true, 3)))
    theirs = keras.losses.SparseCategoricalCrossentropy()(true, sigmoid)
    ours = scores.renormalized_cross_entropy(sigmoid, true)
    assert ours == pytest.approx(float(theirs), rel=1e-5)


def test_certain_and_wrong_costs_a_finite_amount():
    wrong = np.zeros((1, 2, 2, 2))
    wrong[..., 0] = 1
    loss = scores.cross_entropy(wrong, np.ones((1, 2, 2), int))
    assert loss == pytest.approx(-math.log(1e-7))


def test_constant_answer():
    true, _ = masks(3, seed=5)
    share = np.bincount(true.ravel()) / true.size
    answer = scores.constant_answer(true, true, 3)
    assert answer["label"] == share.argmax()
    assert answer["accuracy"] == pytest.approx(share.max())
    assert answer["cross_entropy"] == pytest.approx(stats.entropy(share))
    assert answer["mean_iou"] == pytest.approx(share.max() / 3)


def test_constant_answer_is_scored_on_the_test_masks():
    train = np.array([[[0, 0], [0, 1]]])
    test = np.array([[[1, 1], [1, 0]]])
    answer = scores.constant_answer(train, test, 1)
    everywhere = np.broadcast_to([0.75, 0.25], (1, 2, 2, 2))
    assert answer["accuracy"] == 0.25
    assert answer["cross_entropy"] == pytest.approx(
        scores.cross_entropy(everywhere, test)
    )


GOOD = np.zeros((1, 4, 4), np.uint8)


@pytest.mark.parametrize(
    "true, predicted, error, words",
    [
        (GOOD, GOOD[0], ValueError, r"\(1, 4, 4\).*\(4, 4\)"),
        (GOOD, GOOD + 0.5, TypeError, "float64.*argmax"),
        (GOOD + 255, GOOD, ValueError, "true masks hold the label 255.*divided by 255"),
        (
            GOOD,
            GOOD + 3,
            ValueError,
            r"predicted masks hold the label 3, expected 0\.\.2",
        ),
        (GOOD, GOOD.astype(int) - 1, ValueError, "label -1"),
        (GOOD[:0], GOOD[:0], ValueError, "no pixels"),
    ],
)
@pytest.mark.parametrize(
    "score", [scores.confusion, scores.per_image_iou, scores.boundary_iou]
)
def test_bad_masks(score, true, predicted, error, words):
    with pytest.raises(error, match=words):
        score(true, predicted, 3)


def test_bad_classes_and_distance():
    with pytest.raises(ValueError, match="classes 0"):
        scores.confusion(GOOD, GOOD, 0)
    with pytest.raises(ValueError, match="distance 0"):
        scores.boundary_iou(GOOD, GOOD, 1, 0)


@pytest.mark.parametrize(
    "values, words",
    [
        (np.full((1, 4, 4, 2), 0.5)[:, :3], "have shape"),
        (np.full((1, 4, 4, 2), -2.0), "logits"),
        (np.full((1, 4, 4, 2), np.nan), "nan"),
        (np.full((1, 4, 4, 2), 0.9), "renormalized_cross_entropy"),
    ],
)
def test_bad_probabilities(values, words):
    with pytest.raises(ValueError, match=words):
        scores.cross_entropy(values, GOOD)


def test_renormalizing_needs_two_classes():
    with pytest.raises(ValueError, match="1 class"):
        scores.renormalized_cross_entropy(np.full((1, 4, 4, 1), 0.5), GOOD)
