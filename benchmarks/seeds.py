"""Runs an experiment of several networks over several seeds, and keeps its record."""

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from helpers import record


def parser(description: str, steps: int, out: Path) -> argparse.ArgumentParser:
    """The options that every such experiment has."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--seeds", type=int, default=5)
    found.add_argument("--steps", type=int, default=steps)
    found.add_argument("--jobs", type=int, default=os.cpu_count(), help="at a time")
    found.add_argument("--out", type=Path, default=out)
    return found


def run(
    measure: Callable[[tuple], dict],
    todo: list[tuple],
    setting: dict,
    asked: argparse.Namespace,
    module: str,
) -> None:
    """Measure every (seed, name, ...) of `todo` and write the record at the end.

    measure: one of them -> its row of numbers; it has to be importable. setting:
    what else the record says. The rows are kept under the names joined by commas.
    """
    runs: dict[str, list[dict]] = {}
    # A fresh process for each worker: PyTorch's threads do not survive a fork.
    with ProcessPoolExecutor(
        asked.jobs, get_context("spawn"), torch.set_num_threads, (1,)
    ) as pool:
        for (seed, *names), row in zip(todo, pool.map(measure, todo)):
            name = ", ".join(map(str, names))
            runs.setdefault(name, []).append({"seed": seed} | row)
            print(f"seed {seed}, {name}: {row}", flush=True)
    command = f"python -m {module} --seeds {asked.seeds} --steps {asked.steps}"
    values = setting | {"steps": asked.steps, "seeds": list(range(asked.seeds))}
    record.save_experiment(asked.out, values | {"runs": runs}, command)
    print(f"written to {asked.out}.json")
