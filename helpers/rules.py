"""Which values the fields of a `UNetSpec` may take, alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.fields import check_choices, check_shares, check_whole

if TYPE_CHECKING:
    from helpers.spec import UNetSpec


def check(spec: UNetSpec, choices: dict[str, tuple]) -> None:
    """Raise ValueError where a field is out of range or two do not go together.

    choices: the values allowed for each field that holds a word. The message names
    the field, its value, what is allowed, and the way out.
    """
    for name in ("in_channels", "classes", "convs", "recurrences"):
        check_whole(name, getattr(spec, name))
    _check_widths("widths", spec.widths)
    if spec.decoder_widths is not None:
        _check_widths("decoder_widths", spec.decoder_widths, spec.depth)
    check_choices(spec, choices)
    check_shares(spec, ("dropout", "norm_momentum"))
    if spec.padding == "valid":
        _check_valid(spec)
    if spec.block != "plain" and not spec.bottom_relu:
        raise ValueError(
            f"bottom_relu False needs block 'plain': a {spec.block!r} block does not "
            "end in a ReLU that could be left out; choose bottom_relu=True"
        )
    if spec.block == "dense":
        _check_dense(spec)


def _check_widths(name: str, value: tuple[int, ...], length: int | None = None) -> None:
    wanted = f"{length} levels" if length else "two levels or more"
    if not isinstance(value, (tuple, list)) or (
        len(value) != length if length else len(value) < 2
    ):
        raise ValueError(f"{name} {value!r}: expected {wanted}, such as (16, 32)")
    for width in value:
        check_whole(name, width)


def _check_valid(spec: UNetSpec) -> None:
    """What cannot do with feature maps that shrink."""
    if spec.up == "unpool":
        raise ValueError(
            "up 'unpool' needs padding 'same': with 'valid' the maps on the way up "
            "are smaller than those that were pooled, so the places of the maxima "
            "do not fit; choose padding='same' or another up"
        )
    if spec.block != "plain":
        raise ValueError(
            f"block {spec.block!r} needs padding 'same': it brings together feature "
            "maps from before and after a convolution, which 'valid' makes smaller; "
            "choose padding='same' or block='plain'"
        )
    if (spec.skip, spec.gate) == ("attention", "coarse"):
        raise ValueError(
            "gate 'coarse' needs padding 'same': with 'valid' the features from below "
            "are not half the size of the skip; choose padding='same' or gate='fine'"
        )


def _check_dense(spec: UNetSpec) -> None:
    for name in ("widths", "decoder_widths"):
        for width in getattr(spec, name) or ():
            if width % spec.convs:
                raise ValueError(
                    f"{name}: {width} does not divide by convs {spec.convs}, but in a "
                    "'dense' block each convolution gives an equal share of it; "
                    f"choose {width - width % spec.convs or spec.convs} or "
                    f"{width + spec.convs - width % spec.convs}"
                )
