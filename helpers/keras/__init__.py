"""U-Nets in Keras: `build(spec)`, then compile, fit and predict."""

from helpers.keras.build import UNet, build

__all__ = ["UNet", "build"]
