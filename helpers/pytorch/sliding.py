"""The classifier of patches in PyTorch, and the same weights run as a convolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.sliding import STEP, Patches


class PatchClassifier(nn.Module):
    """Labels the middle of a patch: (N, C, w, w) -> logits (N, classes).

    `everywhere` gives the logits of every patch of an image in one pass, `coarse`
    those of every fourth one. Source: A. Giusti et al., "Fast Image Scanning with
    Deep Max-Pooling Convolutional Neural Networks" (2013, arXiv 1302.1700), for
    the idea; dilation does here what its fragments do there.
    """

    def __init__(self, layout: Patches, seed: int = 0) -> None:
        super().__init__()
        self.layout = layout
        first, second = layout.widths
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.conv1 = nn.Conv2d(layout.in_channels, first, layout.kernel)
            self.conv2 = nn.Conv2d(first, second, layout.kernel)
            self.hidden = nn.Linear(second * layout.dense**2, layout.hidden)
            self.out = nn.Linear(layout.hidden, layout.classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.out(F.relu(self.hidden(x.flatten(1))))

    def everywhere(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> logits (N, classes, H - w + 1, W - w + 1)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, stride=1)
        x = F.relu(F.conv2d(x, self.conv2.weight, self.conv2.bias, dilation=2))
        x = F.max_pool2d(x, 2, stride=1, dilation=2)
        return self._dense(x, STEP)

    def coarse(self, x: Tensor) -> Tensor:
        """The logits of every fourth patch: `everywhere(x)[..., ::4, ::4]`."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self._dense(x, 1)

    def _dense(self, x: Tensor, dilation: int) -> Tensor:
        """Both dense layers as convolutions, with the same weights."""
        kernel = self.hidden.weight.unflatten(1, (x.shape[1], *[self.layout.dense] * 2))
        x = F.relu(F.conv2d(x, kernel, self.hidden.bias, dilation=dilation))
        return F.conv2d(x, self.out.weight[:, :, None, None], self.out.bias)
