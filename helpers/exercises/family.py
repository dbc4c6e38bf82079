"""Checkers of the chapter "The family"."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from helpers.exercises import NotYet, checker, is_whole, right, your_turn
from helpers.family import R2U
from helpers.spec import LIGHT_PETS, UNetSpec

MORE = 5
"""The recurrences of the first exercise, where the port has two."""

SIDE = 160
"""Pixels a side in the second exercise."""


@checker
def check_recurrences(parameters: int, applications: int) -> None:
    """Predict: the port of R2U-Net with five recurrences in place of two.

    parameters: how many it gains. applications: how often each 3x3 convolution of a
    block is then applied. Raises NotYet with a hint.
    """
    if parameters is ... or applications is ...:
        your_turn("put two numbers in place of the dots")
        return
    more = R2U.replace(recurrences=MORE)
    gained = more.parameters() - R2U.parameters()
    for name, value in (("parameters", parameters), ("applications", applications)):
        if not is_whole(value) or value < 0:
            raise NotYet(f"{name} is {value!r}; give a whole number of 0 or more")
    if parameters != gained:
        raise NotYet(
            f"parameters: not {parameters:,}. In this port (sharing='shared'), which "
            "kernel does the fourth application use?"
        )
    known = {
        MORE: "one is missing: before the first recurrence, the input is convolved",
        R2U.recurrences + 1: "that is how it was with two recurrences",
        MORE + 2: "one too many: the 1x1 convolution is another layer",
        2 * (MORE + 1): "those are both layers of a block together; asked is for each",
    }
    if applications != MORE + 1:
        hint = known.get(applications, "follow x through one recurrent layer")
        raise NotYet(f"applications: {hint}")
    right("recurrences cost time, and with shared kernels no parameters.")


@checker
def check_fair(spec: UNetSpec) -> None:
    """Change: `LIGHT_PETS` with recurrent blocks at equal multiply-adds, 160x160.

    They may differ by 1 %, and but for block and widths it stays as it is. Raises
    NotYet with a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from LIGHT_PETS")
    if spec.block != "recurrent":
        raise NotYet(f"block is {spec.block!r}; make it 'recurrent'")
    fields = [field.name for field in dataclasses.fields(spec)]
    changed = [f for f in fields if getattr(spec, f) != getattr(LIGHT_PETS, f)]
    if other := sorted(set(changed) - {"block", "widths"}):
        raise NotYet(
            f"{' and '.join(other)} changed, too; then you no longer know what made "
            "the difference"
        )
    if spec.depth != LIGHT_PETS.depth:
        raise NotYet(f"{spec.depth} poolings in place of {LIGHT_PETS.depth}")
    if "widths" not in changed:
        times = spec.multiply_adds(SIDE, SIDE) / LIGHT_PETS.multiply_adds(SIDE, SIDE)
        raise NotYet(
            f"at the same widths it takes {times:.1f} times the multiply-adds; make "
            "it narrower"
        )
    off = spec.multiply_adds(SIDE, SIDE) / LIGHT_PETS.multiply_adds(SIDE, SIDE) - 1
    if abs(off) <= 0.01:
        right(f"{spec.widths}, with {off:+.1%} of multiply-adds.")
        return
    same = abs(spec.parameters() / LIGHT_PETS.parameters() - 1) <= 0.01
    why = "these are equal parameters; " if same else ""
    raise NotYet(
        f"{why}its multiply-adds at {SIDE}x{SIDE} are {off:+.1%} off, allowed is 1 %. "
        "Which number do you hand to the search as the cost?"
    )


@checker
def check_gate(gate: Callable[..., np.ndarray]) -> None:
    """Build: an attention gate, gate(skip, signal, theta, phi, psi) -> gated skip.

    skip: (H, W, C), signal: (H, W, D), theta: (C, K), phi: (D, K), psi: (K,); no
    biases and no BatchNorm. Raises NotYet with a hint.
    """
    if not callable(gate):
        raise NotYet("pass the function itself, without calling it")
    rng = np.random.default_rng(0)
    for channels, width in ((4, 4), (3, 5)):
        skip, signal = (rng.normal(size=(5, 6, n)) for n in (channels, width))
        theta, phi = (rng.normal(size=(n, 3)) for n in (channels, width))
        psi = rng.normal(size=3)
        given = skip, signal, theta, phi, psi
        try:
            answer = gate(*(each.copy() for each in given))
        except Exception as error:
            raise NotYet(f"your function raised {error!r}") from error
        if answer is None or answer is ...:
            your_turn("the function returns nothing yet")
            return
        _check_gated(np.asarray(answer), *given)
    right("one number a pixel, and it scales all channels of the skip alike.")


def _check_gated(answer, skip, signal, theta, phi, psi) -> None:
    """Raise NotYet, naming the mistake where it is a known one."""
    both = skip @ theta + signal @ phi
    scores = np.maximum(both, 0) @ psi
    if np.shape(answer) == skip.shape and np.allclose(answer, _by(scores, skip)):
        return
    soft = np.exp(scores - scores.max())
    known = {
        "that is the coefficient; multiply the skip with it": _sigmoid(scores),
        "there is a ReLU between the sum and psi": _by(both @ psi, skip),
        "the sigmoid is missing: a coefficient lies in 0..1": scores[..., None] * skip,
        "a softmax makes pixels compete; a gate asks each of them by itself": (
            (soft / soft.sum())[..., None] * skip
        ),
        "the gate hangs on the signal from below, too": _by(
            np.maximum(skip @ theta, 0) @ psi, skip
        ),
        "the gate looks at the skip, too": _by(np.maximum(signal @ phi, 0) @ psi, skip),
        "the ReLU comes after the sum, not before it": _by(
            (np.maximum(skip @ theta, 0) + np.maximum(signal @ phi, 0)) @ psi, skip
        ),
        "it is the skip that passes through the gate": _by(scores, signal),
    }
    for mistake, value in known.items():
        if np.shape(answer) == value.shape and np.allclose(answer, value):
            raise NotYet(mistake)
    if np.shape(answer) != skip.shape:
        raise NotYet(
            f"the answer has shape {np.shape(answer)}, expected the skip's {skip.shape}"
        )
    raise NotYet(
        "shape is right, values are not: project both, add, ReLU, project to one "
        "number, sigmoid, multiply"
    )


def _by(scores: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _sigmoid(scores)[..., None] * values


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
