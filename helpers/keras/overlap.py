"""Losses of overlap in Keras, the same numbers as those in `helpers.pytorch.overlap`.

Logits are (N, H, W, classes), masks (N, H, W) class indices. p is the softmax of the
logits (one class: the sigmoid), g the mask as 0 and 1. Each loss lies in 0..1. over:
"image" sums over each image and averages the losses of images and classes; "batch"
sums over all pixels of the batch first and averages over classes.
"""

from keras import KerasTensor, ops

from helpers.keras.pixels import check, probabilities

AXES = {"image": (1, 2), "batch": (0, 1, 2)}


def dice(
    logits: KerasTensor,
    masks: KerasTensor,
    epsilon: float = 1.0,
    squares: bool = False,
    over: str = "image",
) -> KerasTensor:
    """1 - (2 sum(p g) + epsilon) / (sum p + sum g + epsilon).

    With epsilon in both places a class that is absent, and predicted so, costs
    nothing. squares: V-Net's sum p^2 + sum g^2 in the denominator (Milletari et al.
    2016, section 3). Raises ValueError for another `over`, or masks that do not fit.
    """
    check(logits, masks)
    return ops.mean(dice_each(logits, masks, epsilon, squares, over))


def dice_each(
    logits: KerasTensor,
    masks: KerasTensor,
    epsilon: float = 1.0,
    squares: bool = False,
    over: str = "image",
) -> KerasTensor:
    """The Dice loss of each image, (N,), or of the batch, (); see `dice`.

    It takes masks of floats too, such as Keras makes of them in `fit`.
    """
    p, g = probabilities(logits, masks)
    axes = axes_of(over)
    both = ops.sum(p * g, axis=axes)
    total = ops.sum(p**2 if squares else p, axis=axes) + ops.sum(g, axis=axes)
    return 1 - ops.mean((2 * both + epsilon) / (total + epsilon), axis=-1)


def iou(
    logits: KerasTensor,
    masks: KerasTensor,
    epsilon: float = 1.0,
    over: str = "image",
) -> KerasTensor:
    """1 - (sum(p g) + epsilon) / (sum p + sum g - sum(p g) + epsilon).

    Also called the Jaccard loss. Source: Rahman and Wang 2016, "Optimizing
    intersection-over-union in deep neural networks". Raises ValueError as `dice`.
    """
    check(logits, masks)
    p, g = probabilities(logits, masks)
    axes = axes_of(over)
    both = ops.sum(p * g, axis=axes)
    either = ops.sum(p, axis=axes) + ops.sum(g, axis=axes) - both
    return ops.mean(1 - (both + epsilon) / (either + epsilon))


def tversky(
    logits: KerasTensor,
    masks: KerasTensor,
    alpha: float = 0.3,
    beta: float = 0.7,
    epsilon: float = 1.0,
    over: str = "image",
) -> KerasTensor:
    """1 - (T + epsilon) / (T + alpha F + beta M + epsilon).

    T = sum(p g) is what was found, F = sum(p (1 - g)) made up, M = sum((1 - p) g)
    missed. 1/2 and 1/2 give Dice (with twice the epsilon), 1 and 1 give IoU. Source:
    Salehi et al. 2017, arXiv 1706.05721. Raises ValueError as `dice`, and for an
    alpha or beta below 0.
    """
    if min(alpha, beta) < 0:
        raise ValueError(f"alpha {alpha} and beta {beta} must both be 0 or more")
    check(logits, masks)
    p, g = probabilities(logits, masks)
    axes = axes_of(over)
    found = ops.sum(p * g, axis=axes)
    made_up, missed = ops.sum(p * (1 - g), axis=axes), ops.sum((1 - p) * g, axis=axes)
    whole = found + alpha * made_up + beta * missed
    return ops.mean(1 - (found + epsilon) / (whole + epsilon))


def axes_of(over: str) -> tuple[int, ...]:
    """The axes to sum over. Raises ValueError for another word."""
    if over not in AXES:
        raise ValueError(f"over {over!r} is not known; choose from {', '.join(AXES)}")
    return AXES[over]
