"""The U-Net paper's recipe on drawn cells that touch, and what each part is worth.

One small network (the paper's, with two poolings) learns from eight images, one
deformed tile a step, under the whole recipe and with one part left out or changed; it
is scored on images of its own, as they are and averaged over turns. A seed sets the
images, the first weights and the deformations. `python -m benchmarks.paper_recipe`
writes paper_recipe.json in benchmarks/results; it takes some minutes on two cores.
"""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from helpers import cells, objects, paper, pytorch, rotations, scores
from helpers.augment import Augment
from helpers.pytorch.paper import train
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "paper_recipe"
SPEC = UNetSpec(
    in_channels=1,
    classes=2,
    widths=(12, 24, 48),
    padding="valid",
    dropout=paper.DROPOUT,
)
STIFF = Augment(flip=False, rotate=180, shift=0.1)
VARIANTS = {
    "the recipe": ({}, {}),
    "no deformation": ({}, {"augment": STIFF}),
    "no weight map": ({}, {"weighted": False}),
    "no dropout": ({"dropout": 0.0}, {}),
    "same padding": ({"padding": "same"}, {}),
    "BatchNorm": ({"norm": "batch"}, {}),
}
"""What each changes in the network, and in the tiles."""
LOOK = {"size": 96, "cells": (10, 16), "radius": (0.067, 0.107)}
IMAGES, TEST, RATE = 8, 12, 3e-3
DATA = (
    f"cells that touch, drawn by helpers.cells.touching: {IMAGES} images to train on, "
    f"other ones with each seed, and {TEST} to score, always the same"
)
ANGLES = {"as it is": (0,), "4 turns": rotations.QUARTERS, "7 turns": rotations.SEVEN}


def measure(job: tuple[int, str], steps: int) -> dict:
    """Train one variant with one seed, count what becomes of the test images' cells."""
    (seed, name), start = job, time.process_time()
    network, tiling = VARIANTS[name]
    spec = SPEC.replace(**network)
    drawn, numbered = cells.touching(IMAGES, seed=seed + 1, **LOOK)
    tiles = paper.Tiles(drawn.images, numbered, spec, seed=seed, **tiling)
    net = pytorch.build(spec, seed=seed)
    history = train(net, tiles, steps=steps, learning_rate=RATE, seed=seed)
    test, truth = cells.touching(TEST, seed=10_000, **LOOK)
    row = {angles: scored(net, test, truth, ANGLES[angles]) for angles in ANGLES}
    row["last_loss"] = float(np.mean(history[-20:]))
    return row | {"seconds": time.process_time() - start}


def scored(net: pytorch.UNet, test, truth: np.ndarray, angles) -> dict:
    """Counts of the cells, and the IoU of all pixels together, at a cut of 0.5."""
    masks = np.stack(
        [
            rotations.predict(partial(probabilities, net), one, net.spec, angles)
            for one in (test.images / 255).astype(np.float32)
        ]
    )
    masks = (masks[..., 1] > 0.5).astype(np.uint8)
    iou = scores.iou(scores.confusion(test.masks, masks, 1))[1]
    return {**vars(objects.count_all(truth, masks)), "iou": float(iou)}


def probabilities(net: pytorch.UNet, batch: np.ndarray) -> np.ndarray:
    """(N, h, w, 2) float32."""
    return pytorch.predict(net, batch, precision="float32")


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 400, RESULT).parse_args()
    todo = [(seed, name) for seed in range(asked.seeds) for name in VARIANTS]
    setting = {
        "data": DATA,
        "variants": list(VARIANTS),
        "images": IMAGES,
        "test": TEST,
        "look": LOOK,
        "learning_rate": RATE,
        "parameters": {
            name: SPEC.replace(**network).parameters()
            for name, (network, _) in VARIANTS.items()
        },
    }
    job = partial(measure, steps=asked.steps)
    seeds.run(job, todo, setting, asked, "benchmarks.paper_recipe")
    return 0


if __name__ == "__main__":
    sys.exit(main())
