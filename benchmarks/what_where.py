"""What and where, read off every level of an encoder, over five seeds.

A network of four poolings learns to tell ellipses from triangles pixel by pixel: once
without skip connections, once with, and once not at all (its first weights). Linear
probes (`helpers.probe`) then read its features at each level. A seed sets the images,
their order and the first weights. `python -m benchmarks.what_where` writes
what_where.json in benchmarks/results after every seed.
"""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks import seeds
from helpers import kinds, probe, pytorch, record, scores
from helpers.pytorch.features import maps
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "what_where"
NETS = ("without skips", "with skips", "untrained")
FIT_SEED, TEST_SEED, PROBED = 20_000, 10_000, 500


def spec(name: str) -> UNetSpec:
    """The network of that name; the untrained one has no skips."""
    skip = "concat" if name == "with skips" else "none"
    return UNetSpec(1, 3, (8, 16, 32, 64, 128), convs=1, norm="batch", skip=skip)


def probes(net: pytorch.UNet, fit: Samples, test: Samples) -> dict[str, dict]:
    """The accuracies of `probe.read` at each level of the encoder, top first."""
    known, held = maps(net, fit.images), maps(net, test.images)
    levels = [name for name in known if not name.startswith("decoder")]
    masks = fit.masks, test.masks
    return {name: probe.read((known[name], held[name]), masks) for name in levels}


def measure(name: str, images: int, recipe: Recipe) -> dict:
    """Train one network, score it, and probe its levels."""
    began = time.process_time()
    net = pytorch.build(spec(name), seed=recipe.seed)
    fit, test = (kinds.make(PROBED, seed=seed) for seed in (FIT_SEED, TEST_SEED))
    if name == "untrained":
        calibrate(net, fit.images)
    else:
        train = kinds.make(images, seed=recipe.seed + 1)
        pytorch.fit(net, train, recipe=recipe, verbose=False)
    found = pytorch.predict(net, test.images, 64).argmax(-1).astype(np.uint8)
    shared = scores.iou(scores.confusion(test.masks, found, 3))
    return {
        "iou": float(np.mean(shared)),
        "levels": probes(net, fit, test),
        "cpu_seconds": time.process_time() - began,
    }


def calibrate(net: pytorch.UNet, images: np.ndarray) -> None:
    """Let BatchNorm see the images once, so that an untrained network is in range."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the plain mean of all that it sees
    with torch.no_grad():
        net.train()(torch.from_numpy(images / np.float32(255)).movedim(-1, 1))
    net.eval()


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(
        epochs=asked.epochs,
        batch_size=16,
        optimizer="adam",
        learning_rate=5e-3,
        loss="cross_entropy",
        precision="float32",
    )
    options = "seeds", "images", "epochs"
    command = seeds.command("benchmarks.what_where", asked, *options)
    results: dict[str, list[dict]] = {name: [] for name in NETS}
    for seed in range(asked.seeds):
        for name in NETS:
            row = measure(name, asked.images, recipe.replace(seed=seed))
            results[name].append(row)
            print(f"seed {seed}, {name}: iou {row['iou']:.3f}", end="")
            print(f", {row['cpu_seconds']:.1f} s")
            for level, read in row["levels"].items():
                line = ", ".join(f"{key} {value:.3f}" for key, value in read.items())
                print(f"  {level}: {line}", flush=True)
        values = {
            "task": {"images": asked.images, "size": 32, "probed": PROBED},
            "recipe": dataclasses.asdict(recipe),
            "specs": {name: dataclasses.asdict(spec(name)) for name in NETS},
            "seeds": list(range(seed + 1)),
            "runs": results,
        }
        record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
