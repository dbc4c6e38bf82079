"""The family at equal parameters and at equal multiply-adds, over five seeds.

Seven architectures on two tasks. The plain U-Net is as large as a LadderNet, whose
number of filters cannot be tuned finely; every other member is made to match it, once
in parameters and once in multiply-adds. LadderNet has no BatchNorm, so there is a
plain U-Net without, too; and as recurrent blocks share their BatchNorm, there is a
network of them unrolled, which does not. On ellipses a seed sets the images, their
order and the first weights; on pets the order and the first weights, the photographs
and their split being the same. `python -m benchmarks.family` writes family.json in
benchmarks/results after every seed. The trainings are short.
"""

import dataclasses
import sys
from functools import cache, partial
from pathlib import Path

import numpy as np

from benchmarks import seeds
from benchmarks.ellipses_skips import TASK
from helpers import attention, matching, pets, pytorch, scores, shapes
from helpers.family import FAMILY
from helpers.laddernet import LadderSpec
from helpers.pytorch import flatgates, gates, laddernet, statistics
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "family"
SIZES = {"ellipses": 32, "pets": 48}
CLASSES = {"ellipses": 1, "pets": 3}
BATCH = 8
EPOCHS = {"ellipses": 1, "pets": 3}
CLOSE = 0.02
"""A network whose costs both differ by less than this share serves for both."""
PHOTOGRAPHS = 400
"""At most so many, a fifth of them held out."""
DATA = (
    "ellipses: drawn, each image seen once; pets: at most "
    f"{PHOTOGRAPHS} of the images at hand where this ran, while Oxford-IIIT Pet has "
    "7,390 photographs of 37 breeds. The command takes the photographs that "
    f"{pets.VARIABLE} names or that python -m helpers download has put into the cache; "
    "without either it trains on drawn stand-ins"
)
LADDER = LadderSpec(in_channels=3, classes=1, filters=6, levels=3)
WIDTHS = (8, 16, 32, 64)
RECIPE = Recipe(
    batch_size=BATCH,
    optimizer="adam",
    learning_rate=3e-3,
    loss="cross_entropy",
    clip=1.0,
    precision="float32",
)


def trainable(spec: UNetSpec | LadderSpec) -> int:
    """Parameters that training changes."""
    return spec.parameters(trainable_only=True)


def multiply_adds(spec: UNetSpec | LadderSpec) -> int:
    """Multiply-adds for an image of 64x64 pixels; others are in proportion."""
    return spec.multiply_adds(64, 64)


COSTS = {"parameters": trainable, "multiply-adds": multiply_adds}


@cache
def specs(task: str) -> dict[str, UNetSpec | LadderSpec]:
    """The networks of a task by name."""
    ladder = LADDER.replace(classes=CLASSES[task])
    members = {
        name: spec.replace(widths=WIDTHS, classes=CLASSES[task])
        for name, spec in FAMILY.items()
    }
    plain = matching.nearest(members.pop("plain"), trainable(ladder), trainable)
    bare = matching.nearest(plain.replace(norm=None), trainable(ladder), trainable)
    found = {"plain": plain, "plain, no BatchNorm": bare, "LadderNet": ladder}
    for name, spec in members.items():
        fair = [matching.nearest(spec, cost(plain), cost) for cost in COSTS.values()]
        off = [abs(cost(fair[0]) / cost(plain) - 1) for cost in COSTS.values()]
        if max(off) < CLOSE:
            fair[1] = fair[0]
        found |= {f"{name}, {what}": each for what, each in zip(COSTS, fair)}
    unrolled = members["recurrent"].replace(sharing="unrolled")
    found["unrolled, multiply-adds"] = matching.nearest(
        unrolled, multiply_adds(plain), multiply_adds
    )
    return found


def twins(named: dict[str, UNetSpec | LadderSpec]) -> dict[str, str]:
    """The names whose network an earlier name has already, with that name."""
    names = list(named)
    first = {name: names[list(named.values()).index(named[name])] for name in names}
    return {name: other for name, other in first.items() if name != other}


