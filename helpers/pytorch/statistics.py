"""Networks that normalize by the batch they see, also when they predict, in PyTorch."""

import copy

from torch import nn


def by_batch(net: nn.Module) -> nn.Module:
    """A copy whose BatchNorm takes the statistics of each batch, as in training.

    Compare what it predicts with what the network itself does, which takes the
    running statistics: where the two differ much, those do not fit. The answers of
    the copy depend on which images share a batch.
    """
    other = copy.deepcopy(net)
    for module in other.modules():
        if isinstance(module, nn.BatchNorm2d):
            # Without statistics of its own, a norm takes the batch's in either mode.
            module.track_running_stats = False
            module.running_mean = module.running_var = None
    return other
