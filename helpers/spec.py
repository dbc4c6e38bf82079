"""One description of a U-Net, from which both frameworks build the same network."""

import dataclasses
import json
from dataclasses import dataclass
from itertools import count, islice

from helpers import layers, matching, rules, sizes

NORM_EPSILON = 1e-3
"""Added to the variance in BatchNorm: Keras's default, used in both frameworks."""

CHOICES = {
    "padding": ("same", "valid"),
    "norm": (None, "batch"),
    "up": ("bilinear", "nearest", "transpose", "shuffle", "unpool"),
    "skip": ("concat", "add", "none", "attention"),
    "init": ("he", "glorot", "torch"),
    "block": ("plain", "residual", "dense", "recurrent"),
    "sharing": ("shared", "separate", "unrolled"),
    "gate": ("fine", "coarse"),
}


@dataclass(frozen=True)
class UNetSpec:
    """A U-Net, described without a framework (Ronneberger et al. 2015, figure 1).

    in_channels: channels of the image.
    classes: 1 for one logit with a sigmoid, 2 or more for a softmax.
    widths: channels per level, top first, the bottom last.
    convs: 3x3 convolutions in a block.
    padding: "same" keeps sizes, "valid" loses one pixel a side per convolution.
    norm: None, or "batch" between convolution and ReLU.
    up: how the decoder doubles sizes. "transpose" is the paper's 2x2 with stride 2;
        "bilinear" and "nearest" are followed by a 3x3 convolution and ReLU; "shuffle"
        (Shi et al. 2016) comes after a 3x3 convolution to four times the channels that
        starts with ICNR (Aitken et al. 2017); "unpool" (Badrinarayanan et al. 2015)
        after a 3x3 convolution and ReLU to the channels of the matching pooling, whose
        maxima say where each value goes, and it needs "same" padding.
    skip: how encoder features join the decoder; "attention" is "concat" after a gate.
    decoder_widths: channels that leave each decoder level, top first; None means those
        of the encoder.
    bottom_relu: whether a ReLU follows the last bottom convolution (of "plain" blocks).
    dropout: share of bottom features dropped in training.
    init: "he" is N(0, sqrt(2 / N)) (the paper's), "glorot" Keras's default, "torch"
        PyTorch's.
    norm_momentum: share of the running statistics kept at each step (Keras's sense;
        PyTorch's is one minus it).
    block: what stands at each level: "plain" convolutions; "residual" (Zhang et al.
        2017); "dense" (Huang et al. 2016), whose widths divide by convs; "recurrent"
        (R2U-Net, Alom et al. 2018). All but "plain" need "same" padding.
    recurrences: how often a recurrent convolution sees its own output, the paper's t.
    sharing: what weights it has for that: those for its input ("shared"), a second
        kernel ("separate", the paper's), or new ones every time ("unrolled").
    gate: where attention makes its coefficients: at the skip's size ("fine") or at half
        of it ("coarse", Oktay et al. 2018).

    Raises ValueError where a field is out of range, naming it and what is allowed.
    """

    in_channels: int = 3
    classes: int = 1
    widths: tuple[int, ...] = (16, 32, 64, 128, 256)
    convs: int = 2
    padding: str = "same"
    norm: str | None = None
    up: str = "transpose"
    skip: str = "concat"
    decoder_widths: tuple[int, ...] | None = None
    bottom_relu: bool = True
    dropout: float = 0.0
    init: str = "he"
    norm_momentum: float = 0.9
    block: str = "plain"
    recurrences: int = 2
    sharing: str = "shared"
    gate: str = "fine"

    def __post_init__(self) -> None:
        rules.check(self, CHOICES)
        object.__setattr__(self, "widths", tuple(self.widths))
        if self.decoder_widths is not None:
            object.__setattr__(self, "decoder_widths", tuple(self.decoder_widths))

    @property
    def depth(self) -> int:
        """How often the encoder halves the image."""
        return len(self.widths) - 1

    @property
    def divisor(self) -> int:
        """By how much the encoder shrinks a side: 2 to the number of poolings."""
        return 2**self.depth

    @property
    def up_widths(self) -> tuple[int, ...]:
        """Channels that leave each decoder level, top first."""
        return self.decoder_widths or self.widths[:-1]

    def replace(self, **changes) -> "UNetSpec":
        """The same network with some fields changed."""
        return dataclasses.replace(self, **changes)

    def parameters(self, trainable_only: bool = False) -> int:
        """Weights, biases and BatchNorm values (running statistics too, or not)."""
        return layers.parameters(self, trainable_only)

    def layers(self) -> list[tuple[str, str, int, int, int]]:
        """Every layer with weights, as (name, kind, inputs, outputs, normed).

        kind is "conv" (3x3), "transpose" (2x2, stride 2), "head" (1x1) or another of
        `layers.AREAS`; normed the channels of the BatchNorm beside it, 0 for none.
        Names are those of both frameworks, with dots in PyTorch, underscores in Keras.
        """
        return layers.rows(self)

    def multiply_adds(self, height: int, width: int) -> int:
        """Multiply-adds of all convolutions for one image; sides in pixels."""
        return sum(layers.multiply_adds(self, height, width).values())

    def with_parameters(self, target: int) -> "UNetSpec":
        """The same shape made wider or narrower, nearest to `target` parameters.

        `matching.nearest` does it for any other cost. Raises ValueError for a target
        that no width comes near.
        """
        return matching.nearest(self, target, UNetSpec.parameters)

    def to_json(self) -> str:
        """The fields as JSON, for a file of weights to carry."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "UNetSpec":
        """The spec that `to_json` wrote. Raises ValueError for unknown fields."""
        fields = json.loads(text)
        if unknown := set(fields) - {field.name for field in dataclasses.fields(cls)}:
            raise ValueError(
                f"the spec has fields {sorted(unknown)} that this version does not "
                "know; update `helpers`"
            )
        return cls(**fields)

    def output_size(self, size: int) -> int:
        """Side of the output in pixels for a side of the input; see `check_size`."""
        return sizes.trace(self, size).decoder[0]

    def valid_sizes(self, start: int = 1, number: int = 5) -> list[int]:
        """The first `number` sides from `start` pixels on that the network takes."""
        return list(islice(filter(lambda n: sizes.fits(self, n), count(start)), number))

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError, with the nearest sides that fit, where one does not."""
        for side, size in (("height", height), ("width", width)):
            sizes.check(self, size, side)

    def receptive_field(self, position: int | None = None) -> int:
        """Input pixels a side that can reach one output pixel.

        It depends on where the pixel lies on the pooling grid: give its `position`,
        or None for the largest over all positions.
        """
        positions = range(self.divisor) if position is None else (position,)
        return max(sizes.receptive_field(self, p) for p in positions)


