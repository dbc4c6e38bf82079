"""Losses in PyTorch. Logits are (N, classes, H, W), masks (N, H, W) class indices.

Each is a mean and is computed in float32 or better, whatever precision the network
ran in. Where valid padding made the logits smaller, the middle of the masks counts.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers.pytorch.overlap import dice, iou, tversky
from helpers.pytorch.pixels import cut_to, exact, middle

__all__ = [
    "Loss",
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

Loss = Callable[[Tensor, Tensor], Tensor]
TINY = 1e-12


def cross_entropy(
    logits: Tensor, masks: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Mean over pixels of -log softmax of the true class, in nats; two classes or more.

    Raises ValueError for a single channel of logits, or shapes that do not fit.
    """
    masks = cut_to(masks, logits)
    if logits.shape[1] == 1:
        raise ValueError(
            "logits have 1 class and a softmax over it is always 1; take "
            "binary_cross_entropy, which puts a sigmoid there, or build with classes=2"
        )
    return F.cross_entropy(exact(logits), masks.long(), label_smoothing=label_smoothing)


def binary_cross_entropy(
    logits: Tensor, masks: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Mean over pixels of -log sigmoid of the true answer, in nats; one class.

    Raises ValueError for several channels of logits, or shapes that do not fit.
    """
    masks = cut_to(masks, logits)
    if logits.shape[1] != 1:
        raise ValueError(
            f"logits have {logits.shape[1]} classes but a sigmoid answers one yes or "
            "no; take cross_entropy, which puts a softmax there, or build with "
            "classes=1"
        )
    logits = exact(logits[:, 0])
    wanted = masks.to(logits.dtype) * (1 - label_smoothing) + label_smoothing / 2
    return F.binary_cross_entropy_with_logits(logits, wanted)


def weighted_cross_entropy(logits: Tensor, masks: Tensor, weights: Tensor) -> Tensor:
    """Mean over pixels of the weight times the cross-entropy, in nats.

    weights: (N, H, W), such as `borders.weight_maps`; one class or more. The paper
    adds up where this divides by the number of pixels (Ronneberger et al. 2015, eq.
    1). Raises ValueError for shapes that do not fit.
    """
    if weights.shape != masks.shape:
        raise ValueError(
            f"weights have shape {tuple(weights.shape)} and masks "
            f"{tuple(masks.shape)}; both must be the same (N, H, W)"
        )
    each = pixel_cross_entropy(logits, masks)
    return (middle(weights, logits).to(each.dtype) * each).mean()


def focal(logits: Tensor, masks: Tensor, gamma: float = 2.0) -> Tensor:
    """Mean over pixels of -(1 - p)^gamma log p, p that of the true class, in nats.

    gamma 0 is the cross-entropy; the larger, the less count pixels that are right
    already. Source: Lin et al. 2017, arXiv 1708.02002, equation 4. Raises ValueError
    for a gamma below 0, or shapes that do not fit.
    """
    if gamma < 0:
        raise ValueError(f"gamma {gamma} is below 0; 2 is usual, 0 is cross-entropy")
    each = pixel_cross_entropy(logits, masks)
    # 1 - exp(-x) would lose the digits of a small x; at 0 a root has no slope.
    return ((-torch.expm1(-each)).clamp_min(TINY) ** gamma * each).mean()


def pixel_cross_entropy(logits: Tensor, masks: Tensor) -> Tensor:
    """The cross-entropy of each pixel, (N, H', W'); one class or more."""
    masks, logits = cut_to(masks, logits), exact(logits)
    if logits.shape[1] > 1:
        return F.cross_entropy(logits, masks.long(), reduction="none")
    target = masks.to(logits.dtype)
    return F.binary_cross_entropy_with_logits(logits[:, 0], target, reduction="none")


def make(
    name: str, classes: int, dice_weight: float = 0.5, label_smoothing: float = 0.0
) -> Loss:
    """The loss that a recipe names, for so many classes: `loss(logits, masks)`.

    In "cross_entropy+dice", Dice makes up `dice_weight` (0..1) and cross-entropy the
    rest. label_smoothing: share of the cross-entropy's target spread over all classes.
    Raises ValueError for another name, or fewer classes than one.
    """
    plain = binary_cross_entropy if classes == 1 else cross_entropy

    def cross(logits: Tensor, masks: Tensor) -> Tensor:
        return plain(logits, masks, label_smoothing)

    def both(logits: Tensor, masks: Tensor) -> Tensor:
        entropy, overlap = cross(logits, masks), dice(logits, masks)
        return (1 - dice_weight) * entropy + dice_weight * overlap

    known = {"cross_entropy": cross, "dice": dice, "cross_entropy+dice": both}
    if name not in known:
        raise ValueError(f"loss {name!r} is not known; choose from {', '.join(known)}")
    if classes < 1:
        raise ValueError(f"classes {classes} is not a whole number of at least 1")
    return known[name]
