"""Logits and masks brought together, for every loss in PyTorch."""

import torch
from torch import Tensor
from torch.nn import functional as F


def cut_to(masks: Tensor, logits: Tensor) -> Tensor:
    """The middle of masks (N, H, W) that logits (N, classes, H', W') are about.

    Raises ValueError for shapes that do not fit, or masks that are no whole numbers.
    """
    _check(logits, masks)
    return middle(masks, logits)


def middle(maps: Tensor, logits: Tensor) -> Tensor:
    """The middle of maps (N, H, W) of any kind, as high and wide as the logits."""
    height, width = logits.shape[-2:]
    top = (maps.shape[-2] - height) // 2
    left = (maps.shape[-1] - width) // 2
    return maps[..., top : top + height, left : left + width]


def exact(logits: Tensor) -> Tensor:
    """Logits in float32 or better, whatever precision the network ran in."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def probabilities(logits: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """p, the softmax of logits (for one class: the sigmoid), and g, masks as 0 and 1.

    Both are (N, classes, H', W'). Raises ValueError as `cut_to` does.
    """
    masks = cut_to(masks, logits)
    logits, classes = exact(logits), logits.shape[1]
    if classes == 1:
        return logits.sigmoid(), masks[:, None].to(logits.dtype)
    p = logits.softmax(dim=1)
    return p, F.one_hot(masks.long(), classes).movedim(-1, 1).to(p.dtype)


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
