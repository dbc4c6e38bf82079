"""What skip connections are worth on the ellipse task, over five seeds.

The network of "Understanding U-Net" with its skips, without them, and without them
but widened to the same number of parameters. All see the same images in the same
order under the same recipe; a seed sets the images, their order and the first
weights. `python -m benchmarks.ellipses_skips` writes ellipses_skips.json in
benchmarks/results after every seed. Every network sees 40,000 images; with
`--epochs 4 --out benchmarks/results/ellipses_skips_short` it sees 8,000.
"""

import argparse
import dataclasses
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from benchmarks import seeds
from helpers import pytorch, record, scores, shapes
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import ELLIPSES, UNetSpec

RESULT = Path(__file__).parent / "results" / "ellipses_skips"
TASK = {
    "ellipses": (2, 4),
    "others": (1, 3),
    "kinds": ("triangle",),
    "radius": (0.14, 0.24),
    "noise": 0.05,
}
GAPS = (0.0, 1.0, 2.0, 3.0)
"""Pixels between two ellipses at a join, as many pairs of each."""


def specs() -> dict[str, UNetSpec]:
    """The three networks by name."""
    without = ELLIPSES.replace(skip="none")
    return {
        "with skips": ELLIPSES,
        "without": without,
        "without, wider": without.with_parameters(ELLIPSES.parameters()),
    }


def joins(count: int, size: int, seed: int) -> tuple[Samples, np.ndarray]:
    """Pairs of ellipses that meet or nearly do, and the boxes around their joins."""
    parts = [
        shapes.joined(count, size, seed=seed, gap=gap, noise=TASK["noise"])
        for gap in GAPS
    ]
    samples = Samples(
        np.concatenate([part.images for part, _ in parts]),
        np.concatenate([part.masks for part, _ in parts]),
    )
    return samples, np.concatenate([boxes for _, boxes in parts])


def crops(masks: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The box of each mask: (N, H, W) and (N, 4) -> (N, side, side)."""
    return np.stack([m[t:b, l:r] for m, (t, l, b, r) in zip(masks, boxes)])


def measure(
    job: tuple[int, str], images: int, size: int, recipe: Recipe, threads: int
) -> dict:
    """Train the network of one (seed, name), score it on images no training saw."""
    torch.set_num_threads(threads)
    seed, name = job
    recipe = recipe.replace(seed=seed)
    train = shapes.make(images, size, seed=seed + 1, **TASK)
    net = pytorch.build(specs()[name], seed=seed)
    history = pytorch.fit(net, train, recipe=recipe, verbose=False)
    test = shapes.make(500, size, seed=10_000, **TASK)
    pairs, boxes = joins(100, size, seed=20_000)
    found = predicted(net, test.images)
    at_joins = crops(predicted(net, pairs.images), boxes)
    true = crops(pairs.masks, boxes)
    pooled = scores.iou(scores.confusion(test.masks, found, 1))
    each = scores.per_image_iou(test.masks, found, 1)
    return {
        "iou": float(pooled[1]),
        "per_image_iou": float(np.nanmean(each[:, 1])),
        "boundary_iou": float(scores.boundary_iou(test.masks, found, 1)[1]),
        "join_iou": float(scores.iou(scores.confusion(true, at_joins, 1))[1]),
        "join_made_up": float(at_joins[true == 0].mean()),
        "loss": history["loss"][-1],
        "seconds": history["seconds"][-1],
    }


def predicted(net: pytorch.UNet, images: np.ndarray) -> np.ndarray:
    """Masks (N, H, W) of 0 and 1."""
    return (pytorch.predict(net, images, 32)[..., 0] > 0.5).astype(np.uint8)


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at a time")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    recipe = Recipe(
        epochs=asked.epochs,
        batch_size=8,
        optimizer="adam",
        learning_rate=5e-3,
        loss="cross_entropy",
    )
    results: dict[str, list[dict]] = {name: [] for name in specs()}
    todo = [(seed, name) for seed in range(asked.seeds) for name in results]
    threads = max(1, (os.cpu_count() or 1) // asked.jobs)
    run = partial(
        measure, images=asked.images, size=asked.size, recipe=recipe, threads=threads
    )
    options = "seeds", "images", "epochs", "size"
    command = seeds.command("benchmarks.ellipses_skips", asked, *options)
    # A fresh process for each worker: PyTorch's threads do not survive a fork.
    with ProcessPoolExecutor(asked.jobs, get_context("spawn")) as pool:
        for (seed, name), row in zip(todo, pool.map(run, todo)):
            results[name].append(row)
            line = ", ".join(f"{key} {value:.3f}" for key, value in row.items())
            print(f"seed {seed}, {name}: {line}", flush=True)
            if len({len(rows) for rows in results.values()}) == 1:
                values = _values(results, recipe, asked)
                record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


def _values(results: dict, recipe: Recipe, asked: argparse.Namespace) -> dict:
    """What the file holds: every run, and each score's mean and spread."""
    summary = {
        name: {
            key: {
                "mean": float(np.mean([row[key] for row in rows])),
                "sd": float(
                    np.std([row[key] for row in rows], ddof=min(1, len(rows) - 1))
                ),
            }
            for key in rows[0]
        }
        for name, rows in results.items()
    }
    return {
        "task": TASK | {"size": asked.size, "images": asked.images},
        "gaps": GAPS,
        "recipe": dataclasses.asdict(recipe),
        "parameters": {name: spec.parameters() for name, spec in specs().items()},
        "seeds": list(range(len(results["with skips"]))),
        "runs": results,
        "summary": summary,
    }


if __name__ == "__main__":
    sys.exit(main())
