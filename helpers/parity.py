"""The same weights in both frameworks: from Keras to PyTorch and back."""

import helpers.keras.device  # noqa: F401, I001  It prepares TensorFlow for Keras.
import keras
import numpy as np
import torch

from helpers.keras import losses as in_keras
from helpers.pytorch import losses as in_pytorch

KERAS_TO_PYTORCH = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def copy_weights(
    source: keras.Model | torch.nn.Module, target: keras.Model | torch.nn.Module
) -> None:
    """Give `target` the weights of `source`, one in Keras, the other in PyTorch.

    Raises ValueError where the two were not built from specs of the same layers;
    then `target` keeps all of its own weights.
    """
    if isinstance(source, torch.nn.Module) == isinstance(target, torch.nn.Module):
        raise ValueError(
            f"cannot copy from {type(source).__name__} to {type(target).__name__}: "
            "one of the two has to be a Keras model, the other a PyTorch module"
        )
    to_keras = isinstance(source, torch.nn.Module)
    net, model = (source, target) if to_keras else (target, source)
    pairs = list(_pairs(model, net))
    if to_keras:
        for variable, tensor in pairs:
            variable.assign(as_keras(tensor.detach().cpu().numpy()))
        return
    with torch.no_grad():
        for variable, tensor in pairs:
            array = as_pytorch(keras.ops.convert_to_numpy(variable))
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def as_keras(array: np.ndarray) -> np.ndarray:
    """A PyTorch kernel (out, in, h, w) as Keras's (h, w, in, out); others as is.

    The same swap turns a transposed kernel, (in, out, h, w), to (h, w, out, in).
    """
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def as_pytorch(array: np.ndarray) -> np.ndarray:
    """A Keras kernel (h, w, in, out) as PyTorch's (out, in, h, w); others as is."""
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array


def pytorch_name(variable: keras.Variable) -> str:
    """The PyTorch name of a Keras weight: `up_0_conv/kernel` is `up.0.conv.weight`."""
    layer, kind = variable.path.split("/")[-2:]
    return f"{layer.replace('_', '.')}.{KERAS_TO_PYTORCH[kind]}"


def copy_patches(net: torch.nn.Module, model: keras.Model) -> None:
    """Give a Keras classifier of patches the weights of a PyTorch one.

    Both are a `PatchClassifier` of the same layout. A dense layer after a feature
    map needs care: PyTorch flattens (C, H, W), Keras (H, W, C), so the weights have
    to change places, not only to be transposed.
    """
    with torch.no_grad():
        side, width = net.layout.dense, net.layout.widths[-1]
        hidden = net.hidden.weight.unflatten(1, (width, side, side))
        hidden = hidden.permute(2, 3, 1, 0).flatten(0, 2)
        for name in ("conv1", "conv2", "hidden", "out"):
            ours, theirs = getattr(net, name), getattr(model, name)
            kernel = hidden if name == "hidden" else ours.weight
            if name == "out":
                kernel = kernel.T
            theirs.kernel.assign(as_keras(kernel.numpy()))
            theirs.bias.assign(ours.bias.numpy())


def gradients(
    model: keras.Model, net: torch.nn.Module, images: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Gradients of mean(logits ** 2) in both, by PyTorch name, in PyTorch's layout.

    images: (N, H, W, C). Both networks run as in inference (BatchNorm fixed).
    Needs Keras on TensorFlow. Source: none; a probe that every weight takes part in.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = keras.ops.mean(model(images, training=False) ** 2)
    theirs = tape.gradient(loss, [v.value for v in model.trainable_variables])
    was_training = net.training
    net.eval()
    dtype = next(net.parameters()).dtype
    tensor = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).to(dtype)
    names, weights = zip(*net.named_parameters())
    ours = torch.autograd.grad(net(tensor).square().mean(), weights)
    net.train(was_training)
    by_name = dict(zip(names, ours))
    return {
        pytorch_name(v): (as_pytorch(g.numpy()), by_name[pytorch_name(v)].numpy())
        for v, g in zip(model.trainable_variables, theirs)
    }


def loss_in_both(
    name: str, logits: np.ndarray, *arrays: np.ndarray, **options: object
) -> tuple[float, float, float]:
    """A loss's value, and its largest differences in value and in slope.

    name: a function of `helpers.pytorch.losses` and of `helpers.keras.losses`.
    logits: (N, H, W, classes). arrays: masks (N, H, W), and weights if it takes any.
    The value is PyTorch's. Needs Keras on TensorFlow. Source: none.
    """
    import tensorflow as tf

    x = torch.from_numpy(logits).movedim(-1, 1).requires_grad_()
    ours = getattr(in_pytorch, name)(x, *map(torch.from_numpy, arrays), **options)
    ours.backward()
    y = tf.Variable(logits)
    with tf.GradientTape() as tape:
        theirs = getattr(in_keras, name)(y, *arrays, **options)
    apart = abs(ours.item() - float(theirs))
    slope = np.abs(tape.gradient(theirs, y) - x.grad.movedim(1, -1).numpy())
    return ours.item(), apart, float(slope.max())


def _pairs(model: keras.Model, net: torch.nn.Module) -> list[tuple]:
    tensors = {
        name: tensor
        for name, tensor in net.state_dict(keep_vars=True).items()
        if not name.endswith("num_batches_tracked")
    }
    variables = {pytorch_name(variable): variable for variable in model.weights}
    lone = set(tensors) ^ set(variables)
    if lone:
        raise ValueError(
            f"the two networks do not match: only one has {', '.join(sorted(lone))}; "
            "build both from the same UNetSpec"
        )
    for name, variable in variables.items():
        ours = tuple(tensors[name].shape)
        theirs = as_pytorch(np.empty(variable.shape, dtype=bool)).shape
        if ours != theirs:
            raise ValueError(
                f"{name} has shape {ours} in PyTorch and {theirs} in Keras; "
                "build both from the same UNetSpec"
            )
    return [(variables[name], tensors[name]) for name in variables]
