"""From a `UNetSpec` to a PyTorch network."""

import math

import torch
from torch import nn

from helpers.pytorch.blocks import ConvBlock, join
from helpers.pytorch.dense import DenseBlock
from helpers.pytorch.gates import CoarseGate, FineGate
from helpers.pytorch.recurrent import RecurrentBlock
from helpers.pytorch.residual import ResidualBlock
from helpers.pytorch.upsampling import Up, icnr_
from helpers.spec import UNetSpec


class UNet(nn.Module):
    """A U-Net (Ronneberger et al. 2015): (N, C, H, W) -> logits (N, classes, H', W').

    Raises ValueError for a wrong number of channels, or sizes that do not fit.
    """

    def __init__(self, spec: UNetSpec) -> None:
        super().__init__()
        self.spec = spec
        inputs = (spec.in_channels, *spec.widths[:-1])
        self.encoder = nn.ModuleList(
            _block(inputs[level], spec.widths[level], spec, at_image=level == 0)
            for level in range(spec.depth)
        )
        self.pool = nn.MaxPool2d(2, return_indices=spec.up == "unpool")
        self.bottom = _block(inputs[-1], spec.widths[-1], spec, spec.bottom_relu)
        self.dropout = nn.Dropout(spec.dropout)
        below = (*spec.up_widths[1:], spec.widths[-1])
        self.up = nn.ModuleList(
            Up(below[level], spec.widths[level], spec) for level in range(spec.depth)
        )
        if spec.skip == "attention":
            gate = FineGate if spec.gate == "fine" else CoarseGate
            self.gate = nn.ModuleList(
                gate(spec.widths[level], below[level], spec)
                for level in range(spec.depth)
            )
        both = 2 if spec.skip in ("concat", "attention") else 1
        self.decoder = nn.ModuleList(
            _block(both * spec.widths[level], spec.up_widths[level], spec)
            for level in range(spec.depth)
        )
        self.head = nn.Conv2d(spec.up_widths[0], spec.classes, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self._check(images)
        x, skips, places = images, [], [None] * self.spec.depth
        for level, block in enumerate(self.encoder):
            x = block(x)
            skips.append(x)
            x = self.pool(x)
            if self.spec.up == "unpool":
                x, places[level] = x
        x = self.dropout(self.bottom(x))
        for level in reversed(range(self.spec.depth)):
            up = self.up[level](x, places[level])
            gate = self._gate(level, up, x)
            x = self.decoder[level](join(up, skips[level], self.spec.skip, gate))
        return self.head(x)

    def _gate(self, level: int, up: torch.Tensor, below: torch.Tensor):
        """What the skip of a level goes through before it joins, if anything."""
        if self.spec.skip != "attention":
            return None
        signal = up if self.spec.gate == "fine" else below
        return lambda skip: self.gate[level](skip, signal)

    def _check(self, images: torch.Tensor) -> None:
        if images.ndim != 4 or images.shape[1] != self.spec.in_channels:
            raise ValueError(
                f"images of shape {tuple(images.shape)}: expected "
                f"(N, {self.spec.in_channels}, H, W), channels before height and width"
            )
        self.spec.check_size(*images.shape[-2:])


def build(spec: UNetSpec, seed: int = 0) -> UNet:
    """The network that `spec` describes, initialized from `seed` as `spec.init` says.

    Source of "he": He et al. 2015 and Ronneberger et al. 2015, section 3.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = UNet(spec)
        if spec.init != "torch":
            for module in net.modules():
                if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                    _initialize(module, spec.init)
        if spec.up == "shuffle":
            for up in net.up:
                icnr_(up.conv)
    return net


def _block(
    inputs: int,
    outputs: int,
    spec: UNetSpec,
    last_relu: bool = True,
    at_image: bool = False,
) -> nn.Module:
    """What stands at one level: (N, inputs, H, W) -> (N, outputs, H, W)."""
    if spec.block == "residual":
        return ResidualBlock(inputs, outputs, spec, at_image)
    if spec.block == "dense":
        return DenseBlock(inputs, outputs, spec, at_image)
    if spec.block == "recurrent":
        return RecurrentBlock(inputs, outputs, spec)
    return ConvBlock(inputs, outputs, spec, last_relu)


def _initialize(layer: nn.Conv2d | nn.ConvTranspose2d, how: str) -> None:
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    if how == "glorot":
        nn.init.xavier_uniform_(layer.weight)
        return
    # Each output of a 2x2 transposed convolution with stride 2 has one tap.
    taps = 1 if isinstance(layer, nn.ConvTranspose2d) else math.prod(layer.kernel_size)
    nn.init.normal_(layer.weight, std=math.sqrt(2 / (taps * layer.in_channels)))
