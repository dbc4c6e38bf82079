"""Logits and masks brought together, for every loss in Keras."""

import keras
from keras import KerasTensor, ops


def check(logits: KerasTensor, masks: KerasTensor) -> None:
    """Refuse masks that are not of these logits, by what a graph knows of them too.

    Raises ValueError for shapes that do not fit, or masks that are no whole numbers.
    """
    _check_shapes(logits, masks)
    kind = keras.backend.standardize_dtype(masks.dtype)
    if "int" not in kind:
        raise ValueError(
            f"masks are {kind}, expected whole numbers, one class index a pixel; "
            'convert with keras.ops.cast(masks, "int32")'
        )


def _check_shapes(logits: KerasTensor, masks: KerasTensor) -> None:
    """Refuse masks of other images or too small ones: they would broadcast.

    Lengths that a graph leaves open pass.
    """
    ours, theirs = tuple(masks.shape), tuple(logits.shape)
    spare = [m - n if None not in (m, n) else 0 for m, n in zip(ours, theirs[:3])]
    fits = len(ours) == 3 or (len(ours) == 4 and ours[3] in (1, None))
    if not fits or len(theirs) != 4 or spare[0] or min(spare) < 0:
        raise ValueError(
            f"logits of shape {theirs} and masks of shape {ours} do not fit; expected "
            "(N, H', W', classes) and (N, H, W), at least as large"
        )


def cut_to(masks: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """The middle of masks (N, H, W) that logits (N, H', W', classes) are about.

    A last axis of length 1, as Keras's own loaders give it, is dropped. It serves
    weights (N, H, W) as well, and masks that Keras has made floats of: `check` is for
    those that come from elsewhere. Raises ValueError for shapes that do not fit.
    """
    _check_shapes(logits, masks)
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
