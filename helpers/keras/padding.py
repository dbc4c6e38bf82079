"""Other ways to pad in Keras than with zeros."""

import keras
from keras import layers, ops

from helpers.keras.build import UNet

MODES = {"zero": "constant", "reflect": "reflect", "replicate": "symmetric"}
"""Names of the book, and what `ops.pad` calls them. It has no word for replicate, but
for one pixel a mirror that repeats the last pixel is the same."""


@keras.saving.register_keras_serializable("helpers")
class PaddedConv2D(layers.Conv2D):
    """A 3x3 convolution that pads one pixel in the way `mode` says; see `pad_with`."""

    def __init__(self, filters: int, mode: str = "zero", **kwargs) -> None:
        super().__init__(filters, **{**kwargs, "padding": "valid"})
        self.mode = mode

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        around = ((0, 0), (1, 1), (1, 1), (0, 0))
        return super().call(ops.pad(inputs, around, MODES[self.mode]))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict:
        return {**super().get_config(), "mode": self.mode}


def pad_with(model: UNet, mode: str) -> keras.Model:
    """A copy of a 'same' network whose 3x3 convolutions pad in another way.

    mode: "zero", "reflect" (the mirror's glass is the middle of the last pixel) or
    "replicate" (the last pixel again). Raises ValueError for another mode, or for a
    network that does not pad.
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is not known; choose from {tuple(MODES)}")
    if model.spec.padding != "same":
        raise ValueError(
            f"a network with {model.spec.padding!r} padding pads nowhere; build it "
            "with padding='same'"
        )

    def other(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if type(layer) is layers.Conv2D and layer.kernel_size == (3, 3):
            return PaddedConv2D.from_config({**config, "mode": mode})
        return type(layer).from_config(config)

    plain = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    copied = keras.models.clone_model(plain, clone_function=other)
    copied.set_weights(model.get_weights())
    return copied
