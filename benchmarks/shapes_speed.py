"""Seconds that 10,000 images of the ellipse task take, on one core."""

import statistics
import time

from benchmarks.targets import Target, write
from helpers import shapes

RUNS = 3
COUNT = 10_000
SIZE = 64


def main() -> bool:
    """Measure, write benchmarks/results/shapes_speed.json; whether it was met."""
    shapes.make(10, SIZE)
    seconds = []
    for run in range(RUNS):
        start = time.perf_counter()
        shapes.make(COUNT, SIZE)
        seconds.append(time.perf_counter() - start)
        print(f"run {run + 1}/{RUNS}: {seconds[-1]:.1f} s", flush=True)
    return write(
        "shapes_speed",
        {"images": COUNT, "size": SIZE, "seconds": seconds},
        [
            Target(
                f"seconds for {COUNT:,} images of {SIZE}x{SIZE}",
                statistics.median(seconds),
                10.0,
                above=False,
            )
        ],
    )
