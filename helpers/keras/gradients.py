"""How much gradient reaches each layer of a U-Net, and by which path, in Keras."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from helpers.batches import as_float
from helpers.keras import losses
from helpers.keras.build import UNet
from helpers.keras.silence import edited

FIRST = "encoder_0_conv1"
"""The layer of plain blocks that sees the image; the loss is farthest from it."""


def norms(model: UNet, images: np.ndarray, masks: np.ndarray) -> dict[str, float]:
    """Length of the loss's gradient in each layer's kernel, first layer first.

    images: (N, H, W, C), masks: (N, H, W). The loss is the mean cross-entropy over
    one batch, as in training (BatchNorm takes the batch's statistics); the network
    stays as it is. Layers are called as in `UNetSpec.layers`.
    """
    kernels = _kernels(model)
    kept = [ops.copy(v) for v in model.non_trainable_variables]
    _, found = _gradients(model, images, masks, list(kernels.values()))
    for variable, before in zip(model.non_trainable_variables, kept):
        variable.assign(before)
    return {name: float(tf.norm(g)) for name, g in zip(kernels, found)}


def by_path(
    model: UNet, images: np.ndarray, masks: np.ndarray
) -> dict[str, np.ndarray]:
    """The first layer's gradient taken apart by the path on which it came.

    "bottom" is what comes through the pooled features, "skip k" what comes through
    the skip of level k (0 the top). Each is (h, w, inputs, outputs); their sum is the
    gradient. Arguments as of `norms`. Raises ValueError for a network without skips.
    """
    kernel = next(iter(_kernels(model).values()))
    before = [ops.copy(v) for v in model.non_trainable_variables]

    def kept(*levels: int) -> np.ndarray:
        """The gradient where all other skips pass values, but no gradient."""
        part = edited(
            model, lambda k, skip: skip if k in levels else ops.stop_gradient(skip)
        )
        _, (found,) = _gradients(part, images, masks, [kernel])
        return found.numpy()

    paths = {"bottom": kept()}
    for level in range(model.spec.depth):
        paths[f"skip {level}"] = kept(level) - paths["bottom"]
    for variable, value in zip(model.non_trainable_variables, before):
        variable.assign(value)
    return paths


def descend(
    model: UNet, images: np.ndarray, masks: np.ndarray, steps: int, rate: float
) -> list[dict[str, float]]:
    """Train on one batch by plain gradient descent; a row for each step.

    A row holds "loss" and the `norms` before the step. rate: of learning. The network
    changes.
    """
    weights, kernels = model.trainable_variables, _kernels(model)
    # One graph for all steps: as fast as Keras's own training.
    step: Callable = tf.function(
        lambda: _gradients(model, images, masks, weights), autograph=False
    )
    rows = []
    for _ in range(steps):
        loss, found = step()
        by_weight = {id(v): g for v, g in zip(weights, found)}
        lengths = {n: float(tf.norm(by_weight[id(k)])) for n, k in kernels.items()}
        rows.append({"loss": float(loss)} | lengths)
        for variable, gradient in zip(weights, found):
            variable.assign_sub(rate * gradient)
    return rows


def _gradients(model, images, masks, variables: list[keras.Variable]) -> tuple:
    loss = losses.make("cross_entropy", model.spec.classes)
    batch = ops.cast(as_float(images, model.image_range), variables[0].dtype)
    with tf.GradientTape() as tape:
        value = loss(masks, model(batch, training=True))
    return value, tape.gradient(value, [v.value for v in variables])


def _kernels(model: UNet) -> dict[str, keras.Variable]:
    names = [name for name, *_ in model.spec.layers()]
    return {n: model.get_layer(n.replace(".", "_")).kernel for n in names}
