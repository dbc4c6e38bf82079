"""No skips, skips that add and skips that concatenate, over five seeds.

The network of "Understanding U-Net" with each kind of skip as it comes, with all kinds
at the parameters of the concatenating one, and with BatchNorm, which gives the first
layer equal gradients with skips and without. The images are pairs of ellipses of one
color with a narrow gap: what counts is easy to see, where it ends is not. A seed sets
the images, their order and the first weights. `python -m benchmarks.skip_kinds`
writes skip_kinds.json in benchmarks/results after every seed.
"""

import dataclasses
import sys
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from benchmarks.ellipses_skips import predicted
from helpers import gaps, pytorch, scores, shapes
from helpers.pytorch import gradients, silence
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import ELLIPSES, UNetSpec

RESULT = Path(__file__).parent / "results" / "skip_kinds"
SIZE, IMAGES, BATCH, NOISE = 32, 800, 8, 0.05
GAPS = (1.0, 1.5, 2.0, 2.5, 3.0)
"""Pixels between the two ellipses of a pair, as many pairs of each."""
ENDS = ("none", "concat")
"""The kinds whose first layers get equal gradients once BatchNorm is there."""


def specs() -> dict[str, UNetSpec]:
    """The seven networks by name."""
    kinds = {kind: ELLIPSES.replace(skip=kind) for kind in ("none", "add", "concat")}
    full = ELLIPSES.parameters()
    equal = {f"{k}, equal": kinds[k].with_parameters(full) for k in ("none", "add")}
    normed = {f"{k}, BatchNorm": kinds[k].replace(norm="batch") for k in ENDS}
    return kinds | equal | normed


def pairs(count: int, seed: int) -> Samples:
    """Pairs of ellipses, first all of the narrowest gap, last all of the widest."""
    each = count // len(GAPS)
    parts = [
        shapes.joined(each, SIZE, seed=seed + k, gap=gap, noise=NOISE)[0]
        for k, gap in enumerate(GAPS)
    ]
    return Samples(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.masks for part in parts]),
    )


def measure(job: tuple[int, str], epochs: int) -> dict:
    """Train the network of one (seed, name); score it on images no training saw."""
    seed, name = job
    net = pytorch.build(specs()[name], seed=seed)
    probe, test = pairs(20, seed=30_000), pairs(300, seed=20_000)
    first, losses = [_first(net, probe)], []

    def watch(now: pytorch.UNet, _history: object) -> None:
        first.append(_first(now, probe))
        losses.append(pytorch.evaluate(now, test[::3], 32)["cross_entropy"])

    recipe = Recipe(
        epochs=epochs,
        batch_size=BATCH,
        optimizer="adam",
        learning_rate=5e-3,
        loss="cross_entropy",
        seed=seed,
    )
    train = pairs(IMAGES, 100 * (seed + 1))
    history = pytorch.fit(net, train, recipe=recipe, verbose=False, on_epoch=watch)
    row = score(net, test) | {"first_layer": first, "test_losses": losses}
    row |= {"train_losses": history["loss"], "seconds": history["seconds"][-1]}
    return row | {"silenced": _silenced(net, test, train.images)}


def _first(net: pytorch.UNet, probe: Samples) -> float:
    return gradients.norms(net, probe.images, probe.masks)[gradients.FIRST]


def score(net: pytorch.UNet, test: Samples) -> dict:
    """IoU, boundary IoU and, for each gap, the share of pairs kept apart."""
    found = predicted(net, test.images)
    kept = gaps.kept_apart(test.masks, found).reshape(len(GAPS), -1)
    return {
        "iou": float(scores.iou(scores.confusion(test.masks, found, 1))[1]),
        "boundary_iou": float(scores.boundary_iou(test.masks, found, 1)[1]),
        "apart": np.nanmean(kept, axis=1).tolist(),
    }


def _silenced(net: pytorch.UNet, test: Samples, seen: np.ndarray) -> dict[str, dict]:
    """The scores with each skip filled with zeros, and with its mean."""
    if net.spec.skip == "none":
        return {}
    means = silence.skip_means(net, seen[::4])
    return {
        f"{level} {how}": score(silence.silenced(net, [level], fill), test)
        for level in range(net.spec.depth)
        for how, fill in (("zeros", None), ("mean", means))
    }


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 5, RESULT).parse_args()
    todo = [(seed, name) for seed in range(asked.seeds) for name in specs()]
    setting = {
        "task": {"size": SIZE, "images": IMAGES, "noise": NOISE, "gaps": GAPS},
        "specs": {name: dataclasses.asdict(spec) for name, spec in specs().items()},
        "parameters": {name: spec.parameters() for name, spec in specs().items()},
    }
    run = partial(measure, epochs=asked.steps)
    seeds.run(run, todo, setting, asked, "benchmarks.skip_kinds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
