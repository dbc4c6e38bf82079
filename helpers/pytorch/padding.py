"""Other ways to pad in PyTorch than with zeros."""

import copy

from torch import nn

from helpers.pytorch.build import UNet

MODES = {"zero": "zeros", "reflect": "reflect", "replicate": "replicate"}
"""Names of the book, and what `nn.Conv2d` calls them."""


def pad_with(net: UNet, mode: str) -> UNet:
    """A copy of a 'same' network whose 3x3 convolutions pad in another way.

    mode: "zero", "reflect" (the mirror's glass is the middle of the last pixel) or
    "replicate" (the last pixel again). Raises ValueError for another mode, or for a
    network that does not pad.
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is not known; choose from {tuple(MODES)}")
    if net.spec.padding != "same":
        raise ValueError(
            f"a network with {net.spec.padding!r} padding pads nowhere; build it with "
            "padding='same'"
        )
    net = copy.deepcopy(net)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
            layer.padding_mode = MODES[mode]
    return net
