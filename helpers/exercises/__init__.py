"""Checkers of the chapters' exercises: each says what is wrong, or that it is right.

A checker takes the reader's answer, prints one line where it is right, and raises
`NotYet` with a hint where it is not. Where nothing was answered yet, which a chapter
writes as `...`, it says so and lets the chapter go on. None gives the answer away.
"""

import functools
import numbers
from collections.abc import Callable


class NotYet(AssertionError):
    """An answer that is not right yet; the message says where to look."""

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows: the hint alone, without the way it got there."""
        return [f"Not yet: {self}"]


def checker(check: Callable[..., None]) -> Callable[..., None]:
    """A checker that answers with `NotYet` where an odd answer makes it stumble."""

    @functools.wraps(check)
    def checked(*answers, **named) -> None:
        try:
            check(*answers, **named)
        except NotYet:
            raise
        except Exception as error:
            raise NotYet(
                f"your answer cannot be checked: {type(error).__name__}: {error}. "
                "Compare its kind with what the exercise asks for"
            ) from error

    return checked


def right(line: str) -> None:
    """Say in one line that the answer is right, and why."""
    print(f"Right: {line}")


def your_turn(what: str) -> None:
    """Say what is still to be answered."""
    print(f"Your turn: {what}.")


def is_number(value: object) -> bool:
    """Whether an answer is a real number, numpy's included; True and False are not."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Whether an answer is an integer, numpy's included; True and False are not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
