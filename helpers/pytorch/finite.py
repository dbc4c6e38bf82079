"""Stops a run whose loss is no longer a number."""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from accelerate import Accelerator

LOOK_EVERY = 20
"""Losses between two looks on a GPU, where each look waits for the steps before it."""


class Losses:
    """The losses of one epoch: their mean, and a stop where one is not finite."""

    def __init__(self, epoch: int, device: torch.device) -> None:
        self.epoch, self.seen, self.waiting = epoch, 0, []
        self.sums = torch.zeros(2, device=device)

    def add(self, loss: Tensor, images: int) -> None:
        """Take one step's mean loss over so many images, before its gradients.

        Raises FloatingPointError, on a GPU up to LOOK_EVERY steps late.
        """
        loss = loss.detach()
        self.waiting.append(loss)
        self.sums += torch.stack([loss * images, torch.full_like(loss, images)])
        if loss.device.type == "cpu" or len(self.waiting) == LOOK_EVERY:
            self.look()

    def look(self) -> None:
        """Raise FloatingPointError where a loss since the last look is not finite."""
        for loss in torch.stack(self.waiting).tolist() if self.waiting else []:
            self.seen += 1
            check(loss, f"step {self.seen} of epoch {self.epoch}")
        self.waiting.clear()

    def mean(self, accelerator: "Accelerator") -> float:
        """The mean over all images of all processes, after a last look."""
        self.look()
        total, images = accelerator.reduce(self.sums, "sum").tolist()
        return total / images


def check(loss: float, where: str) -> None:
    """Raise FloatingPointError for a loss that is nan or infinite."""
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"the loss is {loss} at {where}: the learning rate may be too high, or "
            "float16 too narrow. Try a tenth of the learning_rate, or "
            "precision='float32'; files that were written before are as they were"
        )
