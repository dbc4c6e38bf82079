"""How long something takes, on a machine that may be busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def fastest(
    runs: Mapping[str, Callable[[], object]], rounds: int = 5
) -> dict[str, float]:
    """The shortest of several timings of each run, in milliseconds, by name.

    They take turns, so that a moment in which the machine is busy hits all of them,
    and a first round that warms up does not count. The shortest, because whatever
    else runs can only add.
    """
    best = dict.fromkeys(runs, float("inf"))
    for number in range(rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if number:
                best[name] = min(best[name], 1000 * (time.perf_counter() - start))
    return best
