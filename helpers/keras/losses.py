"""Losses on logits, the same numbers as their twins in `helpers.pytorch.losses`."""

import keras
from keras import KerasTensor, ops

from helpers.keras.overlap import dice, dice_each, iou, tversky
from helpers.keras.pixels import check, cut_to, exact
from helpers.recipe import CHOICES

__all__ = [
    "SegmentationLoss",
    "binary_cross_entropy",
    "cross_entropy",
    "cut_to",
    "dice",
    "focal",
    "iou",
    "make",
    "pixel_cross_entropy",
    "tversky",
    "weighted_cross_entropy",
]

TINY = 1e-12


@keras.saving.register_keras_serializable("helpers")
class SegmentationLoss(keras.losses.Loss):
    """A loss for `compile`: called as loss(masks, logits); one value an image.

    masks: (N, H, W) class indices; logits: (N, H', W', classes), of which masks are
    cut to the middle where padding is valid. See `make` for the arguments.
    """

    def __init__(
        self,
        kind: str,
        classes: int,
        dice_weight: float = 0.5,
        label_smoothing: float = 0.0,
        name: str = "loss",
        **kwargs,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._arguments = {
            "kind": kind,
            "classes": classes,
            "dice_weight": dice_weight,
            "label_smoothing": label_smoothing,
        }

    def call(self, masks: KerasTensor, logits: KerasTensor) -> KerasTensor:
        """The loss of each image: (N,); ValueError for shapes that do not fit."""
        kind, classes, weight, smoothing = self._arguments.values()
        if logits.shape[-1] != classes:
            raise ValueError(
                f"the loss is for {classes} class(es), the logits have "
                f"{logits.shape[-1]}; build the network with classes={classes}, or "
                f"make the loss with classes={logits.shape[-1]}"
            )
        entropy = _binary if classes == 1 else _softmax
        masks = cut_to(masks, logits)
        if kind == "cross_entropy":
            return entropy(logits, masks, smoothing)
        if kind == "dice":
            return dice_each(logits, masks)
        entropies = entropy(logits, masks, smoothing)
        return (1 - weight) * entropies + weight * dice_each(logits, masks)

    def get_config(self) -> dict:
        """What `from_config` needs to make the loss again."""
        return {**super().get_config(), **self._arguments, "dtype": self.dtype}


def make(
    name: str,
    classes: int,
    dice_weight: float = 0.5,
    label_smoothing: float = 0.0,
    dtype: str | None = None,
) -> SegmentationLoss:
    """The loss of that name for `compile`, on logits.

    name: "cross_entropy" (with a sigmoid for one class, a softmax for more), "dice",
    or "cross_entropy+dice", of which Dice makes up `dice_weight` (0..1) and
    cross-entropy the rest.
    label_smoothing: share of the cross-entropy's target spread over all classes.
    dtype: what logits are cast to first, "float64" to compare with PyTorch; None for
    `keras.config.floatx()`, as in training.
    Raises ValueError for another name, or fewer classes than one.
    """
    if name not in CHOICES["loss"]:
        raise ValueError(
            f"loss {name!r} is not known; choose from {', '.join(CHOICES['loss'])}"
        )
    if classes < 1:
        raise ValueError(f"classes {classes} is not a whole number of at least 1")
    return SegmentationLoss(name, classes, dice_weight, label_smoothing, dtype=dtype)


def cross_entropy(
    logits: KerasTensor, masks: KerasTensor, label_smoothing: float = 0.0
) -> KerasTensor:
    """Mean over pixels of -log of the softmax at the true class, in nats.

    logits: (N, H, W, classes), two classes or more; masks: (N, H, W) integers.
    Raises ValueError for one class, or masks that do not fit.
    """
    if logits.shape[-1] == 1:
        raise ValueError(
            "logits have 1 class, and a softmax over one class is always 1; use "
            "binary_cross_entropy, or build the network with classes=2"
        )
    check(logits, masks)
    return ops.mean(_softmax(logits, cut_to(masks, logits), label_smoothing))


def binary_cross_entropy(
    logits: KerasTensor, masks: KerasTensor, label_smoothing: float = 0.0
) -> KerasTensor:
    """Mean over pixels of the cross-entropy of a sigmoid, in nats.

    logits: (N, H, W, 1); masks: (N, H, W) of 0 and 1, integers. Raises ValueError for
    several classes, or masks that do not fit.
    """
    if logits.shape[-1] != 1:
        raise ValueError(
            f"logits have {logits.shape[-1]} classes, and a sigmoid is for one; use "
            "cross_entropy, or build the network with classes=1"
        )
    check(logits, masks)
    return ops.mean(_binary(logits, cut_to(masks, logits), label_smoothing))


def weighted_cross_entropy(
    logits: KerasTensor, masks: KerasTensor, weights: KerasTensor
) -> KerasTensor:
    """Mean over pixels of the weight times the cross-entropy, in nats.

    weights: (N, H, W), such as `borders.weight_maps`; one class or more. The paper
    adds up where this divides by the number of pixels (Ronneberger et al. 2015, eq.
    1). `fit(..., sample_weight=weights)` does the same for a loss of Keras that gives
    one value a pixel. Raises ValueError for shapes that do not fit.
    """
    if tuple(weights.shape) != tuple(masks.shape):
        raise ValueError(
            f"weights have shape {tuple(weights.shape)} and masks "
            f"{tuple(masks.shape)}; both must be the same (N, H, W)"
        )
    each = pixel_cross_entropy(logits, masks)
    return ops.mean(ops.cast(cut_to(weights, logits), each.dtype) * each)


def focal(logits: KerasTensor, masks: KerasTensor, gamma: float = 2.0) -> KerasTensor:
    """Mean over pixels of -(1 - p)^gamma log p, p that of the true class, in nats.

    gamma 0 is the cross-entropy; the larger, the less count pixels that are right
    already. Source: Lin et al. 2017, arXiv 1708.02002, equation 4. Raises ValueError
    for a gamma below 0, or masks that do not fit.
    """
    if gamma < 0:
        raise ValueError(f"gamma {gamma} is below 0; 2 is usual, 0 is cross-entropy")
    each = pixel_cross_entropy(logits, masks)
    # 1 - exp(-x) would lose the digits of a small x; at 0 a root has no slope.
    return ops.mean(ops.maximum(-ops.expm1(-each), TINY) ** gamma * each)


def pixel_cross_entropy(logits: KerasTensor, masks: KerasTensor) -> KerasTensor:
    """The cross-entropy of each pixel, (N, H', W'); one class or more.

    Raises ValueError for masks that do not fit.
    """
    check(logits, masks)
    masks, logits = cut_to(masks, logits), exact(logits)
    if logits.shape[-1] > 1:
        masks = ops.cast(masks, "int32")
        return ops.sparse_categorical_crossentropy(masks, logits, from_logits=True)
    target = ops.cast(masks, logits.dtype)
    return ops.binary_crossentropy(target, logits[..., 0], from_logits=True)


def _softmax(logits, masks, smoothing: float):
    logits = exact(logits)
    masks = ops.cast(masks, "int32")
    loss = ops.sparse_categorical_crossentropy(masks, logits, from_logits=True)
    if smoothing:
        everywhere = -ops.mean(ops.log_softmax(logits, axis=-1), axis=-1)
        loss = (1 - smoothing) * loss + smoothing * everywhere
    return ops.mean(loss, axis=(1, 2))


def _binary(logits, masks, smoothing: float):
    logits = exact(logits)
    target = ops.cast(masks, logits.dtype) * (1 - smoothing) + smoothing / 2
    loss = ops.binary_crossentropy(target, logits[..., 0], from_logits=True)
    return ops.mean(loss, axis=(1, 2))
