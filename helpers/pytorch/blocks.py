"""The blocks of a U-Net in PyTorch."""

from collections import OrderedDict
from collections.abc import Callable

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


def join(
    x: torch.Tensor,
    skip: torch.Tensor,
    how: str,
    gate: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> torch.Tensor:
    """Bring encoder features to the decoder's (N, C, H, W), cropped to its size.

    how: "concat" and "attention" put the skip's channels first, "add" sums, "none"
    ignores them. gate: what the cropped skip goes through before.
    """
    if how == "none":
        return x
    top = (skip.shape[-2] - x.shape[-2]) // 2
    left = (skip.shape[-1] - x.shape[-1]) // 2
    skip = skip[..., top : top + x.shape[-2], left : left + x.shape[-1]]
    if gate is not None:
        skip = gate(skip)
    return skip + x if how == "add" else torch.cat([skip, x], dim=1)
