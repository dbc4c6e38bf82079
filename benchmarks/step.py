"""Seconds for a training step of `PETS` in PyTorch: the plain form against the book's.

Plain is float32, contiguous, eager, and PyTorch's AdamW as it comes. The book's is
the step that `fit` takes where a recipe neither clips nor averages, as plain does not.
Both see the same batch of eight at 160x160, in turns.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.targets import Target, write
from helpers.pytorch import build, device, losses
from helpers.pytorch.train import Run
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import PETS

ROUNDS = 9
RECIPE = Recipe(learning_rate=1e-4)


def main() -> bool:
    """Measure, write benchmarks/results/step.json; whether the target held."""
    rng = np.random.default_rng(0)
    samples = Samples(
        images=rng.integers(0, 256, (8, 160, 160, 3), dtype=np.uint8),
        masks=rng.integers(0, 3, (8, 160, 160), dtype=np.uint8),
    )
    steps = {"plain": _plain(samples), "book": _book(samples)}
    seconds = {name: [] for name in steps}
    for number in range(ROUNDS + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if torch.cuda.is_available():
                torch.cuda.synchronize()  # A step returns before the GPU is done.
            if number:  # The first round warms up.
                seconds[name].append(time.perf_counter() - start)
        if number:
            line = ", ".join(f"{k} {v[-1]:.2f} s" for k, v in seconds.items())
            print(f"round {number}/{ROUNDS}: {line}", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = medians["plain"] / medians["book"]
    return write(
        "step",
        {
            "precision": device.precision(),
            "threads": torch.get_num_threads(),
            "seconds": seconds,
            "median_seconds": medians,
        },
        [Target("step of PETS, times as fast as the plain one", ratio, 2.2)],
    )


def _plain(samples: Samples) -> Callable[[], None]:
    net = build(PETS).to(device.find()).train()
    optimizer = torch.optim.AdamW(net.parameters(), RECIPE.learning_rate)
    loss = losses.make(RECIPE.loss, PETS.classes)
    scaled = samples.images.transpose(0, 3, 1, 2).astype(np.float32) / 255
    images = torch.from_numpy(np.ascontiguousarray(scaled)).to(device.find())
    masks = torch.from_numpy(samples.masks).long().to(device.find())

    def step() -> None:
        optimizer.zero_grad()
        loss(net(images), masks).backward()
        optimizer.step()

    return step


def _book(samples: Samples) -> Callable[[], None]:
    run = Run(build(PETS), samples, None, RECIPE, None, verbose=False)
    run.model.train()
    images, masks = next(iter(run.batches))
    return lambda: run.step(images, masks, RECIPE.learning_rate)
