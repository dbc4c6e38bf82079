"""U-Nets in PyTorch: `build(spec)`, then train and predict."""

from helpers.pytorch.build import UNet, build

__all__ = ["UNet", "build"]
