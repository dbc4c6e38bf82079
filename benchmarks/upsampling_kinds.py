"""One small U-Net on the ellipse task with seven kinds of upsampling, over five seeds.

All see the same images in the same order under the same recipe, each image once; a
seed sets the images, their order and the first weights. Beside the scores it keeps how
much of a grid lies over the logits, before and after training.
`python -m benchmarks.upsampling_kinds` writes upsampling_kinds.json in
benchmarks/results after every seed. The default is 3,000 images for every network.
"""

import dataclasses
import sys
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from benchmarks.ellipses_skips import TASK, predicted
from helpers import pytorch, resampling, scores, shapes
from helpers.pytorch import kinds
from helpers.recipe import Recipe

RESULT = Path(__file__).parent / "results" / "upsampling_kinds"
SIZE = 48  # pixels a side
RECIPE = Recipe(
    epochs=1,
    batch_size=8,
    optimizer="adam",
    learning_rate=5e-3,
    loss="cross_entropy",
    precision="float32",
)


def measure(job: tuple[int, str], steps: int) -> dict:
    """Train the network of one (seed, kind), score it on images no training saw."""
    seed, kind = job
    recipe = RECIPE.replace(seed=seed)
    train = shapes.make(recipe.batch_size * steps, SIZE, seed=seed + 1, **TASK)
    test = shapes.make(300, SIZE, seed=10_000, **TASK)
    net = kinds.network(kind, seed)
    before = grids(net, test.images)
    history = pytorch.fit(net, train, recipe=recipe, verbose=False)
    after = grids(net, test.images)
    found = predicted(net, test.images)
    return {
        "iou": float(scores.iou(scores.confusion(test.masks, found, 1))[1]),
        "boundary_iou": float(scores.boundary_iou(test.masks, found, 1)[1]),
        "loss": history["loss"][-1],
        **{f"{name}_before": value for name, value in before.items()},
        **{f"{name}_after": value for name, value in after.items()},
    }


def grids(net: pytorch.UNet, images: np.ndarray) -> dict[str, float]:
    """How much of a grid the network draws.

    gray: spread of the logits of an even gray, as a share of that over `images`.
    share: what part of the variance over `images` is one pattern on the grid.
    """
    found = kinds.logits(net, images)
    return {
        "gray": float(kinds.on_gray(net).std() / found.std()),
        "share": resampling.grid_share(found, net.spec.divisor),
    }


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 375, RESULT).parse_args()
    todo = [(seed, kind) for seed in range(asked.seeds) for kind in kinds.KINDS]
    setting = {
        "task": TASK | {"size": SIZE},
        "recipe": dataclasses.asdict(RECIPE),
        "parameters": {
            kind: sum(p.numel() for p in kinds.network(kind).parameters())
            for kind in kinds.KINDS
        },
    }
    run = partial(measure, steps=asked.steps)
    seeds.run(run, todo, setting, asked, "benchmarks.upsampling_kinds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
