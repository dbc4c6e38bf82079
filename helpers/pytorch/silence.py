"""Skips changed in a finished network, in PyTorch: silenced, or held back."""

import copy
from collections.abc import Callable, Collection, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from helpers.levels import check_levels
from helpers.pytorch.blocks import join
from helpers.pytorch.build import UNet
from helpers.pytorch.predict import predict

Edit = Callable[[int, Tensor], Tensor]


def silenced(
    net: UNet, levels: Collection[int], means: Sequence[np.ndarray] | None = None
) -> UNet:
    """The network with the skips of these levels (0 the top) filled with zeros.

    means: fill them with these instead, (channels,) a level, as `skip_means` gives
    them. The two networks share their weights. Raises ValueError for levels without
    a skip, or means that do not fit.
    """
    check_levels(net.spec, levels, means)

    def fill(level: int, skip: Tensor) -> Tensor:
        if level not in levels:
            return skip
        if means is None:
            return torch.zeros_like(skip)
        mean = torch.as_tensor(means[level]).to(skip)
        return mean[:, None, None].expand_as(skip)

    return edited(net, fill)


def skip_means(
    net: UNet, images: np.ndarray, batch_size: int = 32, *, precision: str = "float32"
) -> list[np.ndarray]:
    """The mean of every channel of every skip, top level first: (channels,) each.

    images: (N, H, W, C); the mean is over images and pixels, cropped as the network
    crops. precision: see `device.precision`. Raises ValueError without skips.
    """
    check_levels(net.spec, range(net.spec.depth))
    sums: dict[int, Tensor] = {}
    pixels = dict.fromkeys(range(net.spec.depth), 0)

    def look(level: int, skip: Tensor) -> Tensor:
        sums[level] = sums.get(level, 0) + skip.double().sum((0, 2, 3)).cpu()
        pixels[level] += skip.numel() // skip.shape[1]
        return skip

    predict(edited(net, look), images, batch_size, precision=precision)
    return [(sums[k] / pixels[k]).numpy() for k in range(net.spec.depth)]


def edited(net: UNet, edit: Edit) -> UNet:
    """The network with `edit(level, skip)` in the place of each skip.

    The two share their weights. edit: of the encoder's features (N, C, H, W), already
    cropped; what it returns has the same shape. Level 0 is the top.
    """
    check_levels(net.spec, range(net.spec.depth))
    # What is in the memo is not copied, so both networks hold the same tensors.
    shared = {id(t): t for t in (*net.parameters(), *net.buffers())}
    other = copy.deepcopy(net, shared)
    for level, block in enumerate(other.decoder):
        _edit_level(other, level, block, edit)
    return other


def _edit_level(net: UNet, level: int, block: nn.Module, edit: Edit) -> None:
    """Join anew before the decoder's block, with the edited skip.

    Where a gate takes the skip, edit what goes into the gate.
    """
    if net.spec.skip == "attention":
        net.gate[level].register_forward_pre_hook(
            lambda _gate, given: (edit(level, given[0]), given[1])
        )
        return
    held: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple, output: Tensor) -> None:
        held.append(output)

    def again(_module: nn.Module, _inputs: tuple) -> Tensor:
        up, skip = held.pop(), held.pop()
        # Joined to nothing, the skip comes out cropped.
        cropped = join(up[:, :0], skip, "concat")
        return join(up, edit(level, cropped), net.spec.skip)

    net.encoder[level].register_forward_hook(keep)
    net.up[level].register_forward_hook(keep)
    block.register_forward_pre_hook(again)
