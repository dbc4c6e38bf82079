"""What the U-Net paper's weight map does for objects that touch, over five seeds.

One small network, trained under four weight maps: all ones, class balance alone
(w_c), the border term alone, and both, which is the paper's. A seed sets the images,
their order and the first weights. `python -m benchmarks.border_weights` writes
border_weights.json in benchmarks/results; it takes a few minutes on two cores.
"""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from helpers import borders, cells, objects, pytorch, scores
from helpers.pytorch import loop, losses
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "border_weights"
SPEC = UNetSpec(in_channels=1, classes=1, widths=(8, 16, 32), up="nearest")
MAPS = {
    "no map": {"balance": False, "w0": 0.0},
    "balance alone": {"balance": True, "w0": 0.0},
    "border alone": {"balance": False},
    "the paper's map": {"balance": True},
}
IMAGES, HELD_OUT, TEST = 200, 50, 100
CUTS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99)
"""Probabilities above which a pixel is called a cell, tried on held-out images."""
DATA = (
    f"cells that touch, drawn by helpers.cells.touching, 64x64 pixels: {IMAGES} images "
    f"to train on, other ones with each seed, {HELD_OUT} to choose the best cut, and "
    f"{TEST} to score"
)


def measure(job: tuple[int, str], steps: int) -> dict:
    """Train under one map, count what becomes of the cells of the test images."""
    (seed, name), start = job, time.process_time()
    train, numbered = cells.touching(IMAGES, seed=seed + 1)
    maps = borders.weight_maps(numbered, **MAPS[name])
    net = pytorch.build(SPEC, seed=seed)
    loss = losses.weighted_cross_entropy
    history = loop.train(net, train, loss, weights=maps, steps=steps, seed=seed)
    held_out, truth = cells.touching(HELD_OUT, seed=9_000)
    p = probabilities(net, held_out)
    errors = [wrong(objects.count_all(truth, (p > cut).astype(int))) for cut in CUTS]
    best = CUTS[int(np.argmin(errors))]
    test, truth = cells.touching(TEST, seed=10_000)
    p = probabilities(net, test)
    masks = (p > 0.5).astype(np.uint8)
    cut = (p > best).astype(np.uint8)
    return {
        **vars(objects.count_all(truth, masks)),
        "iou": pooled(test, masks),
        "best_cut": best,
        "at_best_cut": {
            **vars(objects.count_all(truth, cut)),
            "iou": pooled(test, cut),
        },
        "last_loss": float(np.mean(history[-20:])),
        "seconds": time.process_time() - start,
    }


def pooled(samples, masks: np.ndarray) -> float:
    """IoU of the cells, all pixels together."""
    return float(scores.iou(scores.confusion(samples.masks, masks, 1))[1])


def wrong(counted: objects.Count) -> int:
    """All mistakes in counting together."""
    return counted.merges + counted.splits + counted.missed + counted.made_up


def probabilities(net: pytorch.UNet, samples) -> np.ndarray:
    """(N, H, W) float32."""
    return pytorch.predict(net, samples.images, 32, precision="float32")[..., 0]


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 300, RESULT).parse_args()
    todo = [(seed, name) for seed in range(asked.seeds) for name in MAPS]
    setting = {
        "data": DATA,
        "maps": MAPS,
        "images": IMAGES,
        "test": TEST,
        "cuts": CUTS,
        "parameters": SPEC.parameters(),
    }
    job = partial(measure, steps=asked.steps)
    seeds.run(job, todo, setting, asked, "benchmarks.border_weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
