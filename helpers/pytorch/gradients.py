"""How much gradient reaches each layer of a U-Net, and by which path, in PyTorch."""

import copy

import numpy as np
import torch
from torch import Tensor

from helpers.batches import as_float
from helpers.pytorch import data, losses
from helpers.pytorch.build import UNet
from helpers.pytorch.silence import edited

FIRST = "encoder.0.conv1"
"""The layer of plain blocks that sees the image; the loss is farthest from it."""


def norms(net: UNet, images: np.ndarray, masks: np.ndarray) -> dict[str, float]:
    """Length of the loss's gradient in each layer's kernel, first layer first.

    images: (N, H, W, C), masks: (N, H, W). The loss is the mean cross-entropy over
    one batch, as in training (BatchNorm takes the batch's statistics); the network
    stays as it is. Layers are called as in `UNetSpec.layers`.
    """
    net = copy.deepcopy(net).train()
    _loss(net, images, masks).backward()
    return _norms(net)


def by_path(net: UNet, images: np.ndarray, masks: np.ndarray) -> dict[str, np.ndarray]:
    """The first layer's gradient taken apart by the path on which it came.

    "bottom" is what comes through the pooled features, "skip k" what comes through
    the skip of level k (0 the top). Each is (h, w, inputs, outputs); their sum is the
    gradient. Arguments as of `norms`. Raises ValueError for a network without skips.
    """
    net = copy.deepcopy(net).train()

    def kept(*levels: int) -> np.ndarray:
        """The gradient where all other skips pass values, but no gradient."""
        part = edited(net, lambda k, skip: skip if k in levels else skip.detach())
        kernel = part.get_submodule(net.spec.layers()[0][0]).weight
        (found,) = torch.autograd.grad(_loss(part, images, masks), kernel)
        return found.permute(2, 3, 1, 0).numpy()

    paths = {"bottom": kept()}
    for level in range(net.spec.depth):
        paths[f"skip {level}"] = kept(level) - paths["bottom"]
    return paths


def descend(
    net: UNet, images: np.ndarray, masks: np.ndarray, steps: int, rate: float
) -> list[dict[str, float]]:
    """Train on one batch by plain gradient descent; a row for each step.

    A row holds "loss" and the `norms` before the step. rate: of learning. The network
    changes.
    """
    net.train()
    rows = []
    for _ in range(steps):
        net.zero_grad()
        loss = _loss(net, images, masks)
        loss.backward()
        rows.append({"loss": loss.item()} | _norms(net))
        with torch.no_grad():
            for weight in net.parameters():
                weight -= rate * weight.grad
    net.zero_grad()
    return rows


def _loss(net: UNet, images: np.ndarray, masks: np.ndarray) -> Tensor:
    kind = next(net.parameters()).dtype
    batch = data.to_tensor(as_float(images, getattr(net, "image_range", 1.0)))
    loss = losses.make("cross_entropy", net.spec.classes)
    return loss(net(batch.to(kind)), torch.from_numpy(np.asarray(masks)))


def _norms(net: UNet) -> dict[str, float]:
    names = [name for name, *_ in net.spec.layers()]
    return {name: net.get_submodule(name).weight.grad.norm().item() for name in names}
