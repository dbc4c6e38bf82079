"""Memory that training takes by the image, in both frameworks, for the family.

Every measurement is a process of its own that trains a network for two steps of a
small batch and two of a large one, and says the most memory it held until then. What
the large batch holds more, by the image, is what an image costs; the framework itself,
the weights and the optimizer are in both and cancel. The networks are those of
`benchmarks.family` on ellipses, of equal parameters.
`python -m benchmarks.training_memory` writes training_memory.json in
benchmarks/results.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import family, seeds
from helpers import memory, record, shapes
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "training_memory"
SIZE = 64
BATCHES = (32, 96)
FRAMEWORKS = {"pytorch": "PyTorch", "keras": "Keras"}


def names() -> list[str]:
    """The networks compared: the family at equal parameters."""
    found = family.specs("ellipses")
    return [k for k in found if "no BatchNorm" not in k and "multiply" not in k]


def train(framework: str, name: str) -> list[float]:
    """Train in this process, the batches growing; the most memory held after each."""
    spec = family.specs("ellipses")[name]
    if framework == "pytorch":
        from helpers import pytorch as ours
        from helpers.pytorch import laddernet
    else:
        from helpers import keras as ours
        from helpers.keras import laddernet
    builder = ours if isinstance(spec, UNetSpec) else laddernet
    peaks = []
    for batch in BATCHES:
        recipe = family.RECIPE.replace(batch_size=batch, epochs=1)
        samples = shapes.make(2 * batch, SIZE, seed=1)
        ours.fit(builder.build(spec, 0), samples, recipe=recipe, verbose=False)
        peaks.append(memory.peak_mb())
    return peaks


def measure(
    named: list[str], runs: int
) -> tuple[dict[str, dict[str, list[float]]], dict[str, list[list[float]]]]:
    """Megabytes by the image, a number a run, by framework; and what they come from."""
    found: dict[str, dict[str, list[float]]] = {}
    every: dict[str, list[list[float]]] = {}
    first, last = BATCHES
    for framework, title in FRAMEWORKS.items():
        for name in named:
            command = "benchmarks.training_memory", "--one", framework, name
            peaks = [memory.alone(*command)["peaks_mb"] for _ in range(runs)]
            each = [(large - small) / (last - first) for small, large in peaks]
            found.setdefault(f"megabytes_an_image_in_{title}", {})[name] = each
            every[f"{name}, {title}"] = peaks
            told = (f"{megabytes:.2f}" for megabytes in each)
            print(f"{name}, {title}:", *told, "MB an image", flush=True)
    return found, every


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--one", nargs=2, help="framework and network: only these")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps({"peaks_mb": train(*asked.one)}))
        return 0
    found, peaks = measure(names(), asked.runs)
    values = {"size": SIZE, "batches": BATCHES, "peaks_mb": peaks, **found}
    command = seeds.command("benchmarks.training_memory", asked, "runs")
    record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
