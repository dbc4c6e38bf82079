"""The shortest timing counts, and the warm-up does not."""

import pytest

from helpers import timing


def test_the_shortest_round_counts_and_the_first_does_not(monkeypatch):
    """By a clock of our own: that of a busy machine could fail the test."""
    now, calls = [100.0], []
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])

    def slow() -> None:
        calls.append("slow")
        now[0] += [0.001, 0.03, 0.01][calls.count("slow") - 1]

    found = timing.fastest({"slow": slow, "idle": lambda: calls.append("idle")}, 2)
    assert calls == ["slow", "idle"] * 3
    assert found == pytest.approx({"slow": 10, "idle": 0})
