"""Recurrent residual blocks in PyTorch, with their weights shared in three ways."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

from helpers.pytorch.blocks import conv, norm
from helpers.spec import UNetSpec


class RecurrentBlock(nn.Module):
    """A 1x1 convolution, and what recurrent units make of it added to it.

    (N, inputs, H, W) -> (N, outputs, H, W), with `spec.convs` units. Source: Alom et
    al. 2018, R2U-Net, arXiv 1802.06955, figure 4d.
    """

    def __init__(self, inputs: int, outputs: int, spec: UNetSpec) -> None:
        super().__init__()
        self.point = nn.Conv2d(inputs, outputs, 1)
        kind = {"shared": Shared, "separate": Separate, "unrolled": Unrolled}
        self.unit = nn.Sequential(
            *(kind[spec.sharing](outputs, spec) for _ in range(spec.convs))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.point(x)
        return x + self.unit(x)


class Step(nn.Sequential):
    """Convolution, norm, ReLU: (N, width, H, W) -> (N, width, H, W)."""

    def __init__(self, width: int, spec: UNetSpec) -> None:
        layers = OrderedDict(conv=conv(width, width, spec))
        if spec.norm == "batch":
            layers["norm"] = norm(width, spec)
        layers["relu"] = nn.ReLU()
        super().__init__(layers)


class Shared(Step):
    """One convolution (and norm) for the input and for the unit's own output.

    (N, width, H, W) -> (N, width, H, W). It runs `spec.recurrences` times after the
    first, and in training the norm's running statistics move every time. Source: the
    PyTorch port of R2U-Net, LeeJunHyun/Image_Segmentation.
    """

    def __init__(self, width: int, spec: UNetSpec) -> None:
        super().__init__(width, spec)
        self.recurrences = spec.recurrences

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = super().forward(x)
        for _ in range(self.recurrences):
            out = super().forward(x + out)
        return out


class Unrolled(nn.ModuleList):
    """As `Shared`, but with a convolution (and norm) of its own for every time.

    (N, width, H, W) -> (N, width, H, W). Source: yingkaisha/keras-unet-collection.
    """

    def __init__(self, width: int, spec: UNetSpec) -> None:
        super().__init__(Step(width, spec) for _ in range(spec.recurrences + 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, *others = self
        out = first(x)
        for step in others:
            out = step(x + out)
        return out


class Separate(nn.Module):
    """One kernel for the input, another for the unit's own output, as in the paper.

    (N, width, H, W) -> (N, width, H, W): O(t) = relu(norm(w_f * x + w_r * O(t - 1) +
    b)), without the second term at t = 0. Source: Alom et al. 2018, equations 1 and 2.
    """

    def __init__(self, width: int, spec: UNetSpec) -> None:
        super().__init__()
        self.conv = conv(width, width, spec)
        self.loop = conv(width, width, spec, bias=False)
        self.norm = norm(width, spec) if spec.norm == "batch" else nn.Identity()
        self.recurrences = spec.recurrences

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        given = self.conv(x)  # the same every time
        out = functional.relu(self.norm(given))
        for _ in range(self.recurrences):
            out = functional.relu(self.norm(given + self.loop(out)))
        return out
