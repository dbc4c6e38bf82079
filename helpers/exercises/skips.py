"""Checkers of the chapter "Skip connections"."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from helpers.exercises import NotYet, checker, is_whole, right, your_turn
from helpers.spec import ELLIPSES, PAPER, UNetSpec

TIMES = 100
"""By how much the first layer's gradient has to grow in the second exercise."""


@checker
def check_ways(without_skips: int, with_skips: int) -> None:
    """Predict: convolutions on the gradient's shortest way back in the paper's U-Net.

    From the logits to what the very first convolution puts out, transposed ones and
    the last 1x1 included, the first itself not: without skips, and with them. Raises
    NotYet with a hint.
    """
    if without_skips is ... or with_skips is ...:
        your_turn("put two numbers in place of the dots")
        return
    every, convs = len(PAPER.layers()), PAPER.convs
    expected = {"without_skips": every - 1, "with_skips": 2 * convs}
    given = {"without_skips": without_skips, "with_skips": with_skips}
    for name, value in given.items():
        if not is_whole(value) or value < 1:
            raise NotYet(f"{name} is {value!r}; count convolutions: 1, 2, 3, ...")
    if given == expected:
        right("nearly the whole network against one level's blocks and the head.")
        return
    if (without_skips, with_skips) == tuple(expected.values())[::-1]:
        raise NotYet("the two are swapped: which way is the short one?")
    ups = PAPER.depth
    known = {
        (
            "without_skips",
            every,
        ): "leave out the first convolution: its output is the goal",
        (
            "without_skips",
            every - 1 - ups,
        ): "the transposed convolutions of the way up count",
        ("without_skips", every - 2): "the 1x1 convolution before the logits counts",
        ("with_skips", 2 * convs + 1): (
            "leave out the first convolution: its output is the goal"
        ),
        ("with_skips", 2 * convs - 1): (
            "one is missing: the skip leaves its level after both convolutions, and "
            "the 1x1 convolution before the logits counts"
        ),
        ("with_skips", every - 1): "take the skip at the top, not the way down and up",
    }
    for name, value in given.items():
        if value != expected[name]:
            hint = known.get(
                (name, value),
                "follow figure 1 of the paper backwards, two 3x3 convolutions a level",
            )
            raise NotYet(f"{name}: {hint}")


@checker
def check_revived(spec: UNetSpec) -> None:
    """Change: one more field of `ELLIPSES` without skips, so that gradients arrive.

    At initialization, the first layer's gradient has to be `TIMES` times as long as
    with that field unchanged. Raises NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from ELLIPSES")
    if spec.skip != "none":
        raise NotYet(f"skip={spec.skip!r} brings the skips back; do without them")
    plain = ELLIPSES.replace(skip="none")
    if spec.depth != plain.depth:
        raise NotYet(
            f"{spec.depth} levels are another network, {plain.depth} were asked for; "
            "the number of layers has to stay"
        )
    fields = [field.name for field in dataclasses.fields(spec)]
    changed = [f for f in fields if getattr(spec, f) != getattr(plain, f)]
    if len(changed) > 1:
        raise NotYet(
            f"{' and '.join(changed)} changed; with one field alone you know what "
            "did it"
        )
    if not changed:
        raise NotYet("nothing but `skip` changed, so the gradient still dies away")
    times = _first_layer(spec) / _first_layer(plain)
    if times < TIMES:
        raise NotYet(
            f"with {changed[0]}={getattr(spec, changed[0])!r} the first layer's "
            f"gradient is {times:.2g} times as long; wanted {TIMES} times. What keeps "
            "the signal's size from layer to layer?"
        )
    right(f"{changed[0]} makes the first layer's gradient {times:.0f} times as long.")


@checker
def check_folded(
    fold: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> None:
    """Build: a silenced skip folded away: fold(kernel, bias, mean) -> kernel, bias.

    kernel: (3, 3, skip + up, outputs), the skip's channels first; bias: (outputs,);
    mean: (skip,). The smaller convolution sees the other channels alone and gives what
    the whole one gives where the skip is `mean` everywhere. Raises NotYet with a hint.
    """
    if not callable(fold):
        raise NotYet("pass the function itself, without calling it")
    rng = np.random.default_rng(0)
    for skips, ups, outputs in ((2, 3, 4), (5, 1, 2)):
        kernel = rng.normal(size=(3, 3, skips + ups, outputs))
        bias, mean = rng.normal(size=outputs), rng.normal(size=skips)
        up = rng.normal(size=(7, 8, ups))
        try:
            answer = fold(kernel.copy(), bias.copy(), mean.copy())
        except Exception as error:
            raise NotYet(f"your function raised {error!r}") from error
        if answer is None or answer is ...:
            your_turn("the function returns nothing yet")
            return
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise NotYet("return two things: the kernel, then the bias")
        small, offset = (np.asarray(part) for part in answer)
        _check_shapes(small, offset, (3, 3, ups, outputs))
        filled = np.concatenate([np.broadcast_to(mean, (7, 8, skips)), up], axis=2)
        wanted = _convolve(filled, kernel, bias)
        if not np.allclose(_convolve(up, small, offset), wanted):
            _explain(small, offset, kernel, bias, mean)
    right("a skip that always says the same is a bias.")


def _check_shapes(kernel, bias, wanted: tuple[int, ...]) -> None:
    if kernel.shape != wanted:
        raise NotYet(
            f"the kernel has shape {kernel.shape}, expected {wanted}: the skip's "
            "channels are gone from the inputs, the third axis"
        )
    if bias.shape != wanted[-1:]:
        raise NotYet(
            f"the bias has shape {bias.shape}, expected {wanted[-1:]}: one number an "
            "output"
        )


def _explain(small, offset, kernel, bias, mean) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    skips = len(mean)
    seen = kernel[:, :, :skips]
    if not np.allclose(small, kernel[:, :, skips:]):
        raise NotYet(
            "the kernel: keep the part that sees the upsampled channels; the skip's "
            "come first"
        )
    per_channel = np.einsum("yxio,i->yxo", seen, mean)
    known = {
        "it is as before, which fills the skip with zeros": bias,
        "add up the nine taps of the kernel; you took their mean": (
            bias + per_channel.mean((0, 1))
        ),
        "only the middle tap counts in it; inside, all nine see the skip": (
            bias + per_channel[1, 1]
        ),
        "each channel has to be weighed with its own mean": (
            bias + seen.sum((0, 1, 2)) * mean.mean()
        ),
        "what the skip adds replaced it; keep what was there": per_channel.sum((0, 1)),
        "what the skip adds has to be added, not taken off": (
            bias - per_channel.sum((0, 1))
        ),
    }
    for mistake, value in known.items():
        if np.allclose(offset, value):
            raise NotYet(f"the bias: {mistake}")
    raise NotYet(
        "the bias: a constant channel adds its mean times the sum of the taps that see "
        "it, for each output"
    )


def _convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A convolution as networks have it, without padding: (H, W, C) by (3, 3, C, O)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    return np.einsum("hwcyx,yxco->hwo", windows, kernel) + bias


def _first_layer(spec: UNetSpec) -> float:
    from helpers import pytorch, shapes
    from helpers.pytorch import gradients

    some = shapes.joined(8, 32, seed=1)[0]
    found = gradients.norms(pytorch.build(spec), some.images, some.masks)
    return found[gradients.FIRST]
