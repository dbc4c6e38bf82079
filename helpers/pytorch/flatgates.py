"""Attention gates that look at nothing, to see what looking is worth, in PyTorch."""

import copy
from collections.abc import Sequence

import numpy as np
import torch

from helpers.levels import check_gated
from helpers.pytorch.build import UNet


def flattened(net: UNet, maps: Sequence[np.ndarray]) -> UNet:
    """The network with every gate open everywhere by the same amount.

    maps: (N, h, w) a level, top first, as `attention_maps` gives them; the amount is
    their mean. The two networks share their weights. Raises ValueError for a network
    without gates, or maps of another number of levels.
    """
    check_gated(net.spec)
    if len(maps) != net.spec.depth:
        raise ValueError(
            f"{len(maps)} maps for {net.spec.depth} gates; `attention_maps` gives one "
            "for each"
        )
    # What is in the memo is not copied, so both networks hold the same tensors.
    shared = {id(t): t for t in (*net.parameters(), *net.buffers())}
    other = copy.deepcopy(net, shared)
    for gate, each in zip(other.gate, maps):
        gate.register_forward_hook(_always(float(np.mean(each))))
    return other


def _always(amount: float):
    def hook(_gate, given: tuple[torch.Tensor, ...], _output) -> torch.Tensor:
        return amount * given[0]

    return hook
