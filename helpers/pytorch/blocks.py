"""The blocks of a U-Net in PyTorch."""

from collections import OrderedDict

import torch
from torch import nn

from helpers.spec import NORM_EPSILON, UNetSpec


def conv(inputs: int, outputs: int, spec: UNetSpec, bias: bool = True) -> nn.Conv2d:
    """A 3x3 convolution, padded with zeros or not as the spec says."""
    padding = 1 if spec.padding == "same" else 0
    return nn.Conv2d(inputs, outputs, 3, padding=padding, bias=bias)


def norm(width: int, spec: UNetSpec) -> nn.BatchNorm2d:
    """BatchNorm (Ioffe and Szegedy 2015) with the spec's momentum."""
    return nn.BatchNorm2d(width, eps=NORM_EPSILON, momentum=1 - spec.norm_momentum)


class ConvBlock(nn.Sequential):
    """Convolution, norm, ReLU: `spec.convs` times.

    (N, inputs, H, W) -> (N, outputs, H, W), smaller with valid padding.
    """

    def __init__(
        self, inputs: int, outputs: int, spec: UNetSpec, last_relu: bool = True
    ) -> None:
        layers = OrderedDict()
        for number in range(1, spec.convs + 1):
            layers[f"conv{number}"] = conv(inputs, outputs, spec)
            if spec.norm == "batch":
                layers[f"norm{number}"] = norm(outputs, spec)
            if last_relu or number < spec.convs:
                layers[f"relu{number}"] = nn.ReLU(inplace=True)
            inputs = outputs
        super().__init__(layers)


def join(x: torch.Tensor, skip: torch.Tensor, how: str) -> torch.Tensor:
    """Bring encoder features to the decoder's (N, C, H, W), cropped to its size.

    how: "concat" and "attention" put the skip's channels first, "add" sums, "none"
    ignores them.
    """
    if how == "none":
        return x
    skip = crop(skip, x)
    return skip + x if how == "add" else torch.cat([skip, x], dim=1)


def crop(skip: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The middle of a skip (N, C, H, W), of the height and width of x."""
    top = (skip.shape[-2] - x.shape[-2]) // 2
    left = (skip.shape[-1] - x.shape[-1]) // 2
    return skip[..., top : top + x.shape[-2], left : left + x.shape[-1]]
