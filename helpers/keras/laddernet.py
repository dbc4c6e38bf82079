"""LadderNet in Keras."""

import keras
from keras import KerasTensor, layers

from helpers.keras.base import Described, note
from helpers.keras.blocks import Maker
from helpers.laddernet import LadderSpec
from helpers.spec import UNetSpec


@keras.saving.register_keras_serializable("helpers")
class LadderNet(Described):
    """Two U's in a row (Zhuang 2018): (N, H, W, C) -> logits (N, H, W, classes).

    It takes every size that divides by `spec.divisor`. dtype: a Keras dtype or policy,
    None for the global one; logits are float32 under a mixed policy. notes: see
    `build.note`. Raises ValueError for channels or sizes that do not fit.
    """

    Spec = LadderSpec

    def __init__(
        self,
        spec: LadderSpec,
        seed: int = 0,
        dtype: str | None = None,
        name: str = "laddernet",
        notes: dict | None = None,
    ) -> None:
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        shape = (None, None, spec.in_channels)
        images = keras.Input(shape, name="images", dtype=policy.variable_dtype)
        parts = _Parts(spec, seed, dtype)
        x = parts.conv(images, spec.filters, "first_start_conv")
        x = parts.relu(x, "first_start_relu")
        made = ladder(x, "first", parts)
        x = residual(made[0], "second_start", parts)
        x = ladder(x, "second", parts, made)[0]
        last = "float32" if policy.name.startswith("mixed") else None
        logits = parts.conv(x, spec.classes, "head", 1, last)
        super().__init__(images, logits, name=name)
        self.spec = spec
        note(self, **(notes or {}))
        self._arguments = {"seed": seed, "dtype": dtype, "name": name}


def build(spec: LadderSpec, seed: int = 0, dtype: str | None = None) -> LadderNet:
    """The model that `spec` describes, initialized from `seed` as PyTorch does.

    So its repository leaves it, which has a log-softmax after the logits.
    """
    return LadderNet(spec, seed, dtype)


def residual(x: KerasTensor, name: str, parts: "_Parts") -> KerasTensor:
    """A residual block with one convolution, used twice: (N, H, W, width), unchanged.

    relu(conv(drop(relu(conv(x)))) + x), where whole channels are dropped. Source:
    `BasicBlock` in the repository of Zhuang 2018, arXiv 1810.07810; a BatchNorm after
    each convolution stands there, but commented out.
    """
    conv = parts.conv_layer(x.shape[-1], x.shape[-1], f"{name}_conv")
    out = parts.relu(conv(x), f"{name}_relu")
    out = parts.drop(out, f"{name}_drop")
    return parts.relu(parts.add(conv(out), x, f"{name}_sum"), f"{name}_last")


def ladder(
    x: KerasTensor, name: str, parts: "_Parts", other: list[KerasTensor] | None = None
) -> list[KerasTensor]:
    """One of the two U's: what leaves each level of its decoder, the top first.

    x: (N, H, W, filters). other: the decoder features of the U before it, top first,
    each added where this one goes down; None for the first U.
    """
    wide, skips, made = parts.ladder.widths, [], []
    for level, below in enumerate(wide[1:]):
        if other is not None:
            x = parts.add(x, other[level], f"{name}_other_{level}")
        x = residual(x, f"{name}_down_{level}", parts)
        skips.append(x)
        x = parts.shrink(x, below, f"{name}_shrink_{level}")
    x = residual(x, f"{name}_bottom", parts)
    for level in reversed(range(len(skips))):
        x = parts.grow(x, wide[level], f"{name}_grow_{level}")
        x = parts.add(x, skips[level], f"{name}_skip_{level}")
        x = residual(x, f"{name}_up_{level}", parts)
        made.insert(0, x)
    return made


class _Parts(Maker):
    """Makes the layers of a LadderNet."""

    def __init__(self, spec: LadderSpec, seed: int, dtype: str | None) -> None:
        super().__init__(UNetSpec(init="torch"), seed, dtype)
        self.ladder = spec

    def relu(self, x: KerasTensor, name: str) -> KerasTensor:
        return layers.ReLU(name=name, dtype=self.dtype)(x)

    def add(self, x: KerasTensor, y: KerasTensor, name: str) -> KerasTensor:
        return layers.Add(name=name, dtype=self.dtype)([x, y])

    def drop(self, x: KerasTensor, name: str) -> KerasTensor:
        rate = self.ladder.dropout
        if not rate:
            return x
        return layers.SpatialDropout2D(
            rate, seed=self.seed, name=name, dtype=self.dtype
        )(x)

    def shrink(self, x: KerasTensor, outputs: int, name: str) -> KerasTensor:
        """Half the size by a stride, then ReLU.

        Padded by hand: with a stride, Keras's "same" pads after the image alone.
        """
        x = layers.ZeroPadding2D(1, name=f"{name}_pad", dtype=self.dtype)(x)
        conv = self.conv_layer(x.shape[-1], outputs, name, strides=2, padding="valid")
        return self.relu(conv(x), f"{name}_relu")

    def grow(self, x: KerasTensor, outputs: int, name: str) -> KerasTensor:
        """Twice the size by a transposed convolution.

        Without padding it makes one row and one column more; PyTorch, with padding 1
        and output padding 1, goes without the first of them.
        """
        x = layers.Conv2DTranspose(
            outputs,
            3,
            strides=2,
            padding="valid",
            name=name,
            dtype=self.dtype,
            **self.initializers(9, x.shape[-1], pytorch_fan=9 * outputs),
        )(x)
        crop = ((1, 0), (1, 0))
        return layers.Cropping2D(crop, name=f"{name}_crop", dtype=self.dtype)(x)
