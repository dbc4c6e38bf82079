"""U-Nets in Keras: `build(spec)`, then `fit`, `evaluate`, `predict`, `save`, `load`.

Or Keras's own compile, fit and predict: what `build` gives is a `keras.Model`.
Importing this prepares TensorFlow (`device.setup`), so import it before TensorFlow.
"""

from helpers.keras import device  # isort: skip  (it has to come before Keras)
from helpers.keras.build import UNet, build
from helpers.keras.data import loader
from helpers.keras.train import (
    compile,
    evaluate,
    fit,
    load,
    predict,
    save,
    with_sigmoid,
)

__all__ = [
    "UNet",
    "build",
    "compile",
    "device",
    "evaluate",
    "fit",
    "load",
    "loader",
    "predict",
    "save",
    "with_sigmoid",
]
