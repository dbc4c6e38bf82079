"""What every test file shares: no window for figures, the same draws at every run."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib
from hypothesis import settings

matplotlib.use("Agg")

# A shared machine may stall any example; a failure seen once has to be seen again.
settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")
