"""Which skips of a network can be changed or looked at, and what may replace them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from helpers.spec import UNetSpec


def check_levels(
    spec: UNetSpec,
    levels: Collection[int],
    means: Sequence[np.ndarray] | None = None,
) -> None:
    """Refuse levels (0 the top) without a skip, and means of other channels.

    means: (channels,) a level, top first. Raises ValueError for a network without
    skips, a level that it does not have, or means that do not fit its widths.
    """
    if spec.skip == "none":
        raise ValueError(
            "this network has no skips: skip='none'; build it with skip='concat' or "
            "skip='add' to change them"
        )
    wrong = [level for level in levels if level not in range(spec.depth)]
    if wrong:
        raise ValueError(
            f"level {wrong[0]!r} has no skip; those of this network are 0 (the top) "
            f"to {spec.depth - 1}"
        )
    if means is None:
        return
    found = [np.shape(mean) for mean in means]
    wanted = [(width,) for width in spec.widths[:-1]]
    if found != wanted:
        raise ValueError(
            f"means have shapes {found}, expected {wanted}, one channel a number; "
            "`skip_means` measures them"
        )


def check_gated(spec: UNetSpec) -> None:
    """Raise ValueError for a network whose skips have no gates."""
    if spec.skip != "attention":
        raise ValueError(
            f"this network has no gates: skip={spec.skip!r}; build it with "
            "skip='attention'"
        )