def data(task: str, seed: int, steps: int) -> tuple[Samples, Samples]:
    """Samples to train on, for ellipses as many as the steps take; and to score."""
    if task == "ellipses":
        train = shapes.make(BATCH * steps, SIZES[task], seed=seed + 1, **TASK)
        return train, shapes.make(300, SIZES[task], seed=10_000, **TASK)
    every = pets.load("all", size=SIZES[task], limit=PHOTOGRAPHS, seed=0)
    return every.split(0.2, seed=0)


def build(spec: UNetSpec | LadderSpec, seed: int):
    """The network in PyTorch."""
    return (pytorch if isinstance(spec, UNetSpec) else laddernet).build(spec, seed)


def measure(job: tuple[int, str, str], steps: int) -> dict:
    """Train the network of one (seed, task, name); score it on held-out images."""
    seed, task, name = job
    train, test = data(task, seed, steps)
    net = build(specs(task)[name], seed)
    recipe = RECIPE.replace(seed=seed, epochs=EPOCHS[task])
    history = pytorch.fit(net, train, recipe=recipe, verbose=False)
    row = score(net, test) | {
        "loss": history["loss"][-1],
        "seconds": history["seconds"][-1],
    }
    if getattr(net.spec, "norm", None):
        row["by_batch"] = score(statistics.by_batch(net), test)["iou"]
    if hasattr(net, "gate"):
        maps = gates.attention_maps(net, test.images)
        row["gates"] = attention.by_region(maps, where(task, test.masks))
        row["flat"] = score(flatgates.flattened(net, maps), test)
    return row


def score(net, test: Samples) -> dict:
    """IoU of the ellipses or mean IoU of the pets' classes; and at outlines."""
    found = pytorch.predict(net, test.images, 32, precision="float32")
    one = found.shape[-1] == 1
    masks = (found[..., 0] > 0.5 if one else found.argmax(-1)).astype(np.uint8)
    part = slice(1, None) if one else slice(None)
    pooled = scores.iou(scores.confusion(test.masks, masks, found.shape[-1]))
    bands = scores.boundary_iou(test.masks, masks, found.shape[-1])
    return {
        "iou": float(pooled[part].mean()),
        "boundary_iou": float(bands[part].mean()),
        "cross_entropy": scores.cross_entropy(found, test.masks),
    }


def where(task: str, masks: np.ndarray) -> dict[str, np.ndarray]:
    """Regions to average gates in: of the ellipses, or the pets' three classes."""
    if task == "ellipses":
        return attention.regions(masks)
    return {name: masks == k for k, name in enumerate(pets.CLASSES)}


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 200, RESULT).parse_args()
    found = {task: specs(task) for task in SIZES}
    same = {task: twins(named) for task, named in found.items()}
    todo = [
        (seed, task, name)
        for seed in range(asked.seeds)
        for task, named in found.items()
        for name in named
        if name not in same[task]
    ]
    train, test = data("pets", 0, asked.steps)
    there = [pair.name for pair in pets.files("all")]
    setting = {
        "data": DATA,
        "sizes": SIZES,
        "ellipses": TASK,
        "pets": {
            "source": train.source,
            "at_hand": len(there),
            "breeds": len({name.rpartition("_")[0] for name in there}),
            "train": len(train),
            "test": len(test),
        },
        "epochs": EPOCHS,
        "recipe": dataclasses.asdict(RECIPE),
        "same": same,
        "specs": {
            task: {name: dataclasses.asdict(spec) for name, spec in named.items()}
            for task, named in found.items()
        },
        "costs": {
            task: {
                name: {what: cost(spec) for what, cost in COSTS.items()}
                for name, spec in named.items()
            }
            for task, named in found.items()
        },
    }
    run = partial(measure, steps=asked.steps)
    seeds.run(run, todo, setting, asked, "benchmarks.family")
    return 0


if __name__ == "__main__":
    sys.exit(main())
