"""Logits and masks brought together, for every loss in Keras."""

import keras
from keras import KerasTensor, ops


def cut_to(masks: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """The middle of masks (N, H, W) that logits (N, H', W', ...) are about.

    A last axis of length 1, as Keras's own loaders give it, is dropped. It serves
    weights (N, H, W) as well.
    """
    if len(masks.shape) == 4:
        masks = masks[..., 0]
    if tuple(masks.shape[1:3]) == tuple(logits.shape[1:3]):
        return masks
    (height, width), (rows, columns) = (ops.shape(x)[1:3] for x in (masks, logits))
    top, left = (height - rows) // 2, (width - columns) // 2
    return masks[:, top : top + rows, left : left + columns]


def exact(logits: KerasTensor) -> KerasTensor:
    """Logits in float32 or better, whatever precision the network ran in."""
    kind = keras.backend.standardize_dtype(logits.dtype)
    return ops.cast(logits, "float32") if kind in ("float16", "bfloat16") else logits


def probabilities(
    logits: KerasTensor, masks: KerasTensor
) -> tuple[KerasTensor, KerasTensor]:
    """p, the softmax of logits (for one class: the sigmoid), and g, masks as 0 and 1.

    Both are (N, H', W', classes).
    """
    masks, logits = cut_to(masks, logits), exact(logits)
    if logits.shape[-1] == 1:
        return ops.sigmoid(logits), ops.cast(masks, logits.dtype)[..., None]
    p = ops.softmax(logits, axis=-1)
    return p, ops.one_hot(ops.cast(masks, "int32"), p.shape[-1], dtype=p.dtype)
