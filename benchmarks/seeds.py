"""Runs an experiment of several networks over several seeds, and keeps its record."""

import argparse
import os
import shlex
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from benchmarks.targets import RESULTS
from helpers import record


def parser(description: str, steps: int, out: Path) -> argparse.ArgumentParser:
    """The options that every such experiment has."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--seeds", type=int, default=5)
    found.add_argument("--steps", type=int, default=steps)
    found.add_argument("--jobs", type=int, default=os.cpu_count(), help="at a time")
    found.add_argument("--out", type=Path, default=out)
    return found


def command(module: str, asked: argparse.Namespace, *options: str) -> str:
    """What repeats a run, and where it writes unless that is the module's own file.

    Within the repository a path starts there: a record does not tell where that lies.
    """
    parts = [f"python -m {module}"]
    for name in options:
        value = getattr(asked, name)
        several = value if isinstance(value, (list, tuple)) else [value]
        parts.append(f"--{name} " + shlex.join(map(str, several)))
    out, results = asked.out.resolve(), RESULTS.resolve()
    if out != results / module.removeprefix("benchmarks."):
        root = results.parents[1]
        told = out.relative_to(root) if out.is_relative_to(root) else asked.out
        parts.append(f"--out {shlex.quote(str(told))}")
    return " ".join(parts)


def run(
    measure: Callable[[tuple], dict],
    todo: list[tuple],
    setting: dict,
    asked: argparse.Namespace,
    module: str,
) -> None:
    """Measure every (seed, name, ...) of `todo`; write the record as seeds complete.

    measure: one of them -> its row of numbers; it has to be importable. setting:
    what else the record says. The rows are kept under the names joined by commas.
    """
    runs: dict[str, list[dict]] = {}
    repeat = command(module, asked, "seeds", "steps")
    networks = len({tuple(names) for _, *names in todo})
    # A fresh process for each worker: PyTorch's threads do not survive a fork.
    with ProcessPoolExecutor(
        asked.jobs, get_context("spawn"), torch.set_num_threads, (1,)
    ) as pool:
        for (seed, *names), row in zip(todo, pool.map(measure, todo)):
            rows = runs.setdefault(", ".join(map(str, names)), [])
            rows.append({"seed": seed} | row)
            print(f"seed {seed}, {', '.join(map(str, names))}: {row}", flush=True)
            if len(runs) == networks and len(set(map(len, runs.values()))) == 1:
                done = [each["seed"] for each in rows]
                values = setting | {"steps": asked.steps, "seeds": done}
                record.save_experiment(asked.out, values | {"runs": runs}, repeat)
    print(f"written to {asked.out}.json")
