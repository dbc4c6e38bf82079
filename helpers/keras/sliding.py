"""The classifier of patches in Keras, and the same weights run as a convolution."""

from helpers.keras import device  # noqa: F401, I001  It comes before Keras.
import keras
from keras import KerasTensor, layers, ops

from helpers.sliding import STEP, Patches


class PatchClassifier(keras.Model):
    """Labels the middle of a patch: (N, w, w, C) -> logits (N, classes).

    `everywhere` gives the logits of every patch of an image in one pass, `coarse`
    those of every fourth one. Source: as in `helpers.pytorch.sliding`.
    """

    def __init__(self, layout: Patches, seed: int = 0) -> None:
        super().__init__()
        self.layout = layout
        first, second = layout.widths
        start = [keras.initializers.GlorotUniform(seed + k) for k in range(4)]
        self.conv1 = layers.Conv2D(first, layout.kernel, kernel_initializer=start[0])
        self.conv2 = layers.Conv2D(second, layout.kernel, kernel_initializer=start[1])
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(layout.hidden, kernel_initializer=start[2])
        self.out = layers.Dense(layout.classes, kernel_initializer=start[3])
        self(ops.zeros((1, layout.window, layout.window, layout.in_channels)))

    def call(self, x: KerasTensor) -> KerasTensor:
        x = ops.max_pool(ops.relu(self.conv1(x)), 2)
        x = ops.max_pool(ops.relu(self.conv2(x)), 2)
        return self.out(ops.relu(self.hidden(self.flatten(x))))

    def everywhere(self, x: KerasTensor) -> KerasTensor:
        """(N, H, W, C) -> logits (N, H - w + 1, W - w + 1, classes)."""
        x = _pool_all(ops.relu(self.conv1(x)), 1)
        x = ops.conv(x, self.conv2.kernel, dilation_rate=2, padding="valid")
        x = _pool_all(ops.relu(x + self.conv2.bias), 2)
        return self._dense(x, STEP)

    def coarse(self, x: KerasTensor) -> KerasTensor:
        """The logits of every fourth patch: `everywhere(x)[:, ::4, ::4]`."""
        x = ops.max_pool(ops.relu(self.conv1(x)), 2)
        x = ops.max_pool(ops.relu(self.conv2(x)), 2)
        return self._dense(x, 1)

    def _dense(self, x: KerasTensor, dilation: int) -> KerasTensor:
        """Both dense layers as convolutions, with the same weights."""
        side = self.layout.dense
        kernel = ops.reshape(self.hidden.kernel, (side, side, x.shape[-1], -1))
        x = ops.conv(x, kernel, dilation_rate=dilation, padding="valid")
        return self.out(ops.relu(x + self.hidden.bias))


def _pool_all(x: KerasTensor, step: int) -> KerasTensor:
    """The greatest of 2x2 values `step` apart, at every place.

    Keras has no dilated pooling; the maximum of two shifted copies is one.
    """
    x = ops.maximum(x[:, step:], x[:, :-step])
    return ops.maximum(x[:, :, step:], x[:, :, :-step])
