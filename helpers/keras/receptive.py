"""Which input pixels move an output pixel, and how much, in Keras."""

from helpers.keras import device  # noqa: F401, I001  It comes before Keras.
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def influence(
    model: keras.Model, images: np.ndarray, at: tuple[int, int] | None = None
) -> np.ndarray:
    """The mean squared gradient of one output pixel with respect to the input: (H, W).

    images: (N, H, W, C) floats as the network takes them. at: row and column of the
    output, its middle by default; its channels are added up. The mean is over
    images, the sum over input channels. Source: Luo et al. 2016, arXiv 1701.04128,
    section 3, who average the gradient itself.
    """
    pixels = tf.constant(images, model.compute_dtype)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        output = model(pixels, training=False)
        row, column = at or (output.shape[1] // 2, output.shape[2] // 2)
        total = ops.sum(output[:, row, column])
    gradient = ops.convert_to_numpy(tape.gradient(total, pixels))
    return (gradient.astype(np.float64) ** 2).sum(-1).mean(0)


def plain(weights: list[np.ndarray], relu: bool = True) -> keras.Sequential:
    """3x3 convolutions without padding or bias, one after the other.

    weights: as `field.kernels` gives them. relu: whether one follows each but the
    last. (N, H, W, C) -> (N, H - 2n, W - 2n, C').
    """
    model = keras.Sequential([keras.Input((None, None, weights[0].shape[2]))])
    for number, kernel in enumerate(weights, 1):
        conv = layers.Conv2D(kernel.shape[3], 3, use_bias=False)
        model.add(conv)
        conv.kernel.assign(kernel)
        if relu and number < len(weights):
            model.add(layers.ReLU())
    return model
