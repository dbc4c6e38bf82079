"""What passes through a Keras U-Net, level by level."""

from helpers.keras import device  # noqa: F401, I001  It comes before Keras.
import keras
import numpy as np

from helpers.batches import as_float
from helpers.keras.build import UNet


def maps(model: UNet, images: np.ndarray) -> dict[str, np.ndarray]:
    """The feature maps that leave each block, in the order in which they are made.

    images: (N, H, W, C), uint8 or float as in training. Returns "encoder 0" (the
    top), ..., "bottom", ..., "decoder 0", each (N, h, w, channels) float32. The
    network runs as in inference.
    """
    depth = range(model.spec.depth)
    names = [f"encoder {k}" for k in depth] + ["bottom"]
    names += [f"decoder {k}" for k in reversed(depth)]
    outputs = [_last(model, name.replace(" ", "_")).output for name in names]
    found = keras.Model(model.inputs, outputs)(
        [as_float(images, model.image_range)], training=False
    )
    return {
        name: keras.ops.convert_to_numpy(keras.ops.cast(each, "float32"))
        for name, each in zip(names, found)
    }


def _last(model: UNet, block: str) -> keras.layers.Layer:
    """The layer that ends a block, whatever the spec puts there."""
    return [x for x in model.layers if x.name.startswith(f"{block}_")][-1]
