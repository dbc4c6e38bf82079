"""Scores of predicted masks: one confusion matrix, and what follows from it.

Masks are (N, H, W) or (H, W) arrays of class indices. `classes == 1` means the two
classes 0 and 1. A class that occurs nowhere scores nan, which means leave out.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

TINY = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does


def confusion(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count pixels by true class (row) and predicted class (column).

    Returns (classes, classes) int64. Raises ValueError for masks of different
    shapes or labels outside the classes, TypeError for masks that are no integers.
    """
    count = _count(classes)
    pairs = _pairs(true, predicted, count)
    return np.bincount(pairs.ravel(), minlength=count**2).reshape(count, count)


def per_image_confusion(
    true: np.ndarray, predicted: np.ndarray, classes: int
) -> np.ndarray:
    """The confusion matrix of each image: (N, classes, classes) int64."""
    count = _count(classes)
    pairs = _pairs(true, predicted, count)
    if pairs.ndim < 3:
        pairs = pairs[None]
    pairs = pairs.reshape(len(pairs), -1)
    pairs += count**2 * np.arange(len(pairs))[:, None]
    counts = np.bincount(pairs.ravel(), minlength=len(pairs) * count**2)
    return counts.reshape(len(pairs), count, count)


def accuracy(matrix: np.ndarray) -> float:
    """Share of the pixels whose class is right, 0..1; nan for no pixels."""
    total = matrix.sum()
    return float(np.trace(matrix) / total) if total else float("nan")


