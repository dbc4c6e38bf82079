"""Memory that training takes by the image, in both frameworks, for the family.

Every measurement is a process of its own that trains a network for two steps and
then says the most memory it ever held. Two batch sizes: what the larger one holds
more, by the image, is what an image costs; the frameworks themselves, the weights and
the traced graphs are in both and cancel. The networks are those of
`benchmarks.family` on ellipses, of equal parameters.
`python -m benchmarks.training_memory` writes training_memory.json in
benchmarks/results.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

from benchmarks import family
from helpers import memory, record, shapes
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "training_memory"
SIZE = 64
BATCHES = (32, 96)
FRAMEWORKS = ("pytorch", "keras")


def names() -> list[str]:
    """The networks compared: the family at equal parameters."""
    found = family.specs("ellipses")
    return [k for k in found if "no BatchNorm" not in k and "multiply" not in k]


def train(framework: str, name: str, batch: int) -> float:
    """Train for two steps in this process; the most memory it held, in MB."""
    spec = family.specs("ellipses")[name]
    recipe = family.RECIPE.replace(batch_size=batch, epochs=1)
    samples = shapes.make(2 * batch, SIZE, seed=1)
    if framework == "pytorch":
        from helpers import pytorch as ours
        from helpers.pytorch import laddernet
    else:
        from helpers import keras as ours
        from helpers.keras import laddernet
    builder = ours if isinstance(spec, UNetSpec) else laddernet
    ours.fit(builder.build(spec, 0), samples, recipe=recipe, verbose=False)
    return memory.peak_mb()


def measure(framework: str, name: str, runs: int) -> dict:
    """Megabytes an image, the median of several pairs of processes, and all peaks."""
    peaks = [
        [
            memory.alone(
                "benchmarks.training_memory", "--one", framework, name, str(batch)
            )["peak_mb"]
            for batch in BATCHES
        ]
        for _ in range(runs)
    ]
    each = [(large - small) / (BATCHES[1] - BATCHES[0]) for small, large in peaks]
    return {"mb_an_image": statistics.median(each), "each": each, "peaks_mb": peaks}


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--one", nargs=3, help="framework, network, batch size")
    asked = parser.parse_args()
    if asked.one:
        framework, name, batch = asked.one
        print(json.dumps({"peak_mb": train(framework, name, int(batch))}))
        return 0
    values = {"size": SIZE, "batches": BATCHES, "runs": {}}
    for name in names():
        values["runs"][name] = {
            framework: measure(framework, name, asked.runs) for framework in FRAMEWORKS
        }
        row = values["runs"][name]
        costs = (f"{k} {v['mb_an_image']:.2f} MB an image" for k, v in row.items())
        print(f"{name}:", *costs, flush=True)
    command = f"python -m benchmarks.training_memory --runs {asked.runs}"
    record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
