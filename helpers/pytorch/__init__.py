"""U-Nets in PyTorch: `build(spec)`, then train and predict."""

from helpers.pytorch.build import UNet, build
from helpers.pytorch.train import evaluate, fit, load, predict, save

__all__ = ["UNet", "build", "evaluate", "fit", "load", "predict", "save"]
