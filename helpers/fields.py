"""What the fields of a specification or a recipe may hold; ValueError says what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping


def check_choices(holder: object, choices: Mapping[str, tuple]) -> None:
    """Each field that holds a word holds one of those allowed."""
    for name, allowed in choices.items():
        if getattr(holder, name) not in allowed:
            raise ValueError(
                f"{name} {getattr(holder, name)!r} is not known; choose from "
                + ", ".join(repr(choice) for choice in allowed)
            )


def check_whole(name: str, value: object, least: int = 1) -> None:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} {value!r} is not a whole number of at least {least}")


def check_shares(holder: object, names: Iterable[str]) -> None:
    """Numbers from 0 up to, not including, 1."""
    for name in names:
        if not 0 <= getattr(holder, name) < 1:
            raise ValueError(
                f"{name} {getattr(holder, name)!r} is out of range; give a number "
                "from 0 up to, not including, 1"
            )


def check_above_zero(name: str, value: float | None) -> None:
    """A finite number above 0, or None where nothing is set."""
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name} {value!r} is not a finite number above 0")
