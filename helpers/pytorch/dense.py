"""Dense blocks in PyTorch."""

import torch
from torch import nn

from helpers.pytorch.residual import Unit
from helpers.spec import UNetSpec


class DenseBlock(nn.Module):
    """Convolutions that see all maps before: (N, inputs, H, W) -> (N, outputs, H, W).

    Those are the block's input and what its earlier units made. Each of the
    `spec.convs` units gives an equal share of the outputs; what leaves the block are
    the new maps, side by side. Source: Huang et al. 2016, arXiv 1608.06993, equation
    2; in a U-Net Jegou et al. 2016, arXiv 1611.09326, whose blocks on the way down
    hand on their input as well, and which has 1x1 transition layers and dropout.
    """

    def __init__(
        self, inputs: int, outputs: int, spec: UNetSpec, at_image: bool = False
    ) -> None:
        super().__init__()
        share = outputs // spec.convs
        self.unit = nn.ModuleList(
            Unit(inputs + k * share, share, spec, at_image and k == 0)
            for k in range(spec.convs)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made = []
        for unit in self.unit:
            made.append(unit(torch.cat([x, *made], dim=1)))
        return torch.cat(made, dim=1)
