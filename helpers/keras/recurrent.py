"""Recurrent residual blocks in Keras, with their weights shared in three ways."""

from collections.abc import Callable

from keras import KerasTensor, layers

from helpers.keras.blocks import Maker


def recurrent_block(
    x: KerasTensor, outputs: int, name: str, make: Maker
) -> KerasTensor:
    """A 1x1 convolution, and what recurrent units make of it added to it.

    (N, H, W, inputs) -> (N, H, W, outputs), with `spec.convs` units. Source: Alom et
    al. 2018, R2U-Net, arXiv 1802.06955, figure 4d.
    """
    kind = {"shared": shared, "separate": separate, "unrolled": unrolled}
    x = start = make.conv(x, outputs, f"{name}_point", 1)
    for k in range(make.spec.convs):
        x = kind[make.spec.sharing](x, f"{name}_unit_{k}", make)
    return layers.Add(name=f"{name}_sum", dtype=make.dtype)([start, x])


def step(width: int, name: str, make: Maker) -> Callable[[KerasTensor], KerasTensor]:
    """Convolution, norm, ReLU, to be used as often as wanted.

    (N, H, W, width) -> (N, H, W, width).
    """
    conv = make.conv_layer(width, width, f"{name}_conv")
    norm = make.norm_layer(f"{name}_norm")
    relu = layers.ReLU(name=f"{name}_relu", dtype=make.dtype)
    return lambda x: relu(norm(conv(x)))


def shared(x: KerasTensor, name: str, make: Maker) -> KerasTensor:
    """One convolution (and norm) for the input and for the unit's own output.

    (N, H, W, width) -> (N, H, W, width). It runs `spec.recurrences` times after the
    first, and in training the norm's running statistics move every time. Source: the
    PyTorch port of R2U-Net, LeeJunHyun/Image_Segmentation.
    """
    again = step(x.shape[-1], name, make)
    add = layers.Add(name=f"{name}_add", dtype=make.dtype)
    out = again(x)
    for _ in range(make.spec.recurrences):
        out = again(add([x, out]))
    return out


def unrolled(x: KerasTensor, name: str, make: Maker) -> KerasTensor:
    """As `shared`, but with a convolution (and norm) of its own for every time.

    (N, H, W, width) -> (N, H, W, width). Source: yingkaisha/keras-unet-collection.
    """
    add = layers.Add(name=f"{name}_add", dtype=make.dtype)
    out = step(x.shape[-1], f"{name}_0", make)(x)
    for time in range(1, make.spec.recurrences + 1):
        out = step(x.shape[-1], f"{name}_{time}", make)(add([x, out]))
    return out


def separate(x: KerasTensor, name: str, make: Maker) -> KerasTensor:
    """One kernel for the input, another for the unit's own output, as in the paper.

    (N, H, W, width) -> (N, H, W, width): O(t) = relu(norm(w_f * x + w_r * O(t - 1) +
    b)), without the second term at t = 0. Source: Alom et al. 2018, equations 1 and 2.
    """
    width = x.shape[-1]
    given = make.conv(x, width, f"{name}_conv")  # the same every time
    loop = make.conv_layer(width, width, f"{name}_loop", use_bias=False)
    norm = make.norm_layer(f"{name}_norm")
    relu = layers.ReLU(name=f"{name}_relu", dtype=make.dtype)
    add = layers.Add(name=f"{name}_add", dtype=make.dtype)
    out = relu(norm(given))
    for _ in range(make.spec.recurrences):
        out = relu(norm(add([given, loop(out)])))
    return out
