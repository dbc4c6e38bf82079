"""Checkers of the chapter "Encoder and decoder"."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from helpers import lines, sizes
from helpers.exercises import NotYet, checker, is_number, right, your_turn
from helpers.spec import UNetSpec

START = lines.network(3)
"""The second exercise's network: three poolings, no skips, 48,057 parameters."""
VIEW = 90
"""Pixels a side that every output pixel is to see in the end."""


@checker
def check_reach(pixels: float, factor: float) -> None:
    """Predict: how far a stack sees, and how much deeper doubles the effective field.

    pixels: input pixels a side that one output value sees through 3x3 convolution,
    3x3 convolution, 2x2 pooling, 3x3 convolution, 3x3 convolution. factor: by which
    a plain stack of convolutions has to grow for twice the effective field. Raises
    NotYet with a hint.
    """
    if pixels is ... or factor is ...:
        your_turn("put two numbers in place of the dots")
        return
    for name, value in (("pixels", pixels), ("factor", factor)):
        number = is_number(value)
        if not number or not value > 0:
            raise NotYet(f"{name} is {value!r}; expected a number above 0")
    known = {
        9: "you counted four convolutions and no pooling",
        10: "after the pooling, a step of one value is two pixels of the image",
        13: "almost: the pooling itself adds a pixel, for its second column",
        18: "the convolutions before the pooling still go pixel by pixel",
        28: "the pooling does not double what was seen before it; it doubles the steps "
        "of what comes after",
    }
    if pixels in known:
        raise NotYet(f"pixels: {known[pixels]}")
    if pixels != 14:
        raise NotYet(
            "pixels: start at 1 pixel; a 3x3 convolution adds two steps, the pooling "
            "one. How many pixels is a step before the pooling, and how many after it?"
        )
    if math.isclose(factor, 2):
        raise NotYet("factor: 2 doubles the theoretical field, not the effective one")
    if math.isclose(factor, math.sqrt(2), rel_tol=0.02):
        raise NotYet("factor: the other way round; the field grows with the root")
    if not math.isclose(factor, 4):
        raise NotYet(
            "factor: the effective field grows with the square root of the number of "
            "layers; which number has the root 2?"
        )
    right(
        "1 + 2 + 2 + 1 + 4 + 4 pixels, and four times the layers for twice the field."
    )


@checker
def check_wider_view(spec: UNetSpec) -> None:
    """Change: `START` so that each output pixel sees `VIEW` pixels, at no more weights.

    One percent more is no more. Levels, convolutions and widths may change, nothing
    else. Raises NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(
            f"{type(spec).__name__} is not a UNetSpec; begin with "
            "exercises.START.replace(...)"
        )
    kept = spec.replace(widths=START.widths, convs=START.convs, decoder_widths=None)
    if kept != START:
        raise NotYet(
            "something else changed too; only `widths` and `convs` should. Begin again "
            "with exercises.START.replace(...)"
        )
    far = 1000 * spec.divisor
    seen = [sizes.receptive_field(spec, far + k) for k in range(spec.divisor)]
    if min(seen) < VIEW:
        raise NotYet(
            f"the output pixels see {min(seen)} to {max(seen)} pixels, and all should "
            f"see at least {VIEW}. What doubles the step of everything below it?"
        )
    wanted, found = START.parameters(), spec.parameters()
    if found > 1.01 * wanted:
        raise NotYet(
            f"{min(seen)} pixels are enough, but {found:,} parameters are more than "
            f"the {wanted:,} of START; `with_parameters` makes a network narrower"
        )
    if found < 0.9 * wanted:
        raise NotYet(
            f"{found:,} parameters waste what START's {wanted:,} allow; use at least "
            "nine tenths of them"
        )
    right(f"at least {min(seen)} pixels a side with {found:,} parameters.")


@checker
def check_dense_kernel(
    dense_kernel: Callable[[np.ndarray, int, int], np.ndarray],
) -> None:
    """Build: a PyTorch dense layer's weight as the kernel of a Keras convolution.

    The function takes the weight (out, C * H * W) of a layer that follows a flattened
    (C, H, W), and H and W; it returns (H, W, C, out). Tried on random weights,
    height and width differing. Raises NotYet with the mistake, where it is known.
    """
    if not callable(dense_kernel):
        raise NotYet("pass the function itself, without calling it")
    rng = np.random.default_rng(0)
    for out, channels, height, width in ((5, 2, 3, 4), (4, 6, 2, 2), (1, 3, 1, 5)):
        weight = rng.normal(size=(out, channels * height * width))
        name = f"{channels} channels of {height}x{width} to {out}"
        try:
            found = dense_kernel(weight.copy(), height, width)
        except Exception as error:
            raise NotYet(f"{name}: your function raised {error!r}") from error
        if found is None or found is ...:
            your_turn("the function returns nothing yet")
            return
        _compare(name, np.asarray(found), weight, (channels, height, width))
    right("the convolution gives what the dense layer gave, in the other framework.")


def _compare(name: str, found: np.ndarray, weight: np.ndarray, side: tuple) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    channels, height, width = side
    shape = (height, width, channels, len(weight))
    hint = {
        (len(weight), *side): "that is PyTorch's own (out, C, H, W)",
        (len(weight), height, width, channels): "`out` comes last in Keras",
        (channels, height, width, len(weight)): "the channels come third in Keras",
        (width, height, channels, len(weight)): "height comes before width",
        weight.T.shape: "still a matrix",
    }
    if found.shape != shape:
        more = hint.get(found.shape, "which no reshape of this weight should give")
        raise NotYet(f"{name}: {found.shape} is not {shape}; {more}")
    # What a (H, W, C) input gives against what the dense layer makes of it.
    images = np.random.default_rng(1).normal(size=(3, height, width, channels))
    wanted = images.transpose(0, 3, 1, 2).reshape(3, -1) @ weight.T
    if np.allclose(np.einsum("nhwc,hwco->no", images, found), wanted):
        return
    if np.allclose(found, weight.T.reshape(shape)):
        raise NotYet(
            f"{name}: the shape fits and the numbers do not. The weight's columns run "
            "over (C, H, W), and you read them as (H, W, C)"
        )
    if np.allclose(found, weight.reshape(shape)):
        raise NotYet(
            f"{name}: the shape fits, but `reshape` alone moves no axis: the rows of "
            "the weight are the outputs, and those come last"
        )
    raise NotYet(
        f"{name}: the shape fits, the numbers do not. First give each axis its own "
        "name (out, C, H, W), then move the axes"
    )
