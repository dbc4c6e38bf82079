"""A look at what the modules of a network see and give."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import nn

from helpers.batches import as_float

Hook = Callable[[nn.Module, tuple, torch.Tensor], None]
"""Called with a module, its inputs and its output."""


@torch.no_grad()
def watch(net: nn.Module, images: np.ndarray, hooks: Mapping[nn.Module, Hook]) -> None:
    """Run a network once, as in inference, and call a hook after each module named.

    images: (N, H, W, C), uint8 or float as in training. The hooks are gone, and the
    network's mode is what it was, also where something raises.
    """
    handles = [module.register_forward_hook(hook) for module, hook in hooks.items()]
    training = net.training
    try:
        first = next(net.parameters())
        pixels = as_float(images, getattr(net, "image_range", 1.0))
        net.eval()(torch.from_numpy(np.moveaxis(pixels, -1, 1).copy()).to(first))
    finally:
        net.train(training)
        for handle in handles:
            handle.remove()
