"""From a `UNetSpec` to a Keras model."""

import keras
from keras import layers

from helpers import sizes
from helpers.keras.base import Described, note
from helpers.keras.blocks import Maker, conv_block, join
from helpers.keras.dense import dense_block
from helpers.keras.gates import coarse_gate, fine_gate
from helpers.keras.recurrent import recurrent_block
from helpers.keras.residual import residual_block
from helpers.keras.upsampling import MaxPool, up
from helpers.spec import UNetSpec


@keras.saving.register_keras_serializable("helpers")
class UNet(Described):
    """A U-Net (Ronneberger et al. 2015): (N, H, W, C) -> logits (N, H', W', classes).

    size: (height, width) in pixels where it is fixed, None where any that fits will
    do. dtype: a Keras dtype or policy, None for the global one; logits are float32
    under a mixed policy. notes: see `note`. Raises ValueError for channels or sizes
    that do not fit.
    """

    def __init__(
        self,
        spec: UNetSpec,
        size: tuple[int, int] | None = None,
        seed: int = 0,
        dtype: str | None = None,
        name: str = "unet",
        notes: dict | None = None,
    ) -> None:
        if size is not None:
            spec.check_size(*size)
        height, width = size or (None, None)
        images = keras.Input(
            (height, width, spec.in_channels),
            name="images",
            dtype=_policy(dtype).variable_dtype,
        )
        super().__init__(images, _logits(images, Maker(spec, seed, dtype)), name=name)
        self.spec = spec
        note(self, **(notes or {}))
        self._arguments = {"size": size, "seed": seed, "dtype": dtype, "name": name}


def build(
    spec: UNetSpec,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    dtype: str | None = None,
) -> UNet:
    """The model that `spec` describes, initialized from `seed` as `spec.init` says."""
    return UNet(spec, size, seed, dtype)


def _logits(images, make: Maker):
    spec, x, skips = make.spec, images, []
    places = [None] * spec.depth
    for level in range(spec.depth):
        x = _block(x, spec.widths[level], f"encoder_{level}", make)
        skips.append(x)
        if spec.up == "unpool":
            x, places[level] = MaxPool(name=f"pool_{level}", dtype=make.dtype)(x)
        else:
            x = layers.MaxPooling2D(name=f"pool_{level}", dtype=make.dtype)(x)
    x = _block(x, spec.widths[-1], "bottom", make)
    if spec.dropout:
        x = layers.Dropout(
            spec.dropout, seed=make.seed, name="dropout", dtype=make.dtype
        )(x)
    for level in reversed(range(spec.depth)):
        below = x
        x = up(x, spec.widths[level], f"up_{level}", make, places[level])
        crop, gate = sizes.crops(spec)[level], _gate(level, x, below, make)
        x = join(x, skips[level], crop, f"skip_{level}", make, gate)
        x = _block(x, spec.up_widths[level], f"decoder_{level}", make)
    mixed = _policy(make.dtype).name.startswith("mixed")
    return make.conv(x, spec.classes, "head", 1, "float32" if mixed else None)


def _block(x, outputs: int, name: str, make: Maker):
    """What stands at one level: (N, H, W, inputs) -> (N, H, W, outputs)."""
    kind, at_image = make.spec.block, name == "encoder_0"
    if kind == "residual":
        return residual_block(x, outputs, name, make, at_image)
    if kind == "dense":
        return dense_block(x, outputs, name, make, at_image)
    if kind == "recurrent":
        return recurrent_block(x, outputs, name, make)
    return conv_block(x, outputs, name, make, name != "bottom" or make.spec.bottom_relu)


def _gate(level: int, up, below, make: Maker):
    """What the skip of a level goes through before it joins, if anything."""
    if make.spec.skip != "attention":
        return None
    # By its name `silence` finds what goes into the gate.
    anchor = layers.Identity(name=f"skip_{level}", dtype=make.dtype)
    kind, signal = (fine_gate, up) if make.spec.gate == "fine" else (coarse_gate, below)
    return lambda skip: kind(anchor(skip), signal, f"gate_{level}", make)


def _policy(dtype: str | None) -> keras.DTypePolicy:
    return keras.dtype_policies.get(dtype or keras.config.dtype_policy())
