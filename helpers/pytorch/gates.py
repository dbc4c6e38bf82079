"""Attention gates on the skips, in PyTorch."""

import numpy as np
import torch
from torch import nn

from helpers.levels import check_gated
from helpers.pytorch.blocks import norm
from helpers.pytorch.hooks import Hook, watch
from helpers.spec import UNetSpec


class FineGate(nn.Module):
    """A skip times coefficients in 0..1, made at its own size.

    The skip (N, width, H, W) and the decoder's upsampled features of the same shape
    -> (N, width, H, W). Source: the PyTorch port of Attention U-Net,
    LeeJunHyun/Image_Segmentation.
    """

    def __init__(self, width: int, below: int, spec: UNetSpec) -> None:
        super().__init__()
        half = max(1, width // 2)

        def normed(channels: int) -> nn.Module:
            return norm(channels, spec) if spec.norm == "batch" else nn.Identity()

        self.x, self.normx = nn.Conv2d(width, half, 1), normed(half)
        self.g, self.normg = nn.Conv2d(width, half, 1), normed(half)
        self.psi, self.normpsi = nn.Conv2d(half, 1, 1), normed(1)
        self.squash = nn.Sigmoid()

    def coefficients(self, skip: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        """How much of each pixel passes: (N, 1, H, W) in 0..1."""
        both = self.normx(self.x(skip)) + self.normg(self.g(signal))
        return self.squash(self.normpsi(self.psi(both.relu())))

    def forward(self, skip: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        return skip * self.coefficients(skip, signal)


class CoarseGate(nn.Module):
    """A skip times coefficients in 0..1, made at half its size and then resized.

    The skip (N, width, H, W) and the features below it, (N, below, H/2, W/2), before
    they are upsampled -> (N, width, H, W). Source: Oktay et al. 2018, arXiv 1804.03999,
    equations 1 and 2 and figure 2, in two dimensions. `theta` is a 2x2 convolution
    with stride 2, as in their repository (ozan-oktay/Attention-Gated-Networks), where
    the paper's text has 1x1; the repository's 1x1 convolution with BatchNorm after the
    product is left out.
    """

    def __init__(self, width: int, below: int, spec: UNetSpec) -> None:
        super().__init__()
        half = max(1, width // 2)
        self.theta = nn.Conv2d(width, half, 2, stride=2, bias=False)
        self.phi = nn.Conv2d(below, half, 1)
        self.psi = nn.Conv2d(half, 1, 1)
        self.squash = nn.Sigmoid()
        self.resize = nn.Upsample(scale_factor=2, mode="bilinear")

    def coefficients(self, skip: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        """How much of each pixel passes: (N, 1, H, W) in 0..1."""
        both = self.theta(skip) + self.phi(signal)
        return self.resize(self.squash(self.psi(both.relu())))

    def forward(self, skip: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        return skip * self.coefficients(skip, signal)


def attention_maps(net: nn.Module, images: np.ndarray) -> list[np.ndarray]:
    """The coefficients of every gate, top level first: (N, h, w) float32 in 0..1.

    net: a `UNet` with skip "attention". images: (N, H, W, C), uint8 or float as in
    training. h and w are those of the skip. The network runs as in inference. Raises
    ValueError for a network without gates.
    """
    check_gated(net.spec)
    found: dict[int, np.ndarray] = {}

    def keep(level: int) -> Hook:
        def hook(gate, given, _output) -> None:
            found[level] = gate.coefficients(*given)[:, 0].float().cpu().numpy()

        return hook

    watch(net, images, {gate: keep(k) for k, gate in enumerate(net.gate)})
    return [found[level] for level in range(net.spec.depth)]
