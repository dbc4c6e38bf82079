"""What comes back of thin lines through 1 to 5 poolings, over five seeds.

Encoder-decoders without skip connections give an image of thin lines back. Depth by
depth: with channels that double at every pooling and, for 1, 3 and 5 poolings, with 8
throughout; at the greatest depth also with skips, where nothing has to pass the
bottom. A seed sets the images, their order and the first weights. `python -m
benchmarks.line_poolings` writes line_poolings.json in benchmarks/results after every
seed; `--epochs 16 --only "doubling 3" "doubling 5" --out
benchmarks/results/line_poolings_long` trains two of the networks four times as long.
"""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks import seeds
from helpers import lines, pytorch, record, scores
from helpers.recipe import Recipe
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "line_poolings"
DEPTHS = (1, 2, 3, 4, 5)
LINE_WIDTHS = (1, 2, 3)
TEST_SEED = 10_000


def specs() -> dict[str, UNetSpec]:
    """The networks by name: how their channels go, then how many poolings."""
    named = {f"doubling {d}": lines.network(d) for d in DEPTHS}
    constant = {d: lines.network(d, doubling=False) for d in DEPTHS[::2]}
    named |= {f"constant {d}": spec for d, spec in constant.items()}
    deepest = DEPTHS[-1]
    named[f"skips {deepest}"] = lines.network(deepest, skip="concat")
    return named


def tests(size: int) -> dict[str, np.ndarray]:
    """Masks that no training sees: 200 of all widths, and 200 of each."""
    sets = {"all": (1, 3)} | {str(w): (w, w) for w in LINE_WIDTHS}
    return {
        name: lines.make(200, size, seed=TEST_SEED, width=width, lines=(1, 3)).masks
        for name, width in sets.items()
    }


def measure(spec: UNetSpec, images: int, size: int, recipe: Recipe) -> dict:
    """Train one network; pooled IoU for lines of all widths and of each."""
    began = time.process_time()
    train = lines.make(images, size, seed=recipe.seed + 1, lines=(1, 3))
    net = pytorch.build(spec, seed=recipe.seed)
    history = pytorch.fit(net, train, recipe=recipe, verbose=False)
    row = {"loss": history["loss"][-1]}
    for name, masks in tests(size).items():
        found = pytorch.predict(net, 255 * masks[..., None], 64)[..., 0] > 0.5
        matrix = scores.confusion(masks, found.astype(np.uint8), 1)
        row[f"iou {name}"] = float(scores.iou(matrix)[1])
    return row | {"cpu_seconds": time.process_time() - began}


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--only", nargs="+", choices=list(specs()), metavar="NAME")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(
        epochs=asked.epochs,
        batch_size=16,
        optimizer="adam",
        learning_rate=5e-3,
        precision="float32",
    )
    options = "seeds", "images", "epochs", "size", *(["only"] if asked.only else [])
    command = seeds.command("benchmarks.line_poolings", asked, *options)
    results: dict[str, list[dict]] = {name: [] for name in asked.only or specs()}
    for seed in range(asked.seeds):
        for name in results:
            row = measure(
                specs()[name], asked.images, asked.size, recipe.replace(seed=seed)
            )
            results[name].append(row)
            line = ", ".join(f"{key} {value:.3f}" for key, value in row.items())
            print(f"seed {seed}, {name}: {line}", flush=True)
        record.save_experiment(asked.out, _values(results, recipe, asked), command)
    print(f"written to {asked.out}.json")
    return 0


def _values(results: dict, recipe: Recipe, asked: argparse.Namespace) -> dict:
    """What the file holds: every run, and what is known without a network."""
    masks = tests(asked.size)["all"]
    return {
        "task": {"size": asked.size, "images": asked.images, "widths": LINE_WIDTHS},
        "recipe": dataclasses.asdict(recipe),
        "specs": {name: dataclasses.asdict(specs()[name]) for name in results},
        "parameters": {name: specs()[name].parameters() for name in results},
        "seeds": list(range(len(next(iter(results.values()))))),
        "runs": results,
        "ceiling": {d: lines.ceiling(masks, 2**d) for d in DEPTHS},
    }


if __name__ == "__main__":
    sys.exit(main())
