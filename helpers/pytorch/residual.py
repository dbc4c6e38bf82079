"""Residual blocks in PyTorch."""

from collections import OrderedDict

import torch
from torch import nn

from helpers.pytorch.blocks import conv, norm
from helpers.spec import UNetSpec


class Unit(nn.Sequential):
    """Norm, ReLU, convolution: (N, inputs, H, W) -> (N, outputs, H, W).

    at_image: whether it is the network's first, which is the convolution alone.
    Source: He et al. 2016, "Identity mappings in deep residual networks".
    """

    def __init__(
        self, inputs: int, outputs: int, spec: UNetSpec, at_image: bool = False
    ) -> None:
        layers = OrderedDict()
        if not at_image:
            if spec.norm == "batch":
                layers["norm"] = norm(inputs, spec)
            layers["relu"] = nn.ReLU()  # not in place: others read the input, too
        layers["conv"] = conv(inputs, outputs, spec)
        super().__init__(layers)


class ResidualBlock(nn.Module):
    """What `spec.convs` units add to it: (N, inputs, H, W) -> (N, outputs, H, W).

    The shortcut is the input itself, or a 1x1 convolution of it where the channels
    change. Source: Zhang et al. 2017, arXiv 1711.10684, figure 1b. They downsample by
    a stride of 2 in a block's first convolution; this network pools between blocks.
    """

    def __init__(
        self, inputs: int, outputs: int, spec: UNetSpec, at_image: bool = False
    ) -> None:
        super().__init__()
        self.unit = nn.Sequential(
            *(
                Unit(outputs if k else inputs, outputs, spec, at_image and k == 0)
                for k in range(spec.convs)
            )
        )
        same = inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shortcut(x) + self.unit(x)
