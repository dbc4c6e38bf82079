"""Attention gates on the skips, in Keras."""

import keras
import numpy as np
from keras import KerasTensor, layers

from helpers.batches import as_float
from helpers.keras.blocks import Maker
from helpers.keras.upsampling import Bilinear
from helpers.levels import check_gated


def fine_gate(
    skip: KerasTensor, signal: KerasTensor, name: str, make: Maker
) -> KerasTensor:
    """A skip times coefficients in 0..1, made at its own size.

    The skip (N, H, W, width) and the decoder's upsampled features of the same shape
    -> (N, H, W, width). Source: the PyTorch port of Attention U-Net,
    LeeJunHyun/Image_Segmentation.
    """
    half = max(1, skip.shape[-1] // 2)

    def normed(x: KerasTensor, outputs: int, part: str) -> KerasTensor:
        x = make.conv(x, outputs, f"{name}_{part}", 1)
        return make.norm_relu(x, name, part, relu=False)

    both = [normed(skip, half, "x"), normed(signal, half, "g")]
    both = layers.Add(name=f"{name}_sum", dtype=make.dtype)(both)
    both = layers.ReLU(name=f"{name}_relu", dtype=make.dtype)(both)
    squash = layers.Activation("sigmoid", name=f"{name}_map", dtype=make.dtype)
    found = squash(normed(both, 1, "psi"))
    return layers.Multiply(name=name, dtype=make.dtype)([skip, found])


def coarse_gate(
    skip: KerasTensor, signal: KerasTensor, name: str, make: Maker
) -> KerasTensor:
    """A skip times coefficients in 0..1, made at half its size and then resized.

    The skip (N, H, W, width) and the features below it, (N, H/2, W/2, below), before
    they are upsampled -> (N, H, W, width). Source: Oktay et al. 2018, arXiv 1804.03999,
    equations 1 and 2 and figure 2, in two dimensions. `theta` is a 2x2 convolution
    with stride 2, as in their repository (ozan-oktay/Attention-Gated-Networks), where
    the paper's text has 1x1; the repository's 1x1 convolution with BatchNorm after the
    product is left out.
    """
    width = skip.shape[-1]
    half = max(1, width // 2)
    theta = make.conv_layer(
        width, half, f"{name}_theta", 2, strides=2, padding="valid", use_bias=False
    )
    phi = make.conv(signal, half, f"{name}_phi", 1)
    both = layers.Add(name=f"{name}_sum", dtype=make.dtype)([theta(skip), phi])
    both = layers.ReLU(name=f"{name}_relu", dtype=make.dtype)(both)
    squash = layers.Activation("sigmoid", name=f"{name}_squash", dtype=make.dtype)
    found = squash(make.conv(both, 1, f"{name}_psi", 1))
    found = Bilinear(name=f"{name}_map", dtype=make.dtype)(found)
    return layers.Multiply(name=name, dtype=make.dtype)([skip, found])


def attention_maps(model: keras.Model, images: np.ndarray) -> list[np.ndarray]:
    """The coefficients of every gate, top level first: (N, h, w) float32 in 0..1.

    model: a `UNet` with skip "attention". images: (N, H, W, C), uint8 or float as in
    training. h and w are those of the skip. The network runs as in inference. Raises
    ValueError for a network without gates.
    """
    check_gated(model.spec)
    levels = range(model.spec.depth)
    maps = [model.get_layer(f"gate_{level}_map").output for level in levels]
    pixels = as_float(images, model.image_range)
    found = keras.Model(model.inputs[0], maps)(pixels, training=False)
    found = keras.tree.flatten(found)
    return [np.array(keras.ops.cast(each[..., 0], "float32")) for each in found]
