"""Predicting with a network, and scoring it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from helpers import scores
from helpers.batches import as_float
from helpers.checks import check_images
from helpers.pytorch import data, device, losses
from helpers.pytorch.build import UNet
from helpers.recipe import Recipe
from helpers.samples import Samples, check_samples

if TYPE_CHECKING:
    from accelerate import Accelerator

TINY = 1e-7
"""The least probability that an average over two images is taken for."""


def predict(
    model: UNet,
    images: np.ndarray,
    batch_size: int = 8,
    flip: bool = False,
    image_range: float | None = None,
    *,
    precision: str = "auto",
) -> np.ndarray:
    """Probabilities (N, H', W', classes) float32, for one class (N, H', W', 1).

    images: (N, H, W, C), uint8 or float in 0..1; H', W' are smaller than H, W with
    valid padding. flip: average with what the network says about the mirrored
    images. image_range: the inputs' range in training; what the network carries by
    default. precision: see `device.precision`. Moves the network to the device.
    Raises ValueError for images of a wrong shape or range.
    """
    check_images(images, model.spec.in_channels)
    parts = []
    with device.passing(precision) as accelerator, _evaluating(model):
        model.to(accelerator.device, memory_format=torch.channels_last)
        for start in range(0, len(images), batch_size):
            some = np.asarray(images[start : start + batch_size])
            batch = data.to_tensor(as_float(some, _range(model, image_range)))
            logits = _logits(model, batch.to(accelerator.device), accelerator, flip)
            parts.append(probabilities(logits).permute(0, 2, 3, 1).cpu().numpy())
    return np.ascontiguousarray(np.concatenate(parts))


def evaluate(
    model: UNet,
    samples: Samples,
    batch_size: int = 8,
    flip: bool = False,
    image_range: float | None = None,
    *,
    precision: str = "auto",
) -> dict:
    """Scores over all pixels of the samples; arguments as in `predict`.

    Returns cross_entropy (nats), mean_iou and accuracy (0..1), iou (classes,) and
    confusion (classes, classes) int64, rows the true class; one class is scored as
    background and object. A class that occurs nowhere has the IoU nan and does not
    count in the mean. Several processes share the work and all get the result.
    Raises ValueError as `check_samples` does.
    """
    check_samples(samples, model.spec)
    with device.passing(precision) as accelerator:
        model.to(accelerator.device, memory_format=torch.channels_last)
        recipe = Recipe(
            batch_size=batch_size * accelerator.num_processes,
            image_range=_range(model, image_range),
        )
        batches = accelerator.prepare(data.loader(samples, recipe, training=False))
        return score(model, batches, accelerator, flip=flip)


def score(
    model: UNet,
    batches: Iterable,
    accelerator: "Accelerator",
    loss: losses.Loss | None = None,
    flip: bool = False,
) -> dict:
    """What `evaluate` returns, of prepared batches; "loss" is the mean of `loss`."""
    # It takes two seconds to import, which who only predicts need not wait for.
    from torchmetrics.classification import MulticlassConfusionMatrix

    classes = model.spec.classes
    plain = losses.make("cross_entropy", classes)
    # Every process gathers all results, so each can count them all by itself.
    matrix = MulticlassConfusionMatrix(
        max(classes, 2), sync_on_compute=False, validate_args=False
    ).to(accelerator.device)
    sums = torch.zeros(3, device=accelerator.device)
    with _evaluating(model):
        for images, masks in batches:
            logits = _logits(model, images, accelerator, flip)
            logits, masks = accelerator.gather_for_metrics((logits, masks))
            masks = losses.cut_to(masks, logits)
            matrix.update(labels(logits), masks)
            row = [plain(logits, masks), (loss or plain)(logits, masks)]
            sums += len(masks) * torch.stack([*row, torch.ones_like(row[0])])
    cross_entropy, mean_loss, _ = (sums / sums[2]).tolist()
    confusion = matrix.compute().cpu().numpy()
    result = {
        "cross_entropy": cross_entropy,
        "mean_iou": scores.mean_iou(confusion),
        "iou": scores.iou(confusion),
        "accuracy": scores.accuracy(confusion),
        "confusion": confusion,
    }
    return {**result, "loss": mean_loss} if loss else result


def probabilities(logits: Tensor) -> Tensor:
    """Softmax over classes (N, classes, H, W), or the sigmoid of one, in float32."""
    logits = logits.float()
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)


def labels(logits: Tensor) -> Tensor:
    """The most probable class of each pixel: (N, classes, H, W) -> (N, H, W) int64."""
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).long()
    return logits.argmax(dim=1)


def _logits(model: UNet, images: Tensor, accelerator, flip: bool) -> Tensor:
    """Float32 logits; with `flip`, those of the mean with the mirrored images."""
    with accelerator.autocast():
        logits = model(images)
        mirrored = model(images.flip(-1)).flip(-1) if flip else None
    if mirrored is None:
        return logits.float()
    p = (probabilities(logits) + probabilities(mirrored)) / 2
    # Softmax undoes the logarithm and sigmoid the logit; 0 would be minus infinity.
    return p.clamp_min(TINY).log() if p.shape[1] > 1 else p.logit(TINY)


def _range(model: UNet, given: float | None) -> float:
    return getattr(model, "image_range", 1.0) if given is None else given


@contextmanager
def _evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Without gradients and in evaluation mode; leaves the mode as it was."""
    was = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was)
