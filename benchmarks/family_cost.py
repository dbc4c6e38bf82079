"""Milliseconds and memory of every network that the family's comparison trained.

Timed in both frameworks, on one thread as those trainings were, with batches of their
size and images as large as theirs: an answer, and a step as `fit` takes it. In each
round all networks take their turn, so that a slow minute is nobody's alone; what comes
before the first round warms up. Memory by the image is measured as in
`benchmarks.training_memory`, for the networks on ellipses that it leaves out.
`python -m benchmarks.family_cost` writes family_cost.json in benchmarks/results.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from benchmarks import family, seeds, training_memory
from helpers import keras, record, shapes
from helpers.keras import laddernet
from helpers.laddernet import LadderSpec
from helpers.pytorch.train import Run
from helpers.samples import Samples
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "family_cost"
CALLS = 3
"""In a row, in every round; their mean counts."""

Timed = Mapping[tuple[str, str, str], Callable[[], object]]
"""What to call, by what it is, its framework and its network."""


def networks(task: str) -> list[str]:
    """The networks of a task by name, each once."""
    found = family.specs(task)
    same = family.twins(found)
    return [name for name in found if name not in same]


def unmeasured() -> list[str]:
    """The networks whose memory `benchmarks.training_memory` does not measure."""
    known = training_memory.names()
    return [name for name in networks("ellipses") if name not in known]


def in_pytorch(spec: UNetSpec | LadderSpec, batch: Samples) -> dict[str, Callable]:
    """What is timed of a network in PyTorch: an answer, and a training step."""
    run = Run(family.build(spec, 0), batch, None, family.RECIPE, None, verbose=False)
    images, masks = next(iter(run.batches))
    run.model.train()
    net = family.build(spec, 0).eval()
    net.to(images.device, memory_format=torch.channels_last)

    def wait() -> None:
        # A call returns before a GPU is done.
        torch.get_device_module(images.device).synchronize()

    @torch.inference_mode()
    def answer() -> None:
        net(images)
        wait()

    def step() -> None:
        run.step(images, masks, family.RECIPE.learning_rate)
        wait()

    return {"an_answer": answer, "a_step": step}


def in_keras(spec: UNetSpec | LadderSpec, batch: Samples) -> dict[str, Callable]:
    """The same in Keras."""
    model = (keras if isinstance(spec, UNetSpec) else laddernet).build(spec, 0)
    keras.compile(model, family.RECIPE)
    images, masks = keras.loader(batch, family.RECIPE)[0]
    return {
        "an_answer": lambda: model.predict_on_batch(images),
        "a_step": lambda: model.train_on_batch(images, masks),
    }


FRAMEWORKS = {"PyTorch": in_pytorch, "Keras": in_keras}


def timed(calls: Timed, rounds: int) -> dict[tuple[str, str, str], list[float]]:
    """Milliseconds of each call, a number a round; they take turns."""
    found: dict[tuple[str, str, str], list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        begun = time.perf_counter()
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            found[name].append(1000 * (time.perf_counter() - start) / CALLS)
        seconds = time.perf_counter() - begun
        print(f"round {number + 1}/{rounds}: {seconds:.1f} s", flush=True)
    return found


def ready(chosen: Mapping[str, list[str]]) -> Timed:
    """The calls to time, of the networks chosen by task, each called already."""
    calls = {}
    for task, names in chosen.items():
        batch = shapes.make(family.BATCH, family.SIZES[task], seed=1)
        for name in names:
            start = time.perf_counter()
            for framework, prepare in FRAMEWORKS.items():
                each = prepare(family.specs(task)[name], batch)
                for what, call in each.items():
                    for _ in range(2):  # TensorFlow traces in the first
                        call()
                    calls[what, framework, f"{task}, {name}"] = call
            seconds = time.perf_counter() - start
            print(f"{task}, {name}: ready after {seconds:.1f} s", flush=True)
    return calls


def costs(task: str, names: list[str]) -> dict[str, dict[str, int]]:
    """Parameters and multiply-adds, as in the record of the comparison."""
    return {
        name: {
            what: cost(family.specs(task)[name]) for what, cost in family.COSTS.items()
        }
        for name in names
    }


def one_thread() -> None:
    """Let both frameworks compute on one thread; before TensorFlow's first use."""
    import tensorflow

    torch.set_num_threads(1)
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=1, help="for memory; 0 is none")
    every = sorted({name for task in family.SIZES for name in networks(task)})
    told = {"metavar": "NAME", "help": "only these, for a trial"}
    parser.add_argument("--networks", nargs="+", choices=every, **told)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    one_thread()
    chosen = {
        task: [n for n in networks(task) if n in (asked.networks or [n])]
        for task in family.SIZES
    }
    values: dict = {
        "sizes": family.SIZES,
        "batch": family.BATCH,
        "threads": 1,
        "rounds": asked.rounds,
        "calls": CALLS,
        "same": {task: family.twins(family.specs(task)) for task in chosen},
        "costs": {task: costs(task, names) for task, names in chosen.items()},
    }
    # Memory does not ask for a quiet machine: it is measured while networks get ready.
    with ThreadPoolExecutor(1) as pool:
        outside = [n for n in unmeasured() if asked.runs and n in chosen["ellipses"]]
        measured = pool.submit(training_memory.measure, outside, asked.runs)
        calls = ready(chosen)
    values |= measured.result()[0]  # Before the timing: where it failed, at once.
    for (what, framework, name), each in timed(calls, asked.rounds).items():
        key = f"milliseconds_{what}_in_{framework}"
        values.setdefault(key, {})[name] = each
        middle, spread = statistics.median(each), f"{min(each):.1f} to {max(each):.1f}"
        told = what.replace("_", " ")
        print(f"{name}, {framework}: {middle:.1f} ms {told}, {spread}")
    given = ("rounds", "runs", *(["networks"] if asked.networks else []))
    command = seeds.command("benchmarks.family_cost", asked, *given)
    record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
