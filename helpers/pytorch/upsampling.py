"""Ways to double the size of feature maps, in PyTorch."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

from helpers.pytorch.blocks import conv, norm
from helpers.spec import UNetSpec


class Up(nn.Sequential):
    """Double the size: (N, inputs, H, W) -> (N, outputs, 2H, 2W).

    With valid padding the 3x3 convolution of all but "transpose" takes its pixels.
    """

    def __init__(self, inputs: int, outputs: int, spec: UNetSpec) -> None:
        layers = OrderedDict()
        if spec.up == "transpose":
            layers["conv"] = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        elif spec.up == "shuffle":
            layers["conv"] = conv(inputs, 4 * outputs, spec)
            layers["shuffle"] = nn.PixelShuffle(2)
        else:
            if spec.up != "unpool":
                layers["resize"] = nn.Upsample(scale_factor=2, mode=spec.up)
            layers["conv"] = conv(inputs, outputs, spec)
            if spec.norm == "batch":
                layers["norm"] = norm(outputs, spec)
            layers["relu"] = nn.ReLU(inplace=True)
        super().__init__(layers)

    def forward(
        self, x: torch.Tensor, places: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Double x; where places are given, each value goes to its place.

        places: (N, outputs, H, W), those of the maxima in the matching pooling, as
        `nn.MaxPool2d(2, return_indices=True)` gives them; needed for "unpool" alone.
        """
        x = super().forward(x)
        return x if places is None else functional.max_unpool2d(x, places, 2)


@torch.no_grad()
def icnr_(layer: nn.Conv2d, copies: int = 4) -> None:
    """Make the kernels that a pixel shuffle lays side by side equal, in place.

    Of every `copies` kernels the first is kept and repeated, bias included. Then a
    convolution and a shuffle start as that kernel and nearest-neighbor resizing.
    Source: Aitken et al. 2017, arXiv 1707.02937.
    """
    for values in (layer.weight, layer.bias):
        values.copy_(values[::copies].repeat_interleave(copies, dim=0))
