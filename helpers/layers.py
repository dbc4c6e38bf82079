"""Every layer with weights of a U-Net: its channels, its sides, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import sizes

if TYPE_CHECKING:
    from helpers.spec import UNetSpec

    Row = tuple[str, str, int, int, int]

AREAS = {
    "conv": 9,
    "shared": 9,
    "recurrent": 9,
    "transpose": 4,
    "stride": 4,
    "point": 1,
    "head": 1,
}
"""Weights of one kernel: "conv" is 3x3, "shared" the same for a recurrent layer's input
and its own output, "recurrent" for its own output alone; "transpose" and "stride" are
2x2 with stride 2, up and down; "point" and the "head" are 1x1."""

WITHOUT_BIAS = ("recurrent", "stride")


def rows(spec: UNetSpec) -> list[Row]:
    """Every layer with weights, as (name, kind, inputs, outputs, normed).

    kind is one of `AREAS`, normed the channels of the BatchNorm beside it, 0 for none.
    Names are those of both frameworks, with dots in PyTorch and underscores in Keras.
    """
    found: list[Row] = []
    channels = spec.in_channels
    for level in range(spec.depth):
        found += _block(spec, f"encoder.{level}", channels, spec.widths[level])
        channels = spec.widths[level]
    found += _block(spec, "bottom", channels, spec.widths[-1])
    channels = spec.widths[-1]
    for level in reversed(range(spec.depth)):
        width = spec.widths[level]
        found.append(_up(spec, f"up.{level}.conv", channels, width))
        if spec.skip == "attention":
            found += _gate(spec, f"gate.{level}", width, channels)
        joined = 2 * width if spec.skip in ("concat", "attention") else width
        channels = spec.up_widths[level]
        found += _block(spec, f"decoder.{level}", joined, channels)
    return [*found, ("head", "head", channels, spec.classes, 0)]


def parameters(spec: UNetSpec, trainable_only: bool = False) -> int:
    """Weights, biases and BatchNorm values (running statistics too, or not)."""
    per_norm = 2 if trainable_only else 4
    return sum(
        AREAS[kind] * inputs * outputs
        + outputs * (kind not in WITHOUT_BIAS)
        + per_norm * normed
        for _, kind, inputs, outputs, normed in rows(spec)
    )


def multiply_adds(spec: UNetSpec, height: int, width: int) -> dict[str, int]:
    """Multiply-adds of each layer with weights, by name, for one image.

    height, width: sides of the image in pixels. A layer that is used several times
    counts as often. What has no weights (pooling, bilinear resizing, BatchNorm,
    biases, sums) does not count. Raises ValueError for sides that do not fit.
    """
    tall, wide = (sizes.trace(spec, n) for n in (height, width))
    # A transposed 2x2 convolution with stride 2 has one tap for each pixel it makes.
    taps = AREAS | {"transpose": 1}
    times = {"shared": spec.recurrences + 1, "recurrent": spec.recurrences}
    return {
        name: taps[kind] * inputs * outputs * times.get(kind, 1)
        * _side(spec, tall, name) * _side(spec, wide, name)
        for name, kind, inputs, outputs, _ in rows(spec)
    }  # fmt: skip


def _block(spec: UNetSpec, name: str, inputs: int, width: int) -> list[Row]:
    """The layers of one block, from `inputs` channels to `width`."""
    normed = spec.norm is not None
    if spec.block == "recurrent":
        return _recurrent_block(spec, name, inputs, width)
    found, channels = [], inputs
    for number in range(spec.convs):
        if spec.block == "plain":
            conv = f"{name}.conv{number + 1}"
            found.append((conv, "conv", channels, width, width * normed))
            channels = width
            continue
        # The norm comes before the convolution, but never at the image.
        before = channels * (normed and (name, number) != ("encoder.0", 0))
        outputs = width if spec.block == "residual" else width // spec.convs
        conv = f"{name}.unit.{number}.conv"
        found.append((conv, "conv", channels, outputs, before))
        channels = outputs if spec.block == "residual" else channels + outputs
    if spec.block == "residual" and inputs != width:
        found.append((f"{name}.shortcut", "point", inputs, width, 0))
    return found


def _recurrent_block(spec: UNetSpec, name: str, inputs: int, width: int) -> list[Row]:
    normed = width * (spec.norm is not None)
    found = [(f"{name}.point", "point", inputs, width, 0)]
    for unit in (f"{name}.unit.{number}" for number in range(spec.convs)):
        if spec.sharing == "unrolled":
            for time in range(spec.recurrences + 1):
                found.append((f"{unit}.{time}.conv", "conv", width, width, normed))
            continue
        kind = "shared" if spec.sharing == "shared" else "conv"
        found.append((f"{unit}.conv", kind, width, width, normed))
        if spec.sharing == "separate":
            found.append((f"{unit}.loop", "recurrent", width, width, 0))
    return found


def _up(spec: UNetSpec, name: str, inputs: int, width: int) -> Row:
    if spec.up == "transpose":
        return name, "transpose", inputs, width, 0
    if spec.up == "shuffle":
        return name, "conv", inputs, 4 * width, 0
    return name, "conv", inputs, width, width * (spec.norm is not None)


def _gate(spec: UNetSpec, name: str, width: int, below: int) -> list[Row]:
    """A gate for a skip of `width` channels, with so many in the features below."""
    half = max(1, width // 2)
    if spec.gate == "coarse":
        return [
            (f"{name}.theta", "stride", width, half, 0),
            (f"{name}.phi", "point", below, half, 0),
            (f"{name}.psi", "point", half, 1, 0),
        ]
    normed = spec.norm is not None
    return [
        (f"{name}.x", "point", width, half, half * normed),
        (f"{name}.g", "point", width, half, half * normed),
        (f"{name}.psi", "point", half, 1, int(normed)),
    ]


def _side(spec: UNetSpec, traced: sizes.Sizes, name: str) -> int:
    """The side in pixels of what a layer gives."""
    if name == "head":
        return traced.decoder[0]
    part, *rest = name.split(".")
    if part == "bottom":
        side = traced.bottom
    else:
        level = int(rest[0])
        side = getattr(traced, "up" if part == "gate" else part)[level]
    if part == "up":  # these two convolve first and double afterwards
        return side // 2 if spec.up in ("shuffle", "unpool") else side
    if part == "gate":
        return side // 2 if spec.gate == "coarse" else side
    if spec.padding == "valid":  # each convolution still to come takes two pixels
        side += 2 * (spec.convs - int(rest[-1].removeprefix("conv")))
    return side
