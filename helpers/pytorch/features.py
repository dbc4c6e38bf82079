"""What passes through a PyTorch U-Net, level by level."""

import numpy as np
import torch

from helpers.batches import as_float
from helpers.pytorch.build import UNet


@torch.no_grad()
def maps(net: UNet, images: np.ndarray) -> dict[str, np.ndarray]:
    """The feature maps that leave each block, in the order in which they are made.

    images: (N, H, W, C), uint8 or float as in training. Returns "encoder 0" (the
    top), ..., "bottom", ..., "decoder 0", each (N, h, w, channels) float32. The
    network runs as in inference.
    """
    found: dict[str, np.ndarray] = {}
    blocks = {f"encoder {k}": block for k, block in enumerate(net.encoder)}
    blocks |= {"bottom": net.bottom}
    blocks |= {f"decoder {k}": block for k, block in enumerate(net.decoder)}

    def keep(name: str):
        def hook(_module, _inputs, output: torch.Tensor) -> None:
            # A copy: a later ReLU may work in place.
            found[name] = output.movedim(1, -1).float().cpu().numpy().copy()

        return hook

    hooks = [b.register_forward_hook(keep(name)) for name, b in blocks.items()]
    training = net.training
    try:
        first = next(net.parameters())
        pixels = as_float(images, getattr(net, "image_range", 1.0))
        net.eval()(torch.from_numpy(np.moveaxis(pixels, -1, 1).copy()).to(first))
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    return found
