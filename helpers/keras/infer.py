"""What a trained network says about images, and how right it is."""

import keras
import numpy as np
from keras import ops

from helpers import scores
from helpers.batches import as_float
from helpers.checks import check_images
from helpers.keras.build import UNet
from helpers.keras.sigmoid import WithSigmoid
from helpers.samples import Samples, check_samples


def predict(
    model: UNet | WithSigmoid,
    images: np.ndarray,
    batch_size: int = 8,
    flip: bool = False,
    image_range: float | None = None,
) -> np.ndarray:
    """Probabilities (N, H', W', classes) float32, for one class (N, H', W', 1).

    images: (N, H, W, C), uint8 or float in 0..1. flip: average with what the network
    says about the mirrored images. image_range: the inputs' range in training; what
    the model carries by default. A network with a sigmoid after several classes
    gives the softmax of its logits, which is what its loss trained (`with_sigmoid`).
    Raises ValueError for shapes that do not fit.
    """
    net = _net(model)
    check_images(images, net.spec.in_channels)
    # At the second size TensorFlow makes a graph for all, in which none can be checked.
    net.spec.check_size(*images.shape[1:3])
    if image_range is None:
        image_range = model.image_range
    run = _both_ways if flip else _probabilities
    parts = []
    for first in range(0, len(images), batch_size):
        part = as_float(np.asarray(images[first : first + batch_size]), image_range)
        # A last batch of its own size would make TensorFlow trace the network again.
        missing = batch_size - len(part) if first else 0
        full = np.pad(part, ((0, missing), (0, 0), (0, 0), (0, 0)))
        parts.append(run(net, full)[: len(part)])
    return np.concatenate(parts)


def evaluate(
    model: UNet | WithSigmoid,
    samples: Samples,
    batch_size: int = 8,
    flip: bool = False,
    image_range: float | None = None,
) -> dict:
    """Scores over all pixels of `samples`; arguments as in `predict`.

    Returns cross_entropy (nats), mean_iou and accuracy (0..1), iou (classes,) and
    the confusion matrix, rows true; one class counts as background and foreground.
    Raises ValueError for samples that do not fit the network.
    """
    net = _net(model)
    check_samples(samples, net.spec)
    total, entropy = 0, 0.0
    # Enough at a time to keep the network busy, few enough to fit in memory.
    some = 16 * batch_size
    for first in range(0, len(samples), some):
        part = samples[first : first + some]
        p = predict(model, part.images, batch_size, flip, image_range)
        masks = middle(part.masks, p.shape[1:3])
        total = total + scores.confusion(masks, labels(p), net.spec.classes)
        entropy += len(part) * scores.cross_entropy(p, masks)
    return {
        "cross_entropy": entropy / len(samples),
        "mean_iou": scores.mean_iou(total),
        "iou": scores.iou(total),
        "accuracy": scores.accuracy(total),
        "confusion": total,
    }


def labels(probabilities: np.ndarray) -> np.ndarray:
    """The likeliest class of each pixel: (N, H, W, classes) -> (N, H, W) uint8."""
    if probabilities.shape[-1] == 1:
        return (probabilities[..., 0] > 0.5).astype(np.uint8)
    return probabilities.argmax(-1).astype(np.uint8)


def middle(masks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The middle of masks (N, H, W) that an output of `size` is about."""
    top, left = ((whole - part) // 2 for whole, part in zip(masks.shape[1:], size))
    return masks[:, top : top + size[0], left : left + size[1]]


def _both_ways(net: UNet, images: np.ndarray) -> np.ndarray:
    mirrored = _probabilities(net, images[:, :, ::-1])[:, :, ::-1]
    return (_probabilities(net, images) + mirrored) / 2


def _probabilities(net: UNet, images: np.ndarray) -> np.ndarray:
    logits = net.predict_on_batch(images).astype(np.float32)
    activation = ops.sigmoid if net.spec.classes == 1 else ops.softmax
    return ops.convert_to_numpy(activation(logits))


def _net(model: keras.Model) -> UNet:
    net = getattr(model, "net", model)
    if not hasattr(net, "spec"):
        raise ValueError(
            f"{type(model).__name__} is not a U-Net of `helpers.keras.build`; use "
            "model.predict and helpers.scores for other models"
        )
    return net