def iou(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, 0..1: (..., classes) float64.

    Takes one matrix or a stack of them. nan for a class that occurs nowhere.
    """
    both = np.diagonal(matrix, axis1=-2, axis2=-1)
    either = matrix.sum(-1) + matrix.sum(-2) - both
    return _divide(both, either)


def dice(matrix: np.ndarray) -> np.ndarray:
    """Dice coefficient of each class, 0..1: (..., classes); nan as for `iou`.

    Equal to 2 IoU / (1 + IoU), so it ranks the predictions of a class as IoU does.
    """
    both = np.diagonal(matrix, axis1=-2, axis2=-1)
    return _divide(2 * both, matrix.sum(-1) + matrix.sum(-2))


def mean_iou(matrix: np.ndarray) -> float:
    """Mean of the classes' IoU, pooled over all pixels counted in the matrix.

    Classes that occur nowhere are left out; nan if all are.
    """
    return float(_mean(iou(matrix)))


def per_image_iou(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """IoU of each class in each image: (N, classes) float64, nan where it is absent.

    The mean over images weighs a small object as much as a large one; the pooled
    IoU, `iou(confusion(...))`, weighs each pixel alike. The two can rank models
    differently, so say which one a number is.
    """
    return iou(per_image_confusion(true, predicted, classes))


def mean_per_image_iou(true: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """Mean over images of each image's mean IoU over the classes that it has."""
    return float(_mean(_mean(per_image_iou(true, predicted, classes))))


def boundary_iou(
    true: np.ndarray,
    predicted: np.ndarray,
    classes: int,
    distance: int | None = None,
) -> np.ndarray:
    """IoU of the bands along the outlines, per class: (classes,) float64.

    The band of a class is the pixels of that class at most `distance` pixels inside
    its outline, diagonal steps counted as one; the edge of the image is an outline
    too. Intersections and unions are pooled over images. The default distance is
    2 % of the image's diagonal, at least 1.

    Raises ValueError for a distance below 1, and as `confusion` does.

    Source: B. Cheng et al., "Boundary IoU" (CVPR 2021, arXiv 2103.16562), eq. 2.
    """
    count = _count(classes)
    _pairs(true, predicted, count)
    shape = (-1, *np.shape(true)[-2:])
    true, predicted = np.reshape(true, shape), np.reshape(predicted, shape)
    if distance is None:
        distance = max(1, round(0.02 * float(np.hypot(*true.shape[1:]))))
    if distance < 1:
        raise ValueError(f"distance {distance} leaves no band; it must be 1 or more")
    both, either = np.zeros(count), np.zeros(count)
    for a, b in zip(true, predicted):
        for k in range(count):
            band_a, band_b = _band(a == k, distance), _band(b == k, distance)
            both[k] += np.count_nonzero(band_a & band_b)
            either[k] += np.count_nonzero(band_a | band_b)
    return _divide(both, either)


def cross_entropy(probabilities: np.ndarray, masks: np.ndarray) -> float:
    """Mean over pixels of -log of the probability given to the true class, in nats.

    probabilities: (N, H, W, classes) of a softmax, summing to 1, or (N, H, W, 1)
    with the probability of class 1. masks: (N, H, W) integers. Probabilities are
    kept within 1e-7 of 0 and 1. Raises ValueError for shapes that do not fit,
    values outside 0..1, or probabilities that do not sum to 1.
    """
    p = _probabilities(probabilities, masks)
    if p.shape[-1] == 1:
        p = np.concatenate([1 - p, p], axis=-1)
    worst = float(np.abs(p.sum(-1) - 1).max())
    if worst > 1e-2:
        raise ValueError(
            f"probabilities sum to 1 with an error of {worst:.3g}; for the scores of "
            "a sigmoid per class use renormalized_cross_entropy"
        )
    return _log_loss(p, masks)


def renormalized_cross_entropy(scores: np.ndarray, masks: np.ndarray) -> float:
    """Cross-entropy of sigmoid scores divided by their sum over the classes.

    What `keras.losses.sparse_categorical_crossentropy` gives for an array of them:
    -log(p_t / sum p). (While a model trains, Keras sees the logits under the sigmoid
    and takes their softmax.) scores: (N, H, W, classes) in 0..1, classes >= 2.
    Raises ValueError as `cross_entropy` does.
    """
    p = np.clip(_probabilities(scores, masks), TINY, 1 - TINY)
    if p.shape[-1] == 1:
        raise ValueError("1 class has nothing to divide by; use cross_entropy")
    return _log_loss(p / p.sum(-1, keepdims=True), masks)


def constant_answer(
    train_masks: np.ndarray, test_masks: np.ndarray, classes: int
) -> dict[str, float]:
    """Score the best answer that does not look at the image.

    For accuracy and mean IoU it is the class most frequent in `train_masks`
    everywhere, for cross-entropy the class frequencies of `train_masks` at every
    pixel; all are scored on `test_masks`. Returns label, accuracy, mean_iou and
    cross_entropy. A model that stays below has learned nothing.
    """
    count = _count(classes)
    train = np.bincount(
        _pairs(train_masks, train_masks, count).ravel() // count, minlength=count
    )[:count]
    test = confusion(test_masks, test_masks, count).diagonal()
    label = int(train.argmax())
    matrix = np.zeros((count, count), np.int64)
    matrix[:, label] = test
    share = np.clip(train / train.sum(), TINY, 1)
    return {
        "label": label,
        "accuracy": accuracy(matrix),
        "mean_iou": mean_iou(matrix),
        "cross_entropy": float(-(test / test.sum()) @ np.log(share)),
    }


def _count(classes: int) -> int:
    if classes < 1:
        raise ValueError(f"classes {classes} must be 1 (binary) or more")
    return max(int(classes), 2)


def _pairs(true: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """true * count + predicted as int64, after the checks."""
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.shape != predicted.shape:
        raise ValueError(
            f"true masks have shape {true.shape} and predicted masks "
            f"{predicted.shape}; both must be the same (N, H, W)"
        )
    if not true.size:
        raise ValueError(f"masks of shape {true.shape} hold no pixels to score")
    for name, masks in (("true", true), ("predicted", predicted)):
        if masks.dtype.kind not in "iub":
            raise TypeError(
                f"{name} masks are {masks.dtype}; class indices are integers: take "
                "argmax over the classes, or compare a probability with 0.5, first"
            )
        low, high = int(masks.min()), int(masks.max())
        if low < 0 or high >= count:
            mend = "; masks of 0 and 255 must be divided by 255" if high == 255 else ""
            raise ValueError(
                f"{name} masks hold the label {low if low < 0 else high}, expected "
                f"0..{count - 1}{mend}"
            )
    return true.astype(np.int64) * count + predicted


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.asarray(whole, float)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without the nan; nan, not a warning, if all are."""
    known = ~np.isnan(values)
    return _divide(np.where(known, values, 0).sum(-1), known.sum(-1))


def _band(region: np.ndarray, distance: int) -> np.ndarray:
    inner = ndimage.distance_transform_cdt(np.pad(region, 1), metric="chessboard")
    return region & (inner[1:-1, 1:-1] <= distance)


def _probabilities(values: np.ndarray, masks: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    if values.shape[:-1] != np.shape(masks):
        raise ValueError(
            f"probabilities have shape {values.shape} and masks {np.shape(masks)}; "
            "expected (N, H, W, classes) and (N, H, W)"
        )
    if not (values.min() >= -1e-6 and values.max() <= 1 + 1e-6):
        raise ValueError(
            f"probabilities lie in {values.min():.4g}..{values.max():.4g}, expected "
            "0..1; are these logits? apply the softmax or sigmoid first"
        )
    return values.astype(np.float64)


def _log_loss(p: np.ndarray, masks: np.ndarray) -> float:
    masks = np.asarray(masks)
    _pairs(masks, masks, p.shape[-1])
    chosen = np.take_along_axis(p, masks[..., None].astype(np.int64), -1)
    return float(-np.log(np.clip(chosen, TINY, 1 - TINY)).mean())
