"""Ways to double the size of feature maps, in Keras."""

import keras
import tensorflow as tf
from keras import KerasTensor, layers, ops

from helpers.keras.blocks import Maker


@keras.saving.register_keras_serializable("helpers")
class Bilinear(layers.UpSampling2D):
    """Bilinear doubling: (N, H, W, C) -> (N, 2H, 2W, C), align_corners=False.

    TensorFlow computes `UpSampling2D` in float32 whatever the dtype. In float64 this
    one goes its own way, so that both frameworks can be compared exactly; that way
    makes a training step 1.4 times as long.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(interpolation="bilinear", **kwargs)

    def call(self, x: KerasTensor) -> KerasTensor:
        if self.compute_dtype == "float64":
            return _double(_double(x, 1), 2)
        if all(isinstance(side, int) for side in ops.shape(x)[1:3]):
            return super().call(x)
        # A graph for images of several sizes, over which Keras's own stumbles.
        return ops.cast(tf.image.resize(x, 2 * tf.shape(x)[1:3]), x.dtype)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return layers.Layer.get_config(self)


@keras.saving.register_keras_serializable("helpers")
class PixelShuffle(layers.Layer):
    """Channels to pixels: (N, H, W, 4C) -> (N, 2H, 2W, C), in PyTorch's order.

    Source: Shi et al. 2016, equation 4. TensorFlow's `depth_to_space` wants the
    channels in another order.
    """

    def call(self, x: KerasTensor) -> KerasTensor:
        _, height, width, channels = ops.shape(x)
        x = ops.reshape(x, (-1, height, width, channels // 4, 2, 2))
        x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
        return ops.reshape(x, (-1, 2 * height, 2 * width, channels // 4))

    def compute_output_shape(self, shape: tuple) -> tuple:
        return _doubled_shape(shape, shape[3] // 4)


@keras.saving.register_keras_serializable("helpers")
class MaxPool(layers.Layer):
    """2x2 max pooling that tells its places: (N, H, W, C) -> two (N, H/2, W/2, C).

    The second holds, as PyTorch counts them, where each maximum stood: row times W
    plus column, per channel, and of equal values the first. Sides must be even.
    Keras has no layer for this; the comparisons below need no scatter and compile.
    """

    def call(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        top, left = _larger(x[:, ::2, ::2], x[:, ::2, 1::2])
        bottom, below_left = _larger(x[:, 1::2, ::2], x[:, 1::2, 1::2])
        values, upper = _larger(top, bottom)
        right = ops.cast(ops.logical_not(ops.where(upper, left, below_left)), "int32")
        lower = ops.cast(ops.logical_not(upper), "int32")
        _, height, width, _ = ops.shape(x)
        rows = 2 * ops.arange(height // 2, dtype="int32")[:, None, None] + lower
        columns = 2 * ops.arange(width // 2, dtype="int32")[:, None] + right
        return values, rows * width + columns

    def compute_output_spec(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        sides = [side and side // 2 for side in x.shape[1:3]]
        shape = (x.shape[0], *sides, x.shape[3])
        return KerasTensor(shape, self.compute_dtype), KerasTensor(shape, "int32")


@keras.saving.register_keras_serializable("helpers")
class MaxUnpool(layers.Layer):
    """Each value to its place, zeros elsewhere: (N, H, W, C) -> (N, 2H, 2W, C).

    places: (N, H, W, C) as `MaxPool` gives them, each in its own 2x2 window.
    """

    def call(self, x: KerasTensor, places: KerasTensor) -> KerasTensor:
        _, height, width, channels = ops.shape(x)
        corner = 2 * (places // (2 * width) % 2) + places % 2
        a, b, c, d = (ops.where(corner == k, x, ops.zeros_like(x)) for k in range(4))
        lines = [ops.stack(pair, axis=3) for pair in ((a, b), (c, d))]
        x = ops.stack(lines, axis=2)
        return ops.reshape(x, (-1, 2 * height, 2 * width, channels))

    def compute_output_shape(self, x_shape: tuple, places_shape: tuple) -> tuple:
        return _doubled_shape(x_shape, x_shape[3])


@keras.saving.register_keras_serializable("helpers")
class ICNR(keras.initializers.Initializer):
    """Equal kernels for the pixels that a shuffle lays side by side.

    Of every `copies` outputs that `initializer` makes, the last axis, the first is
    kept and repeated. Then a convolution and a shuffle start as that kernel and
    nearest-neighbor resizing. Source: Aitken et al. 2017, arXiv 1707.02937.
    """

    def __init__(
        self, initializer: keras.initializers.Initializer, copies: int = 4
    ) -> None:
        self.initializer = keras.initializers.get(initializer)
        self.copies = copies

    def __call__(self, shape: tuple, dtype: str | None = None) -> KerasTensor:
        values = self.initializer(shape, dtype=dtype)
        return ops.repeat(values[..., :: self.copies], self.copies, axis=-1)

    def get_config(self) -> dict:
        """What `from_config` needs to make the initializer again."""
        inner = keras.initializers.serialize(self.initializer)
        return {"initializer": inner, "copies": self.copies}


def up(
    x: KerasTensor,
    outputs: int,
    name: str,
    make: Maker,
    places: KerasTensor | None = None,
) -> KerasTensor:
    """Double the size: (N, H, W, inputs) -> (N, 2H, 2W, outputs).

    With valid padding the 3x3 convolution of all but "transpose" takes its pixels.
    places: for "unpool", those of the matching `MaxPool`.
    """
    if make.spec.up == "transpose":
        return layers.Conv2DTranspose(
            outputs,
            2,
            strides=2,
            name=f"{name}_conv",
            dtype=make.dtype,
            **make.initializers(1, x.shape[-1], pytorch_fan=4 * outputs),
        )(x)
    if make.spec.up == "shuffle":
        x = make.conv(x, 4 * outputs, f"{name}_conv", wrap=ICNR)
        return PixelShuffle(name=f"{name}_shuffle", dtype=make.dtype)(x)
    if make.spec.up == "unpool":
        x = make.conv(x, outputs, f"{name}_conv")
        x = make.norm_relu(x, name, "")
        return MaxUnpool(name=f"{name}_unpool", dtype=make.dtype)(x, places)
    resize = Bilinear if make.spec.up == "bilinear" else layers.UpSampling2D
    x = resize(name=f"{name}_resize", dtype=make.dtype)(x)
    x = make.conv(x, outputs, f"{name}_conv")
    return make.norm_relu(x, name, "")


def _double(x, axis: int):
    """Double one axis: each new pixel is 3/4 the near and 1/4 the next old one."""
    size = ops.shape(x)[axis]
    before = ops.concatenate([_cut(x, axis, 0, 1), _cut(x, axis, 0, size - 1)], axis)
    after = ops.concatenate(
        [_cut(x, axis, 1, size), _cut(x, axis, size - 1, size)], axis
    )
    pairs = ops.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis + 1)
    shape = list(ops.shape(x))
    shape[axis] = 2 * size
    return ops.reshape(pairs, shape)


def alone(model: keras.Model) -> keras.Model:
    """The topmost upsampling of a U-Net by itself, with the weights it has there.

    Features (N, H, W, C) -> (N, 2H, 2W, widths[0]); with "unpool" it takes a list of
    features and places.
    """
    kind = model.spec.up
    resized = kind in ("bilinear", "nearest")
    first = model.get_layer("up_0_resize" if resized else "up_0_conv")
    last = {"transpose": "conv", "shuffle": "shuffle", "unpool": "unpool"}
    made = model.get_layer(f"up_0_{last.get(kind, 'relu')}").output
    if kind == "unpool":
        return keras.Model([first.input, model.get_layer("pool_0").output[1]], made)
    return keras.Model(first.input, made)


def _larger(a, b):
    """The larger of two, the first where they are equal, and where it is the first."""
    first = a >= b
    return ops.where(first, a, b), first


def _cut(x, axis: int, first: int, last: int):
    return x[:, first:last] if axis == 1 else x[:, :, first:last]


def _doubled_shape(shape: tuple, channels: int) -> tuple:
    sides = [side and 2 * side for side in shape[1:3]]
    return (shape[0], *sides, channels)
