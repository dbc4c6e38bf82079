"""The shortest training loop in PyTorch, for losses of any kind on small networks.

`helpers.pytorch.fit` trains by recipe; this one takes any loss and a weight for each
pixel, which a recipe does not know.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from helpers.batches import as_float
from helpers.pytorch.build import UNet
from helpers.pytorch.data import to_tensor
from helpers.samples import Samples, check_samples


def train(
    net: UNet,
    samples: Samples,
    loss: Callable[..., Tensor],
    *,
    weights: np.ndarray | None = None,
    steps: int = 200,
    batch_size: int = 8,
    learning_rate: float = 5e-3,
    seed: int = 0,
) -> list[float]:
    """Train with Adam, the rate falling as a half cosine; return each step's loss.

    loss: called as loss(logits, masks), or with weights (N, H, W) as loss(logits,
    masks, weights). Batches are drawn from `seed` alone, the same for every loss.
    Runs on the CPU or wherever the network is, in float32. Raises ValueError for
    samples that the network cannot learn from (`check_samples`).
    """
    check_samples(samples, net.spec)
    device = next(net.parameters()).device
    arrays = [to_tensor(as_float(samples.images)), torch.from_numpy(samples.masks)]
    if weights is not None:
        arrays.append(torch.from_numpy(weights))
    optimizer = torch.optim.Adam(net.parameters(), learning_rate)
    rng, history = np.random.default_rng((seed, 3)), []
    net.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
        chosen = rng.choice(len(samples), batch_size, replace=False)
        images, *rest = (array[chosen].to(device) for array in arrays)
        value = loss(net(images), *rest)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        history.append(value.item())
    return history
