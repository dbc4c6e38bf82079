"""Residual blocks in Keras."""

from keras import KerasTensor, layers

from helpers.keras.blocks import Maker


def unit(
    x: KerasTensor, outputs: int, name: str, make: Maker, at_image: bool = False
) -> KerasTensor:
    """Norm, ReLU, convolution: (N, H, W, inputs) -> (N, H, W, outputs).

    at_image: whether it is the network's first, which is the convolution alone.
    Source: He et al. 2016, "Identity mappings in deep residual networks".
    """
    if not at_image:
        x = make.norm_relu(x, name, "")
    return make.conv(x, outputs, f"{name}_conv")


def residual_block(
    x: KerasTensor, outputs: int, name: str, make: Maker, at_image: bool = False
) -> KerasTensor:
    """What `spec.convs` units add to it: (N, H, W, inputs) -> (N, H, W, outputs).

    The shortcut is the input itself, or a 1x1 convolution of it where the channels
    change. Source: Zhang et al. 2017, arXiv 1711.10684, figure 1b. They downsample by
    a stride of 2 in a block's first convolution; this network pools between blocks.
    """
    shortcut = x
    for k in range(make.spec.convs):
        x = unit(x, outputs, f"{name}_unit_{k}", make, at_image and k == 0)
    if shortcut.shape[-1] != outputs:
        shortcut = make.conv(shortcut, outputs, f"{name}_shortcut", 1)
    return layers.Add(name=f"{name}_sum", dtype=make.dtype)([shortcut, x])
