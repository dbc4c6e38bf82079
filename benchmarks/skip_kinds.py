"""No skips, skips that add and skips that concatenate, over five seeds.

The network of "Understanding U-Net" with each kind of skip as it comes, and with all
kinds at the parameters of the concatenating one. Half of the images are scenes of
ellipses and triangles, half are pairs of ellipses with a narrow gap. A seed sets the
images, their order and the first weights. `python -m benchmarks.skip_kinds` writes
skip_kinds.json in benchmarks/results.
"""

import dataclasses
import sys
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from benchmarks.ellipses_skips import TASK, predicted
from helpers import gaps, pytorch, scores, shapes
from helpers.pytorch import gradients, silence
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import ELLIPSES, UNetSpec

RESULT = Path(__file__).parent / "results" / "skip_kinds"
SIZE, IMAGES, BATCH = 48, 1200, 8
GAPS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""Pixels between the two ellipses of a pair."""
PROBE = 32
"""Images, never trained on, on which gradients are taken."""


def specs() -> dict[str, UNetSpec]:
    """The five networks by name."""
    kinds = {kind: ELLIPSES.replace(skip=kind) for kind in ("none", "add", "concat")}
    full = ELLIPSES.parameters()
    equal = {f"{k}, equal": kinds[k].with_parameters(full) for k in ("none", "add")}
    return kinds | equal


def pairs(count: int, gap: float, seed: int) -> Samples:
    """Pairs of ellipses at that gap."""
    return shapes.joined(count, SIZE, seed=seed, gap=gap, noise=TASK["noise"])[0]


def images(count: int, seed: int) -> Samples:
    """Half scenes, half pairs of every gap, as many of each."""
    half = count // 2
    parts = [shapes.make(half, SIZE, seed=seed, **TASK)]
    parts += [pairs(half // len(GAPS), gap, seed + k) for k, gap in enumerate(GAPS)]
    return Samples(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.masks for part in parts]),
    )


def measure(job: tuple[int, str], epochs: int) -> dict:
    """Train the network of one (seed, name); score it on images no training saw."""
    seed, name = job
    net = pytorch.build(specs()[name], seed=seed)
    probe = shapes.make(PROBE, SIZE, seed=30_000, **TASK)
    test = shapes.make(200, SIZE, seed=10_000, **TASK)
    first, losses = [_first(net, probe)], []

    def watch(now: pytorch.UNet, _history: object) -> None:
        first.append(_first(now, probe))
        losses.append(pytorch.evaluate(now, test, 32)["cross_entropy"])

    recipe = Recipe(
        epochs=epochs,
        batch_size=BATCH,
        optimizer="adam",
        learning_rate=5e-3,
        loss="cross_entropy",
        seed=seed,
    )
    train = images(IMAGES, 1000 * (seed + 1))
    history = pytorch.fit(net, train, recipe=recipe, verbose=False, on_epoch=watch)
    apart = {}
    for k, gap in enumerate(GAPS):
        near = pairs(60, gap, 20_000 + k)
        kept = gaps.kept_apart(near.masks, predicted(net, near.images))
        apart[str(gap)] = float(np.nanmean(kept))
    row = _scores(net, test) | {"apart": apart, "first_layer": first}
    row |= {"test_losses": losses, "train_losses": history["loss"]}
    return row | {"silenced": _silenced(net, test, train.images)}


def _first(net: pytorch.UNet, probe: Samples) -> float:
    return gradients.norms(net, probe.images, probe.masks)[gradients.FIRST]


def _scores(net: pytorch.UNet, test: Samples) -> dict[str, float]:
    found = predicted(net, test.images)
    return {
        "iou": float(scores.iou(scores.confusion(test.masks, found, 1))[1]),
        "boundary_iou": float(scores.boundary_iou(test.masks, found, 1)[1]),
    }


def _silenced(net: pytorch.UNet, test: Samples, seen: np.ndarray) -> dict[str, dict]:
    """The scores with each skip filled with zeros, and with its mean."""
    if net.spec.skip == "none":
        return {}
    means = silence.skip_means(net, seen[::6])
    return {
        f"{level} {how}": _scores(silence.silenced(net, [level], fill), test)
        for level in range(net.spec.depth)
        for how, fill in (("zeros", None), ("mean", means))
    }


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 5, RESULT).parse_args()
    todo = [(seed, name) for seed in range(asked.seeds) for name in specs()]
    setting = {
        "task": TASK | {"size": SIZE, "images": IMAGES, "gaps": GAPS, "batch": BATCH},
        "specs": {name: dataclasses.asdict(spec) for name, spec in specs().items()},
        "parameters": {name: spec.parameters() for name, spec in specs().items()},
    }
    run = partial(measure, epochs=asked.steps)
    seeds.run(run, todo, setting, asked, "benchmarks.skip_kinds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