PAPER = UNetSpec(
    in_channels=1, classes=2, widths=(64, 128, 256, 512, 1024), padding="valid"
)
"""Ronneberger et al. 2015, figure 1: 31,030,658 parameters."""

ELLIPSES = UNetSpec(
    widths=(16, 32, 64, 64),
    decoder_widths=(16, 16, 32),
    convs=1,
    up="bilinear",
    bottom_relu=False,
    init="torch",
)
"""The network printed in "Understanding U-Net": 159,777 parameters."""

PETS = UNetSpec(
    classes=3,
    widths=(64, 128, 256, 512, 1024),
    norm="batch",
    init="glorot",
    norm_momentum=0.99,
)
"""The Keras article's network with three classes: 31,055,427 parameters."""

LIGHT_PETS = UNetSpec(classes=3, widths=(16, 32, 64, 128, 256), norm="batch")
"""This book's own network for the pets: the article's shape, a quarter as wide."""

PRESETS = {
    "paper": PAPER,
    "ellipses": ELLIPSES,
    "pets": PETS,
    "light-pets": LIGHT_PETS,
}


def preset(name: str) -> UNetSpec:
    """The preset of that name. Raises ValueError that lists the names there are."""
    if name not in PRESETS:
        raise ValueError(
            f"preset {name!r} is not known; choose from {', '.join(PRESETS)}"
        )
    return PRESETS[name]
