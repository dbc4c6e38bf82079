"""What the layers of a Keras model put out, in bytes."""

import math

from helpers.keras.build import UNet
from helpers.spec import UNetSpec


def made_bytes(spec: UNetSpec, height: int, width: int, batch: int = 1) -> int:
    """Bytes of the float32 outputs of all layers, for one batch.

    height, width: sides of the images in pixels. Of the order of what a backward
    pass needs: TensorFlow lets go of some and keeps others that a layer makes within,
    and Keras does not say which. Raises ValueError for sides that do not fit.
    """
    model = UNet(spec, size=(height, width))
    outputs = [layer.output for layer in model.layers]
    each = [t for output in outputs for t in _tensors(output)]
    return 4 * batch * sum(math.prod(tensor.shape[1:]) for tensor in each)


def _tensors(output) -> list:
    return list(output) if isinstance(output, (list, tuple)) else [output]
