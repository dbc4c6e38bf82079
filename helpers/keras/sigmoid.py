"""The Keras article's output: a sigmoid per class where a softmax belongs."""

import keras
from keras import layers

from helpers.keras.base import note, notes_of
from helpers.keras.build import UNet
from helpers.spec import UNetSpec


@keras.saving.register_keras_serializable("helpers")
class WithSigmoid(keras.Model):
    """A U-Net followed by a sigmoid: (N, H, W, C) -> scores 0..1 (N, H', W', classes).

    It shares the layers and weights of `net`, which still gives the logits.
    """

    def __init__(self, net: UNet, name: str = "unet_with_sigmoid") -> None:
        sigmoid = layers.Activation("sigmoid", name="sigmoid", dtype="float32")
        super().__init__(net.inputs, sigmoid(net.outputs[0]), name=name)
        # In a function, so that Keras does not save the same layers twice.
        self._get_net = lambda: net
        note(self, **notes_of(net))

    @property
    def net(self) -> UNet:
        """The network without the sigmoid."""
        return self._get_net()

    @property
    def spec(self) -> UNetSpec:
        """The spec of the network."""
        return self.net.spec

    def get_config(self) -> dict:
        """What `from_config` needs to build the model again."""
        note(self.net, **notes_of(self))
        return {"net": self.net.get_config(), "name": self.name}

    @classmethod
    def from_config(
        cls, config: dict, custom_objects: dict | None = None
    ) -> "WithSigmoid":
        """The model that `get_config` described, with fresh weights."""
        return cls(UNet.from_config(config["net"]), config["name"])


def with_sigmoid(model: UNet) -> WithSigmoid:
    """The same network, weights shared, with the article's sigmoid at its end.

    For `compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")`. Keras
    on TensorFlow remembers the logits under a sigmoid and computes the loss from
    them, so that it is the cross-entropy of a **softmax**, and so trains a sound
    model. Given the bare scores (an array), the same loss divides them by their sum:
    -log(p_t / sum p), as `scores.renormalized_cross_entropy` does.
    """
    return WithSigmoid(model)
