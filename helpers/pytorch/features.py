"""What passes through a PyTorch U-Net, level by level."""

import numpy as np
import torch

from helpers.pytorch.build import UNet
from helpers.pytorch.hooks import Hook, watch


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

    def keep(name: str) -> Hook:
        def hook(_module, _inputs, output: torch.Tensor) -> None:
            # A copy: a later ReLU may work in place.
            found[name] = output.movedim(1, -1).float().cpu().numpy().copy()

        return hook

    watch(net, images, {block: keep(name) for name, block in blocks.items()})
    return found
