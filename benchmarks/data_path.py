"""Images per second: the article's data path against the book's.

The article opens and resizes every image and mask in every epoch. The book decodes
them once, in parallel, and maps the decoded arrays into memory.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable

from benchmarks.targets import Target, write
from helpers import pets
from helpers.arrays import VARIABLE
from helpers.batches import Batches

RUNS = 5
SIZE = 160


def main() -> bool:
    """Measure, write benchmarks/results/data_path.json; whether both targets held."""
    from helpers.keras.article import OxfordPets

    pairs = pets.files("all")
    article = OxfordPets(pairs)
    whole = len(article) * article.batch / len(pairs)  # It leaves out the last few.
    seconds = {"article": [], "book, first epoch": [], "book, second epoch": []}
    for run in range(RUNS):
        seconds["article"].append(_time(_all, article) / whole)
        # A fresh cache for each run, so that every first epoch decodes.
        with tempfile.TemporaryDirectory() as folder:
            before = os.environ.get(VARIABLE)
            os.environ[VARIABLE] = folder
            try:
                seconds["book, first epoch"].append(_time(_first))
                batches = Batches(pets.load("all", size=SIZE))
                seconds["book, second epoch"].append(_time(_epoch, batches, 1))
            finally:
                os.environ.pop(VARIABLE)
                if before is not None:
                    os.environ[VARIABLE] = before
        print(f"run {run + 1}/{RUNS}: " + _line(seconds, len(pairs)), flush=True)
    rates = {
        name: len(pairs) / statistics.median(values) for name, values in seconds.items()
    }
    first, second = (
        rates[f"book, {epoch} epoch"] / rates["article"]
        for epoch in ("first", "second")
    )
    return write(
        "data_path",
        {
            "images": len(pairs),
            "size": SIZE,
            "source": pets.load("test", limit=1).source,
            "seconds": seconds,
            "images_per_second": rates,
        },
        [
            Target("first epoch, times the article's images per second", first, 3.0),
            Target("later epochs, times the article's", second, 20.0),
        ],
    )


def _first() -> Iterable:
    """The first epoch: the files are found and decoded in it."""
    return _epoch(Batches(pets.load("all", size=SIZE)), 0)


def _epoch(batches: Batches, number: int) -> Iterable:
    return (batches.batch(number, k) for k in range(len(batches)))


def _all(article) -> Iterable:
    return (article[number] for number in range(len(article)))


def _time(make: Callable[..., Iterable], *arguments) -> float:
    """Seconds to make the batches and go through them."""
    start = time.perf_counter()
    for _ in make(*arguments):
        pass
    return time.perf_counter() - start


def _line(seconds: dict[str, list[float]], images: int) -> str:
    return ", ".join(
        f"{name} {images / values[-1]:,.0f} images/s"
        for name, values in seconds.items()
    )
