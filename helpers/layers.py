"""Every layer with weights of a U-Net: its channels, its sides, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import sizes

if TYPE_CHECKING:
    from helpers.spec import UNetSpec

AREAS = {"conv": 9, "transpose": 4, "head": 1}
"""Weights of one kernel: 3x3, 2x2 with stride 2, and 1x1."""


def rows(spec: UNetSpec) -> list[tuple[str, str, int, int, bool]]:
    """Every layer with weights, as (name, kind, inputs, outputs, normed).

    kind is one of `AREAS`. Names are those of both frameworks, with dots in PyTorch
    and underscores in Keras.
    """
    found, normed = [], spec.norm is not None

    def block(name: str, inputs: int, outputs: int) -> int:
        for number in range(1, spec.convs + 1):
            found.append((f"{name}.conv{number}", "conv", inputs, outputs, normed))
            inputs = outputs
        return outputs

    channels = spec.in_channels
    for level in range(spec.depth):
        channels = block(f"encoder.{level}", channels, spec.widths[level])
    channels = block("bottom", channels, spec.widths[-1])
    for level in reversed(range(spec.depth)):
        width, name = spec.widths[level], f"up.{level}.conv"
        if spec.up == "transpose":
            found.append((name, "transpose", channels, width, False))
        elif spec.up == "shuffle":
            found.append((name, "conv", channels, 4 * width, False))
        else:
            found.append((name, "conv", channels, width, normed))
        joined = 2 * width if spec.skip == "concat" else width
        channels = block(f"decoder.{level}", joined, spec.up_widths[level])
    found.append(("head", "head", channels, spec.classes, False))
    return found


def parameters(spec: UNetSpec, trainable_only: bool = False) -> int:
    """Weights, biases and BatchNorm values (running statistics too, or not)."""
    per_norm = (2 if trainable_only else 4) if spec.norm else 0
    return sum(
        AREAS[kind] * inputs * outputs + outputs + per_norm * outputs * normed
        for _, kind, inputs, outputs, normed in rows(spec)
    )


def multiply_adds(spec: UNetSpec, height: int, width: int) -> dict[str, int]:
    """Multiply-adds of each layer with weights, by name, for one image.

    height, width: sides of the image in pixels. What has no weights (pooling, bilinear
    resizing, BatchNorm, biases) does not count. Raises ValueError for sides that do
    not fit.
    """
    tall, wide = (_sides(spec, sizes.trace(spec, n)) for n in (height, width))
    # A transposed 2x2 convolution with stride 2 has one tap for each pixel it makes.
    taps = AREAS | {"transpose": 1}
    return {
        name: taps[kind] * inputs * outputs * tall[name] * wide[name]
        for name, kind, inputs, outputs, _ in rows(spec)
    }


def _sides(spec: UNetSpec, traced: sizes.Sizes) -> dict[str, int]:
    """The side in pixels of what each layer gives."""
    lost = 2 if spec.padding == "valid" else 0
    after = {f"encoder.{k}": side for k, side in enumerate(traced.encoder)}
    after |= {f"decoder.{k}": side for k, side in enumerate(traced.decoder)}
    after["bottom"] = traced.bottom
    found = {"head": traced.decoder[0]}
    for block, side in after.items():
        for number in range(1, spec.convs + 1):
            found[f"{block}.conv{number}"] = side + lost * (spec.convs - number)
    for level, side in enumerate(traced.up):
        # These two convolve first and double afterwards.
        early = spec.up in ("shuffle", "unpool")
        found[f"up.{level}.conv"] = side // 2 if early else side
    return found
