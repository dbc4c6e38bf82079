"""Losses in PyTorch. Logits are (N, classes, H, W), masks (N, H, W) class indices.

Each is a mean and is computed in float32 or better, whatever precision the network
ran in. Where valid padding made the logits smaller, the middle of the masks counts.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Loss = Callable[[Tensor, Tensor], Tensor]


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
    return F.cross_entropy(
        _exact(logits), masks.long(), label_smoothing=label_smoothing
    )


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
    logits = _exact(logits[:, 0])
    wanted = masks.to(logits.dtype) * (1 - label_smoothing) + label_smoothing / 2
    return F.binary_cross_entropy_with_logits(logits, wanted)


def dice(logits: Tensor, masks: Tensor, epsilon: float = 1.0) -> Tensor:
    """Soft Dice loss, 0..1: a mean over images and classes.

    1 - (2 sum(p g) + epsilon) / (sum p + sum g + epsilon), p the softmax (one class:
    the sigmoid) and g the mask, as 0 and 1. With epsilon in both places a class that
    is absent, and predicted so, costs nothing. Source: Milletari et al. 2016 (V-Net),
    which squares the terms of the denominator. Raises ValueError for shapes.
    """
    masks = cut_to(masks, logits)
    logits, classes = _exact(logits), logits.shape[1]
    if classes == 1:
        p, g = logits.sigmoid(), masks[:, None].to(logits.dtype)
    else:
        p = logits.softmax(dim=1)
        g = F.one_hot(masks.long(), classes).movedim(-1, 1).to(p.dtype)
    both = (p * g).sum(dim=(2, 3))
    total = p.sum(dim=(2, 3)) + g.sum(dim=(2, 3))
    return (1 - (2 * both + epsilon) / (total + epsilon)).mean()


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


def cut_to(masks: Tensor, logits: Tensor) -> Tensor:
    """The middle of masks (N, H, W) that logits (N, classes, H', W') are about."""
    _check(logits, masks)
    height, width = logits.shape[-2:]
    top = (masks.shape[-2] - height) // 2
    left = (masks.shape[-1] - width) // 2
    return masks[..., top : top + height, left : left + width]


def _exact(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def _check(logits: Tensor, masks: Tensor) -> None:
    fits = logits.ndim == 4 and masks.ndim == 3 and len(masks) == len(logits)
    if not fits or any(m < n for m, n in zip(masks.shape[1:], logits.shape[2:])):
        raise ValueError(
            f"logits of shape {tuple(logits.shape)} and masks of shape "
            f"{tuple(masks.shape)} do not fit; expected (N, classes, H', W') and "
            "(N, H, W), at least as large"
        )
    if masks.dtype.is_floating_point or masks.dtype == torch.bool:
        raise ValueError(
            f"masks are {masks.dtype}, expected whole numbers, one class index a "
            "pixel; convert with masks.long()"
        )
