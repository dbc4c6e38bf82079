"""What every test file shares: no window for figures, the same draws at every run."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib
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
