"""What a forward pass in PyTorch keeps in memory for the backward pass."""

import torch
from torch import Tensor

from helpers.laddernet import LadderSpec
from helpers.pytorch.build import UNet
from helpers.pytorch.laddernet import LadderNet
from helpers.spec import UNetSpec


def kept_bytes(
    spec: UNetSpec | LadderSpec,
    height: int,
    width: int,
    batch: int = 1,
    dtype: torch.dtype = torch.float32,
) -> int:
    """Bytes that autograd keeps between a forward and a backward pass.

    height, width: sides of the images in pixels. dtype: of network and images alike.
    Weights are not counted; what several layers keep counts once. Nothing is computed:
    the tensors are PyTorch's "meta" ones, which have a shape and no values. Raises
    ValueError for sides that do not fit.
    """
    with torch.device("meta"):
        kind = UNet if isinstance(spec, UNetSpec) else LadderNet
        net = kind(spec).to(dtype).train()
        images = torch.empty(batch, spec.in_channels, height, width, dtype=dtype)
    weights = {_place(p) for p in [*net.parameters(), *net.buffers()]}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if _place(tensor) not in weights:
            kept[_place(tensor)] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        net(images)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _place(tensor: Tensor) -> int:
    """What tells one piece of memory from another, for tensors without an address."""
    return tensor.untyped_storage()._cdata
