"""LadderNet, described without a framework: two U-Nets, the second fed by the first.

It has a spec of its own, as little of it is a matter of a `UNetSpec`: it downsamples by
strides, sums its skips, shares one convolution within each residual block, and its
second U takes the features of every level of the first. Source: Zhuang 2018, arXiv
1810.07810, and its repository, juntang-zhuang/LadderNet, src/LadderNetv65.py.
"""

import dataclasses
import json
from dataclasses import dataclass

from helpers.fields import check_shares, check_whole
from helpers.sizes import unfit
from helpers.spec import UNetSpec

TAPS = {"residual": 18, "conv": 9, "stride": 9, "transpose": 9, "head": 1}
"""Multiply-adds of each kind of layer for a pixel and a pair of channels: of what it
makes, but for "transpose" of what it takes. A residual block uses its 3x3 twice."""


@dataclass(frozen=True)
class LadderSpec:
    """LadderNet: two U's of `levels` poolings each.

    in_channels: channels of the image. classes: 1 for one logit with a sigmoid, 2 or
    more for a softmax. filters: channels at the top; each level below has twice those
    above. dropout: share of channels dropped in training within each residual block.

    Raises ValueError where a field is out of range.
    """

    in_channels: int = 1
    classes: int = 2
    filters: int = 10
    levels: int = 4
    dropout: float = 0.25

    def __post_init__(self) -> None:
        for name in ("in_channels", "classes", "filters", "levels"):
            check_whole(name, getattr(self, name))
        check_shares(self, ("dropout",))

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels per level, top first, the bottom last."""
        return tuple(self.filters * 2**level for level in range(self.levels + 1))

    @property
    def divisor(self) -> int:
        """By how much each U shrinks a side."""
        return 2**self.levels

    def replace(self, **changes) -> "LadderSpec":
        """The same network with some fields changed."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> str:
        """The fields as JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "LadderSpec":
        """The spec that `to_json` wrote."""
        return cls(**json.loads(text))

    def layers(self) -> list[tuple[str, str, int, int, int]]:
        """Every layer with weights, as (name, kind, inputs, outputs, normed).

        kind is one of `TAPS`; normed is 0, as there is no BatchNorm. Names are those
        of both frameworks, with dots in PyTorch and underscores in Keras.
        """
        return [row[:5] for row in self._rows()]

    def parameters(self, trainable_only: bool = False) -> int:
        """Weights and biases; all of them are trainable."""
        return sum(
            (1 if kind == "head" else 9) * inputs * outputs + outputs
            for _, kind, inputs, outputs, *_ in self._rows()
        )

    def multiply_adds(self, height: int, width: int) -> int:
        """Multiply-adds of all convolutions for one image; sides in pixels."""
        self.check_size(height, width)
        return sum(
            TAPS[kind] * inputs * outputs * (height >> level) * (width >> level)
            for _, kind, inputs, outputs, _, level in self._rows()
        )

    def output_size(self, size: int) -> int:
        """Side of the output in pixels: that of the input; see `check_size`."""
        self.check_size(size, size)
        return size

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError, with the nearest sides that fit, where one does not."""
        for side, size in (("height", height), ("width", width)):
            if size < 1 or size % self.divisor:
                below = max(size, 0) // self.divisor * self.divisor
                why = f"does not divide by {self.divisor}"
                raise unfit(side, size, why, below, below + self.divisor)

    def _rows(self) -> list[tuple]:
        """The rows of `layers`, each with the level whose pixels `TAPS` counts."""
        wide = self.widths
        found: list[tuple] = []
        for u in ("first", "second"):
            if u == "first":
                start = (f"{u}.start.conv", "conv", self.in_channels, wide[0], 0, 0)
                found.append(start)
            else:
                found.append((f"{u}.start.conv", "residual", wide[0], wide[0], 0, 0))
            for k in range(self.levels):
                w, below = wide[k : k + 2]
                found.append((f"{u}.down.{k}.conv", "residual", w, w, 0, k))
                found.append((f"{u}.shrink.{k}", "stride", w, below, 0, k + 1))
            w = wide[-1]
            found.append((f"{u}.bottom.conv", "residual", w, w, 0, self.levels))
            for k in reversed(range(self.levels)):
                w, below = wide[k : k + 2]
                found.append((f"{u}.grow.{k}", "transpose", below, w, 0, k + 1))
                found.append((f"{u}.up.{k}.conv", "residual", w, w, 0, k))
        return [*found, ("head", "head", wide[0], self.classes, 0, 0)]


LADDERNET = LadderSpec(in_channels=1, classes=2)
"""As its repository trains it on retinal vessels: 1,381,652 parameters."""


def read_spec(text: str) -> UNetSpec | LadderSpec:
    """The spec, of either kind, that a file of weights carries as JSON."""
    kind = LadderSpec if "filters" in json.loads(text) else UNetSpec
    return kind.from_json(text)
