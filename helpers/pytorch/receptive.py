"""Which input pixels move an output pixel, and how much, in PyTorch."""

import numpy as np
import torch
from torch import nn


def influence(
    net: nn.Module, images: np.ndarray, at: tuple[int, int] | None = None
) -> np.ndarray:
    """The mean squared gradient of one output pixel with respect to the input: (H, W).

    images: (N, H, W, C) floats as the network takes them. at: row and column of the
    output, its middle by default; its channels are added up. The mean is over
    images, the sum over input channels. Source: Luo et al. 2016, arXiv 1701.04128,
    section 3, who average the gradient itself.
    """
    first = next(net.parameters())
    pixels = torch.from_numpy(np.moveaxis(images, -1, 1).copy()).to(first)
    pixels.requires_grad_()
    training = net.training
    output = net.eval()(pixels)
    net.train(training)
    row, column = at or (output.shape[2] // 2, output.shape[3] // 2)
    (gradient,) = torch.autograd.grad(output[:, :, row, column].sum(), pixels)
    return gradient.double().square().sum(1).mean(0).cpu().numpy()


def plain(weights: list[np.ndarray], relu: bool = True) -> nn.Sequential:
    """3x3 convolutions without padding or bias, one after the other.

    weights: as `field.kernels` gives them. relu: whether one follows each but the
    last. (N, C, H, W) -> (N, C', H - 2n, W - 2n).
    """
    layers: list[nn.Module] = []
    for kernel in weights:
        if layers and relu:
            layers.append(nn.ReLU())
        conv = nn.Conv2d(*kernel.shape[2:], 3, bias=False)
        conv.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        layers.append(conv)
    return nn.Sequential(*layers)
