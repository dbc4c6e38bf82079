"""Losses on logits, the same numbers as their twins in `helpers.pytorch.losses`."""

import keras
from keras import KerasTensor, ops

from helpers.recipe import CHOICES


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
        """The loss of each image: (N,)."""
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
            return _dice(logits, masks, 1.0)
        entropies = entropy(logits, masks, smoothing)
        return (1 - weight) * entropies + weight * _dice(logits, masks, 1.0)

    def get_config(self) -> dict:
        """What `from_config` needs to make the loss again."""
        return {**super().get_config(), **self._arguments}


def make(
    name: str, classes: int, dice_weight: float = 0.5, label_smoothing: float = 0.0
) -> SegmentationLoss:
    """The loss of that name for `compile`, on logits.

    name: "cross_entropy" (with a sigmoid for one class, a softmax for more), "dice",
    or "cross_entropy+dice", of which Dice makes up `dice_weight` (0..1) and
    cross-entropy the rest.
    label_smoothing: share of the cross-entropy's target spread over all classes.
    Raises ValueError for another name, or fewer classes than one.
    """
    if name not in CHOICES["loss"]:
        raise ValueError(
            f"loss {name!r} is not known; choose from {', '.join(CHOICES['loss'])}"
        )
    if classes < 1:
        raise ValueError(f"classes {classes} is not a whole number of at least 1")
    return SegmentationLoss(name, classes, dice_weight, label_smoothing)


def cross_entropy(
    logits: KerasTensor, masks: KerasTensor, label_smoothing: float = 0.0
) -> KerasTensor:
    """Mean over pixels of -log of the softmax at the true class, in nats.

    logits: (N, H, W, classes), two classes or more; masks: (N, H, W) integers.
    Raises ValueError for one class.
    """
    if logits.shape[-1] == 1:
        raise ValueError(
            "logits have 1 class, and a softmax over one class is always 1; use "
            "binary_cross_entropy, or build the network with classes=2"
        )
    return ops.mean(_softmax(logits, cut_to(masks, logits), label_smoothing))


def binary_cross_entropy(
    logits: KerasTensor, masks: KerasTensor, label_smoothing: float = 0.0
) -> KerasTensor:
    """Mean over pixels of the cross-entropy of a sigmoid, in nats.

    logits: (N, H, W, 1); masks: (N, H, W) of 0 and 1. Raises ValueError for several
    classes.
    """
    if logits.shape[-1] != 1:
        raise ValueError(
            f"logits have {logits.shape[-1]} classes, and a sigmoid is for one; use "
            "cross_entropy, or build the network with classes=1"
        )
    return ops.mean(_binary(logits, cut_to(masks, logits), label_smoothing))


def dice(logits: KerasTensor, masks: KerasTensor, epsilon: float = 1.0) -> KerasTensor:
    """1 - Dice coefficient, averaged over images and classes; from 0 to 1.

    Dice is (2 sum(p g) + epsilon) / (sum(p) + sum(g) + epsilon) over an image's
    pixels, so that an empty mask predicted empty costs nothing. p: the softmax of
    logits (N, H, W, classes), or for one class their sigmoid; g: masks (N, H, W) as
    0 and 1. Source: Milletari et al. 2016 (V-Net), with sums instead of squares.
    """
    return ops.mean(_dice(logits, cut_to(masks, logits), epsilon))


def cut_to(masks: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """The middle of masks (N, H, W) that logits (N, H', W', ...) are about.

    A last axis of length 1, as Keras's own loaders give it, is dropped.
    """
    if len(masks.shape) == 4:
        masks = masks[..., 0]
    if tuple(masks.shape[1:3]) == tuple(logits.shape[1:3]):
        return masks
    (height, width), (rows, columns) = (ops.shape(x)[1:3] for x in (masks, logits))
    top, left = (height - rows) // 2, (width - columns) // 2
    return masks[:, top : top + rows, left : left + columns]


def _softmax(logits, masks, smoothing: float):
    masks = ops.cast(masks, "int32")
    loss = ops.sparse_categorical_crossentropy(masks, logits, from_logits=True)
    if smoothing:
        everywhere = -ops.mean(ops.log_softmax(logits, axis=-1), axis=-1)
        loss = (1 - smoothing) * loss + smoothing * everywhere
    return ops.mean(loss, axis=(1, 2))


def _binary(logits, masks, smoothing: float):
    target = ops.cast(masks, logits.dtype) * (1 - smoothing) + smoothing / 2
    loss = ops.binary_crossentropy(target, logits[..., 0], from_logits=True)
    return ops.mean(loss, axis=(1, 2))


def _dice(logits, masks, epsilon: float):
    if logits.shape[-1] == 1:
        p, g = ops.sigmoid(logits), ops.cast(masks, logits.dtype)[..., None]
    else:
        p = ops.softmax(logits, axis=-1)
        g = ops.one_hot(ops.cast(masks, "int32"), p.shape[-1], dtype=p.dtype)
    both = ops.sum(p * g, axis=(1, 2))
    total = ops.sum(p, axis=(1, 2)) + ops.sum(g, axis=(1, 2))
    return 1 - ops.mean((2 * both + epsilon) / (total + epsilon), axis=-1)
