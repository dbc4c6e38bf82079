"""What every test file shares: no window for figures, the same draws at every run."""

import os
import time
from types import SimpleNamespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib
import pytest
from hypothesis import Phase, settings

matplotlib.use("Agg")

# A shared machine may stall any example, so no deadline; a failure seen once has to be
# seen again; and to shrink one that builds networks would take many minutes.
settings.register_profile(
    "book",
    deadline=None,
    derandomize=True,
    phases=[phase for phase in Phase if phase is not Phase.shrink],
)
settings.load_profile("book")


@pytest.fixture
def later(monkeypatch):
    """`later(seconds)` moves the stopwatches of training runs on."""
    from helpers import history

    moved = [0.0]
    clock = SimpleNamespace(perf_counter=lambda: time.perf_counter() + moved[0])
    monkeypatch.setattr(history, "time", clock)
    return lambda seconds: moved.append(moved.pop() + seconds)


def pytest_terminal_summary(terminalreporter):
    """Say why the pages of the book were not tested, where they were not."""
    skipped = [each.nodeid for each in terminalreporter.stats.get("skipped", [])]
    if any(name.startswith("tests/page/") for name in skipped):
        from tests.page import built

        why = built.missing()
        terminalreporter.write_line(f"The pages were not tested: {why}", yellow=True)
