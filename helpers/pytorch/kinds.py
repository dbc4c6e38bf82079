"""One small U-Net in seven kinds: five ways to double sizes, two of them also worse."""

import math

import numpy as np
import torch
from torch import nn

from helpers.pytorch.build import UNet, build
from helpers.spec import ELLIPSES, UNetSpec

SMALL = ELLIPSES.replace(widths=(8, 16, 32, 32), decoder_widths=(8, 8, 16), init="he")
"""The network of "Understanding U-Net", half as wide."""

KINDS = {
    "nearest": "nearest",
    "bilinear": "bilinear",
    "unpool": "unpool",
    "transpose 2x2": "transpose",
    "transpose 3x3": "transpose",
    "shuffle, ICNR": "shuffle",
    "shuffle": "shuffle",
}
"""The value of `up` in each. Two are not to be had by a spec: a transposed kernel of 3
with stride 2, which overlaps unevenly, and a shuffle that starts without ICNR."""


def network(kind: str, seed: int = 0, spec: UNetSpec = SMALL) -> UNet:
    """The U-Net of that kind: one of `KINDS`, in the widths of `spec`."""
    net = build(spec.replace(up=KINDS[kind]), seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for up in net.up:
            if kind == "transpose 3x3":
                inputs, outputs = up.conv.in_channels, up.conv.out_channels
                settings = {"stride": 2, "padding": 1, "output_padding": 1}
                up.conv = nn.ConvTranspose2d(inputs, outputs, 3, **settings)
                # On average an output pixel has 9 / 4 taps for each input channel.
                _restart(up.conv, 9 / 4 * inputs)
            elif kind == "shuffle":
                _restart(up.conv, 9 * up.conv.in_channels)
    return net


def _restart(layer: nn.Module, fan_in: float) -> None:
    nn.init.normal_(layer.weight, std=math.sqrt(2 / fan_in))
    nn.init.zeros_(layer.bias)


@torch.no_grad()
def logits(net: UNet, images: np.ndarray) -> np.ndarray:
    """The first class's logits of images (N, H, W, C): (N, H, W).

    images: uint8 in 0..255 or float in 0..1.
    """
    was_training = net.training
    net.eval()
    top = 255 if images.dtype == np.uint8 else 1
    given = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32) / top
    found = net(torch.from_numpy(given))[:, 0].numpy()
    net.train(was_training)
    return found


def on_gray(net: UNet, size: int = 192) -> np.ndarray:
    """What the network makes of an even gray, far from all edges: (period, period).

    period: by how much the network shrinks a side. Two pixels differ only if the
    upsampling treats them differently. size: of the image in pixels. Raises ValueError
    where its edges can be seen from the middle.
    """
    period, sees = net.spec.divisor, net.spec.receptive_field()
    if size < 2 * (sees + period):
        raise ValueError(
            f"size {size} is too small for a network that sees {sees} pixels; give "
            f"{2 * (sees + period)} or more"
        )
    gray = np.full((1, size, size, net.spec.in_channels), 0.5, np.float32)
    middle = size // 2 // period * period
    spot = slice(middle, middle + period)
    return logits(net, gray)[0, spot, spot]
