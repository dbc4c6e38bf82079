"""Four losses from balanced to rare foreground, over five seeds.

The images hold dots of one size in noise; only their number changes, from half of
the pixels to half a percent. A small network trains under each loss, and with
cross-entropy at the rarest once more for four times as long. A seed sets the images,
their order and the first weights. `python -m benchmarks.imbalance` writes
imbalance.json in benchmarks/results; it takes a few minutes on two cores.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks import seeds
from benchmarks.border_weights import probabilities
from helpers import borders, cells, pytorch, scores
from helpers.pytorch import loop, losses
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "imbalance"
SPEC = UNetSpec(in_channels=1, classes=1, widths=(4, 8), convs=1, up="nearest")
SHARES = (0.5, 0.1, 0.02, 0.005)
LONGER = 4
"""How many times as long the training at the rarest share is repeated."""
IMAGES, HELD_OUT, TEST = 200, 50, 100
CUTS = tuple(np.linspace(0.05, 0.95, 19).round(2).tolist())
"""Probabilities above which a pixel is called a dot, tried on held-out images."""
DATA = (
    "dots of one size in noise, drawn by helpers.cells.dots, 64x64 pixels; for each "
    f"share of dots {IMAGES} images to train on, other ones with each seed, {HELD_OUT} "
    f"to choose the best cut, and {TEST} to score"
)

LOSSES: dict[str, Callable[..., torch.Tensor]] = {
    "cross-entropy": losses.binary_cross_entropy,
    "balanced cross-entropy": losses.weighted_cross_entropy,
    "focal": losses.focal,
    "Dice": losses.dice,
}


def measure(job: tuple[int, str, float, int], steps: int) -> dict:
    """Train under one loss at one share, score the dots of the test images."""
    (seed, name, share, times), start = job, time.process_time()
    train = cells.dots(IMAGES, share=share, seed=seed + 1)
    weights = None
    if name == "balanced cross-entropy":
        weights = borders.weight_maps(train.masks, w0=0.0)
    net = pytorch.build(SPEC, seed=seed)
    loop.train(
        net, train, LOSSES[name], weights=weights, steps=times * steps, seed=seed
    )
    held_out = cells.dots(HELD_OUT, share=share, seed=9_000)
    p = probabilities(net, held_out)
    best = max(CUTS, key=lambda cut: dice(held_out.masks, p > cut))
    test = cells.dots(TEST, share=share, seed=10_000)
    p = probabilities(net, test)
    return {
        "dice": dice(test.masks, p > 0.5),
        "predicted_share": float((p > 0.5).mean()),
        "mean_probability": float(p.mean()),
        "best_cut": best,
        "dice_at_best_cut": dice(test.masks, p > best),
        "seconds": time.process_time() - start,
    }


def dice(true: np.ndarray, predicted: np.ndarray) -> float:
    """Dice of the dots, all pixels pooled."""
    matrix = scores.confusion(true, predicted.astype(np.uint8), 1)
    return float(scores.dice(matrix)[1])


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 200, RESULT).parse_args()
    every = [(name, share, 1) for share in SHARES for name in LOSSES]
    every += [("cross-entropy", SHARES[-1], LONGER)]
    todo = [(seed, *rest) for seed in range(asked.seeds) for rest in every]
    setting = {
        "data": DATA,
        "losses": list(LOSSES),
        "shares": SHARES,
        "longer": LONGER,
        "images": IMAGES,
        "cuts": CUTS,
        "parameters": SPEC.parameters(),
    }
    seeds.run(
        partial(measure, steps=asked.steps),
        todo,
        setting,
        asked,
        "benchmarks.imbalance",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
