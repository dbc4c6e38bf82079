"""Checkers of the chapter "Upsampling"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import signal

from helpers import resampling
from helpers.exercises import NotYet, checker, right, your_turn
from helpers.spec import LIGHT_PETS, UNetSpec

KERNEL, STRIDE = 5, 3
"""Of the transposed convolution in the first exercise."""


@checker
def check_overlap(fewest: int, most: int) -> None:
    """Predict: how many inputs reach an output pixel far from the edges, in 2-D.

    The transposed convolution has a kernel of `KERNEL` x `KERNEL` and the stride
    `STRIDE`. Raises NotYet with a hint.
    """
    if fewest is ... or most is ...:
        your_turn("put two numbers in place of the dots")
        return
    given = (fewest, most)
    for value in given:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < 0:
            raise NotYet(f"{value!r} is no count; give two whole numbers")
    line = resampling.inside(KERNEL, STRIDE)
    expected = int(line.min()) ** 2, int(line.max()) ** 2
    if given == expected:
        right("some pixels of a line get one more, and the two counts multiply.")
        return
    if given == expected[::-1]:
        raise NotYet("the two are swapped: the fewest come first")
    if given == (line.min(), line.max()):
        raise NotYet(
            "those are the counts along one side; a pixel has two sides, and every "
            "row that reaches it meets every column that does"
        )
    if fewest == most:
        raise NotYet(
            f"it would be even if the stride {STRIDE} divided the kernel {KERNEL}; "
            "does it?"
        )
    if fewest == 0:
        raise NotYet(
            f"the kernel ({KERNEL}) is wider than the stride ({STRIDE}), so it leaves "
            "no pixel out"
        )
    if most == KERNEL**2:
        raise NotYet(
            f"a kernel has {KERNEL**2} weights, but inputs lie {STRIDE} pixels apart "
            "in the output: most of them are too far from any one pixel"
        )
    raise NotYet(
        f"draw {KERNEL} boxes in a row, then again {STRIDE} further on, and again; "
        "count how many lie over each pixel, and square the counts"
    )


@checker
def check_places_only(spec: UNetSpec) -> None:
    """Change: `LIGHT_PETS` that hands up the places of its maxima and nothing else.

    Max-unpooling, no skips, and as many parameters as before, within one percent;
    widths may change, nothing else. Raises NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from LIGHT_PETS")
    if spec.up != "unpool":
        raise NotYet(
            f"up={spec.up!r} does not use the places of the maxima; which value does?"
        )
    if spec.skip != "none":
        raise NotYet(
            f"skip={spec.skip!r} still hands the features themselves up; only their "
            "places should go"
        )
    if spec.depth != LIGHT_PETS.depth:
        raise NotYet(
            f"the network now halves the image {spec.depth} times, before it was "
            f"{LIGHT_PETS.depth}; keep as many levels and change their widths"
        )
    kept = spec.replace(
        up=LIGHT_PETS.up,
        skip=LIGHT_PETS.skip,
        widths=LIGHT_PETS.widths,
        decoder_widths=LIGHT_PETS.decoder_widths,
    )
    if kept != LIGHT_PETS:
        raise NotYet(
            "something else changed too; then nobody could say what the places are "
            "worth. Start again from LIGHT_PETS.replace(...)"
        )
    wanted, found = LIGHT_PETS.parameters(), spec.parameters()
    if abs(found - wanted) > 0.01 * wanted:
        more = "few" if found < wanted else "many"
        raise NotYet(
            f"{found:,} parameters are too {more}; {wanted:,} are wanted, give or take "
            "one percent. `with_parameters` widens or narrows a spec"
        )
    right(f"{found:,} parameters, and only places go across.")


@checker
def check_transposed(
    transposed: Callable[[np.ndarray, np.ndarray, int], np.ndarray],
) -> None:
    """Build: a transposed convolution of one map, nothing cut off.

    transposed(x, kernel, stride): (H, W), (k, k) -> ((H - 1) * stride + k,
    (W - 1) * stride + k). Tried on seeded cases. Raises NotYet with the case that
    failed.
    """
    if not callable(transposed):
        raise NotYet("pass the function itself, without calling it")
    rng = np.random.default_rng(0)
    cases = [((2, 2), 2, 2), ((3, 3), 3, 2), ((2, 4), 4, 2), ((3, 2), 2, 3)]
    for shape, k, stride in cases:
        x, kernel = rng.integers(1, 9, shape) * 1.0, rng.integers(1, 9, (k, k)) * 1.0
        name = f"{shape[0]}x{shape[1]} numbers, kernel {k}, stride {stride}"
        try:
            found = transposed(x.copy(), kernel.copy(), stride)
        except Exception as error:
            raise NotYet(f"{name}: your function raised {error!r}") from error
        if found is None or found is ...:
            your_turn("the function returns nothing yet")
            return
        _compare(name, np.asarray(found, float), x, kernel, stride)
    right("every input leaves its copy of the kernel, and where they meet they add.")


def _compare(
    name: str, found: np.ndarray, x: np.ndarray, kernel: np.ndarray, stride: int
) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    k = len(kernel)
    spread = np.zeros([(side - 1) * stride + 1 for side in x.shape])
    spread[::stride, ::stride] = x
    wanted = signal.convolve2d(spread, kernel)
    if found.shape != wanted.shape:
        cut = tuple(side * stride for side in x.shape)
        hint = ": nothing should be cut off" if found.shape == cut else ""
        raise NotYet(
            f"{name}: the result has the shape {found.shape}, expected {wanted.shape}, "
            f"(side - 1) * stride + kernel{hint}"
        )
    if np.allclose(found, wanted):
        return
    if np.allclose(found, signal.convolve2d(spread, kernel[::-1, ::-1])):
        raise NotYet(f"{name}: each copy of the kernel stands on its head")
    if np.allclose(found, signal.convolve2d(spread, kernel.T)):
        raise NotYet(f"{name}: rows and columns of the kernel are swapped")
    covered = signal.convolve2d(spread != 0, np.ones((k, k))) > 1.5
    if covered.any() and np.allclose(found[~covered], wanted[~covered]):
        raise NotYet(
            f"{name}: it is right where one copy lies and wrong where two meet: they "
            "add, none replaces the other and no mean is taken"
        )
    raise NotYet(
        f"{name}: the sum of the result is {found.sum():g}, expected {wanted.sum():g}: "
        "each input times each weight, once. Lay x[i, j] * kernel down at row "
        "i * stride, column j * stride"
    )
