"""Checkers of the chapter "The architecture"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises import NotYet, is_number, right, your_turn
from helpers.layers import AREAS
from helpers.spec import PAPER, PETS, UNetSpec

HALF = PAPER.replace(widths=tuple(width // 2 for width in PAPER.widths))
"""The paper's network with half of the channels everywhere."""


def check_half(parameters: float, bottom: float) -> None:
    """Predict: what becomes of the parameters where every width is halved.

    parameters: how many are left, as a share of the paper's, to 0.02. bottom: the
    share of them that the two convolutions at the bottom hold, to 0.04. Raises
    NotYet with a hint.
    """
    given = {"parameters": parameters, "bottom": bottom}
    if any(value is ... for value in given.values()):
        your_turn("put two shares in place of the dots")
        return
    for name, value in given.items():
        if not is_number(value) or not 0 <= value <= 1:
            raise NotYet(f"{name} is {value!r}; a share lies from 0 to 1")
    left, deep = _shares()
    if abs(parameters - left) > 0.02:
        if abs(parameters - 0.5) < 0.02:
            raise NotYet(
                "parameters: half of the outputs, yes, and each of them looks at how "
                "many inputs?"
            )
        if abs(parameters - 0.125) < 0.02 or abs(parameters - 0.0625) < 0.02:
            raise NotYet(
                "parameters: the 3x3 of a kernel stays 3x3; count what halves: inputs "
                "and outputs"
            )
        raise NotYet("parameters: a convolution has 9 x inputs x outputs weights")
    if abs(bottom - deep) > 0.04:
        if abs(bottom - _share("3")) < 0.01:
            raise NotYet("bottom: that is the level above it, its way up included")
        if abs(bottom - 0.2) < 0.02 or abs(bottom - 1 / 9) < 0.02:
            raise NotYet(
                "bottom: levels are not alike. From level to level channels double: "
                "what becomes of inputs times outputs?"
            )
        if bottom > 0.7:
            raise NotYet(
                "bottom: without the way up it would be near that; the level above "
                "has four convolutions, and one of them takes twice its channels"
            )
        raise NotYet(
            "bottom: all shares are as in the paper's network, since all quarters "
            "are alike; count 9 x (512 x 1024 + 1024 x 1024) over 31 million"
        )
    right(f"{left:.1%} are left, and {deep:.0%} of them sit at the bottom.")


def check_article(spec: UNetSpec) -> None:
    """Change: `PAPER` into the Keras article's network with its one output.

    First weights and the momentum of the norm do not matter here. Raises NotYet with
    a hint.
    """
    if spec is ...:
        your_turn("put a specification in place of the dots")
        return
    if not isinstance(spec, UNetSpec):
        raise NotYet(f"{type(spec).__name__} is not a UNetSpec; start from PAPER")
    if spec.in_channels != 3:
        raise NotYet(f"in_channels={spec.in_channels}: its photographs are in color")
    if spec.classes != 1:
        raise NotYet(f"classes={spec.classes}: it has one output node, with a sigmoid")
    if spec.padding != "same":
        raise NotYet("padding: a network of valid ones does not give back 160 pixels")
    if spec.norm != "batch":
        missing = _norms(spec.replace(norm="batch"))
        raise NotYet(f"{missing:,} parameters are missing; what has no convolution?")
    expected = PETS.replace(classes=1, init=spec.init, norm_momentum=spec.norm_momentum)
    if spec.up_widths == expected.up_widths:  # named, or left to the encoder's
        expected = expected.replace(decoder_widths=spec.decoder_widths)
    if spec != expected:
        wrong = [k for k, v in vars(expected).items() if vars(spec)[k] != v]
        raise NotYet(f"{', '.join(wrong)}: the article keeps the paper's here")
    right(f"{spec.parameters():,} parameters, BatchNorm's {_norms(spec):,} among them.")


def check_turns(average: Callable[[Callable, np.ndarray], np.ndarray]) -> None:
    """Build: the mean of a network's answers over four quarter turns.

    average: (run, image) -> probabilities, with image (H, W, C) and run a function
    from images (N, H, W, C) to probabilities (N, H, W, K). Raises NotYet with the case
    that failed.
    """
    if not callable(average):
        raise NotYet("pass the function itself, without calling it")
    image = np.random.default_rng(0).random((6, 10, 1))
    for name, run in _RUNS.items():
        seen = []

        def watched(batch: np.ndarray, run=run, seen=seen) -> np.ndarray:
            batch = np.asarray(batch)
            seen.append(batch.shape)
            return run(batch)

        try:
            found = average(watched, image)
        except Exception as error:
            raise NotYet(
                f"{name}: your function raised {error!r}. Mind that a quarter turn "
                "makes an image of 6x10 one of 10x6: turn the answer back"
            ) from error
        if found is None or found is ...:
            your_turn("the function returns nothing yet")
            return
        _check_turns(name, np.asarray(found), run, image, seen)
    right("turned, answered, turned back, and the mean of four.")


def _alone(batch: np.ndarray) -> np.ndarray:
    """Each pixel by itself: no turn changes the answer."""
    return np.concatenate([batch, 1 - batch], axis=-1)


def _neighbor(batch: np.ndarray) -> np.ndarray:
    """A pixel above and aside: every turn and every mirror changes the answer."""
    moved = np.roll(batch, (1, 2), axis=(1, 2))
    return np.concatenate([moved, 1 - moved], axis=-1)


_RUNS = {
    "a network that looks at single pixels": _alone,
    "a network that looks at a pixel above and aside": _neighbor,
}


def _check_turns(name: str, found: np.ndarray, run, image: np.ndarray, seen) -> None:
    shape = (*image.shape[:2], 2)
    if any(len(each) != 4 for each in seen):
        raise NotYet(
            f"{name}: run takes batches (N, H, W, C); add an axis: image[None]"
        )
    if found.shape != shape:
        raise NotYet(
            f"{name}: an image of 6x10 gave {found.shape}, expected {shape}; a quarter "
            "turn makes it 10x6, so turn back before you add"
        )
    answers = {k: run(np.rot90(image, k)[None])[0] for k in range(4)}
    expected = np.mean([np.rot90(a, -k) for k, a in answers.items()], axis=0)
    if np.allclose(found, expected):
        return
    if np.allclose(found, 4 * expected):
        raise NotYet(f"{name}: that is the sum of four; probabilities want the mean")
    two = np.mean([answers[0], np.rot90(answers[2], 2)], axis=0)
    if np.allclose(found, answers[0]) or np.allclose(found, two):
        raise NotYet(f"{name}: four turns are asked for, of 0, 90, 180 and 270 degrees")
    raise NotYet(
        f"{name}: not the mean. Is each answer turned back by as much as its image "
        "was turned, in the other direction?"
    )


def _shares() -> tuple[float, float]:
    """Parameters of `HALF` over `PAPER`'s, and the share of its bottom."""
    return HALF.parameters() / PAPER.parameters(), _share("bottom")


def _share(part: str) -> float:
    """The share of `HALF`'s parameters in layers with `part` in their dotted name."""
    rows = [row for row in HALF.layers() if part in row[0].split(".")]
    held = sum(AREAS[kind] * a * b + b for _, kind, a, b, _ in rows)
    return held / HALF.parameters()


def _norms(spec: UNetSpec) -> int:
    return spec.parameters() - spec.replace(norm=None).parameters()
