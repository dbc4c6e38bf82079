"""The blocks of a U-Net in Keras."""

from collections.abc import Callable

import keras
from keras import KerasTensor, layers

from helpers.spec import NORM_EPSILON, UNetSpec


class Maker:
    """Makes layers that share a spec, a dtype and a run of seeds."""

    def __init__(self, spec: UNetSpec, seed: int, dtype: str | None) -> None:
        self.spec, self.dtype, self.seed = spec, dtype, seed

    def initializers(
        self, taps: int, inputs: int, pytorch_fan: int | None = None
    ) -> dict:
        """Kernel and bias initializers for a layer with that many taps and inputs.

        pytorch_fan: what PyTorch takes for taps times inputs, where it differs.
        """
        # Seeds far apart, so that two networks of neighboring seeds share none.
        self.seed += 1_000_003
        fan_in, seed = taps * inputs, self.seed % 2**31
        if self.spec.init == "glorot":
            return {"kernel_initializer": keras.initializers.GlorotUniform(seed)}
        if self.spec.init == "torch":
            bound = (pytorch_fan or fan_in) ** -0.5
            return {
                "kernel_initializer": keras.initializers.RandomUniform(
                    -bound, bound, seed
                ),
                "bias_initializer": keras.initializers.RandomUniform(
                    -bound, bound, seed + 1
                ),
            }
        stddev = (2 / fan_in) ** 0.5
        return {"kernel_initializer": keras.initializers.RandomNormal(0, stddev, seed)}

    def conv(
        self,
        x: KerasTensor,
        outputs: int,
        name: str,
        size: int = 3,
        dtype: str | None = None,
        wrap: Callable | None = None,
    ) -> KerasTensor:
        """A size x size convolution, padded with zeros or not as the spec says.

        wrap: makes another initializer of each of the spec's, such as `ICNR`.
        """
        layer = self.conv_layer(x.shape[-1], outputs, name, size, wrap, dtype=dtype)
        return layer(x)

    def conv_layer(
        self,
        inputs: int,
        outputs: int,
        name: str,
        size: int = 3,
        wrap: Callable | None = None,
        **options,
    ) -> layers.Conv2D:
        """The layer of `conv` by itself, to be used more than once, or otherwise.

        options: what Keras's `Conv2D` is to take beside or instead of the spec's.
        """
        initializers = self.initializers(size**2, inputs)
        if wrap is not None:
            initializers = {name: wrap(each) for name, each in initializers.items()}
        options = {"padding": self.spec.padding} | options
        options["dtype"] = options.get("dtype") or self.dtype
        return layers.Conv2D(outputs, size, name=name, **initializers, **options)

    def norm_layer(self, name: str) -> layers.Layer:
        """BatchNorm where the spec has it (Ioffe and Szegedy 2015), else nothing."""
        if self.spec.norm is None:
            return layers.Identity(name=name, dtype=self.dtype)
        return layers.BatchNormalization(
            momentum=self.spec.norm_momentum,
            epsilon=NORM_EPSILON,
            name=name,
            dtype=self.dtype,
        )

    def norm_relu(
        self, x: KerasTensor, name: str, number: int | str, relu: bool = True
    ) -> KerasTensor:
        """BatchNorm where the spec has it (Ioffe and Szegedy 2015), then ReLU."""
        if self.spec.norm == "batch":
            x = self.norm_layer(f"{name}_norm{number}")(x)
        if relu:
            x = layers.ReLU(name=f"{name}_relu{number}", dtype=self.dtype)(x)
        return x


def conv_block(
    x: KerasTensor, outputs: int, name: str, make: Maker, last_relu: bool = True
) -> KerasTensor:
    """Convolution, norm, ReLU: `spec.convs` times.

    (N, H, W, inputs) -> (N, H, W, outputs), smaller with valid padding.
    """
    for number in range(1, make.spec.convs + 1):
        x = make.conv(x, outputs, f"{name}_conv{number}")
        relu = last_relu or number < make.spec.convs
        x = make.norm_relu(x, name, number, relu)
    return x


def join(
    x: KerasTensor,
    skip: KerasTensor,
    crop: tuple[int, int],
    name: str,
    make: Maker,
    gate: Callable[[KerasTensor], KerasTensor] | None = None,
) -> KerasTensor:
    """Bring encoder features to the decoder's (N, H, W, C), `crop` cut off them.

    "concat" and "attention" put the skip's channels first, "add" sums, "none" ignores
    them. gate: what the cropped skip goes through before.
    """
    if make.spec.skip == "none":
        return x
    if any(crop):
        cut = layers.Cropping2D((crop, crop), name=f"{name}_crop", dtype=make.dtype)
        skip = cut(skip)
    if gate is not None:
        skip = gate(skip)
    merge = layers.Add if make.spec.skip == "add" else layers.Concatenate
    return merge(name=f"{name}_join", dtype=make.dtype)([skip, x])
