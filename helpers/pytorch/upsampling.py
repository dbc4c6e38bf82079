"""Ways to double the size of feature maps, in PyTorch."""

from collections import OrderedDict

from torch import nn

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
            layers["resize"] = nn.Upsample(scale_factor=2, mode=spec.up)
            layers["conv"] = conv(inputs, outputs, spec)
            if spec.norm == "batch":
                layers["norm"] = norm(outputs, spec)
            layers["relu"] = nn.ReLU(inplace=True)
        super().__init__(layers)
