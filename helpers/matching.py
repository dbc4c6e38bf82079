"""Networks made wider or narrower until they cost the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from helpers.laddernet import LadderSpec
    from helpers.spec import UNetSpec

    Spec = TypeVar("Spec", UNetSpec, LadderSpec)

RATIO = 1.005
STEPS = range(-900, 901)
"""Factors of the widths that are tried, as powers of `RATIO`: from 1/89 to 89."""


def nearest(spec: Spec, target: float, cost: Callable[[Spec], float]) -> Spec:
    """The same shape made wider or narrower, its cost the nearest to `target`.

    cost: a number that grows with the widths, such as
    `lambda s: s.multiply_adds(64, 64)`. Levels keep their ratios but for rounding.
    Raises ValueError for a target that no factor comes near.
    """
    at = bisect_left(STEPS, target, key=lambda step: cost(scaled(spec, RATIO**step)))
    near = [
        scaled(spec, RATIO ** STEPS[k]) for k in (at - 1, at) if 0 <= k < len(STEPS)
    ]
    if not 0 < at < len(STEPS):
        raise ValueError(
            f"target {target:,.0f} is out of reach; the nearest cost of this shape is "
            f"{cost(near[0]):,.0f}"
        )
    return min(near, key=lambda each: abs(cost(each) - target))


def scaled(spec: Spec, factor: float) -> Spec:
    """The same shape with `factor` times the channels, rounded, at least one.

    The widths of dense blocks stay multiples of their convolutions, and LadderNet has
    one number to scale.
    """
    if hasattr(spec, "filters"):
        return spec.replace(filters=max(1, round(spec.filters * factor)))
    whole = spec.convs if spec.block == "dense" else 1
    fields = {"widths": spec.widths}
    if spec.decoder_widths:
        fields["decoder_widths"] = spec.decoder_widths
    return spec.replace(
        **{
            name: tuple(whole * max(1, round(w * factor / whole)) for w in widths)
            for name, widths in fields.items()
        }
    )
