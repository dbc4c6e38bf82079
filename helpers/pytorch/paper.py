"""The U-Net paper's training in PyTorch; see `helpers.paper`."""

import torch

from helpers.paper import MOMENTUM, Tiles
from helpers.pytorch.build import UNet
from helpers.pytorch.data import to_tensor
from helpers.pytorch.losses import weighted_cross_entropy


def train(
    net: UNet,
    tiles: Tiles,
    *,
    steps: int = 300,
    learning_rate: float = 1e-3,
    momentum: float = MOMENTUM,
    seed: int = 0,
) -> list[float]:
    """Gradient descent with momentum, one tile a step; return each step's loss.

    The loss is the weighted cross-entropy, a mean over the tile's pixels. seed: for
    dropout. Runs on the CPU or wherever the network is, in float32.
    """
    device, history = next(net.parameters()).device, []
    optimizer = torch.optim.SGD(net.parameters(), learning_rate, momentum)
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        net.train()
        for step in range(steps):
            image, mask, weights = tiles.tile(step)
            image = to_tensor(image).to(device)
            truth = (torch.from_numpy(a).to(device) for a in (mask, weights))
            loss = weighted_cross_entropy(net(image), *truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history.append(loss.item())
    return history
