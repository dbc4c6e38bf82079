"""Optimizers by the names of a recipe, and the running average of the weights."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from helpers.recipe import Recipe


def make(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimizer that a recipe names, over the parameters of a network.

    Weight decay is for the kernels alone; biases and BatchNorm stay free of it.
    """
    rate = recipe.learning_rate
    if recipe.optimizer == "adamw":
        kernels = [p for p in net.parameters() if p.ndim > 1]
        others = [p for p in net.parameters() if p.ndim <= 1]
        groups = [
            {"params": kernels, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, rate, fused=True)
    if recipe.optimizer == "adam":
        return torch.optim.Adam(net.parameters(), rate, fused=True)
    if recipe.optimizer == "rmsprop":
        # Keras's defaults, which are those of the article; PyTorch's differ.
        return torch.optim.RMSprop(net.parameters(), rate, alpha=0.9, eps=1e-7)
    return torch.optim.SGD(net.parameters(), rate, recipe.momentum, fused=True)


def average(net: nn.Module, decay: float) -> AveragedModel:
    """A running average of a network's weights and BatchNorm statistics.

    After step n the old average keeps the share min(decay, (1 + n) / (10 + n)), so
    that a short run is not an average of its beginnings.
    """

    def update(old: list[Tensor], new: list[Tensor], _: Tensor) -> None:
        # The number that is passed lies on the device; reading it there would wait.
        done = int(averaged.n_averaged)
        keep = min(decay, (1 + done) / (10 + done))
        if old[0].is_floating_point():
            torch._foreach_lerp_(old, new, 1 - keep)
        else:
            torch._foreach_copy_(old, new)

    averaged = AveragedModel(net, multi_avg_fn=update, use_buffers=True)
    return averaged
