"""What BatchNorm does to the start of a training, over learning rates and seeds.

A small copy of the Keras article's network with and without BatchNorm, trained for 120
steps of Adam, the rate falling as a half cosine from the one that is named. A seed sets
the images, their order and the first weights. Held-out loss is taken as the network
would be used, and again with BatchNorm's statistics gathered anew.
`python -m benchmarks.batch_norm` writes batch_norm.json in benchmarks/results; it takes
a few minutes on two cores.
"""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import update_bn

from benchmarks import seeds
from helpers import pytorch, scores, shapes
from helpers.pytorch import loop, losses
from helpers.spec import PETS, UNetSpec

RESULT = Path(__file__).parent / "results" / "batch_norm"
SPEC = PETS.replace(classes=1, widths=(6, 12, 24, 48, 96))
NORMS = {"no norm": None, "BatchNorm": "batch"}
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
TASK = {"ellipses": (2, 4), "others": (1, 3), "kinds": ("triangle",)}
TASK |= {"radius": (0.14, 0.24), "noise": 0.05, "size": 32}
IMAGES, TEST = 300, 100
MOST = 99.0
"""What stands for a loss that is larger, or no number."""


def spec(norm: str) -> UNetSpec:
    """The network with the norm of that name."""
    return SPEC.replace(norm=NORMS[norm])


def measure(job: tuple[int, str, float], steps: int) -> dict:
    """Train with one seed, one norm and one rate; the losses at the end."""
    (seed, norm, rate), start = job, time.process_time()
    train = shapes.make(IMAGES, seed=seed + 1, **TASK)
    test = shapes.make(TEST, seed=9_000, **TASK)
    net = pytorch.build(spec(norm), seed=seed)
    loss = losses.binary_cross_entropy
    how = {"steps": steps, "learning_rate": rate, "seed": seed}
    history = loop.train(net, train, loss, **how)
    row = {"training": bounded(np.mean(history[-10:])), "held_out": held_out(net, test)}
    if net.spec.norm:
        some = torch.from_numpy(train.images[:200] / np.float32(255))
        update_bn(some.permute(0, 3, 1, 2).split(20), net)
    share = float(test.masks.mean())
    constant = -share * np.log(share) - (1 - share) * np.log(1 - share)
    row |= {"anew": held_out(net, test), "constant": float(constant)}
    return row | {"seconds": time.process_time() - start}


def held_out(net: pytorch.UNet, test) -> float:
    """The cross-entropy of all test pixels, in nats."""
    p = pytorch.predict(net, test.images, 50, precision="float32")
    return bounded(scores.cross_entropy(p, test.masks))


def bounded(loss: float) -> float:
    """The loss, or `MOST`."""
    return float(min(np.nan_to_num(loss, nan=MOST, posinf=MOST), MOST))


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 120, RESULT).parse_args()
    todo = [
        (seed, norm, rate)
        for seed in range(asked.seeds)
        for norm in NORMS
        for rate in RATES
    ]
    setting = {
        "rates": RATES,
        "task": TASK,
        "images": IMAGES,
        "test": TEST,
        "momentum": SPEC.norm_momentum,
        "parameters": {f"{n}, {r}": spec(n).parameters() for n in NORMS for r in RATES},
    }
    job = partial(measure, steps=asked.steps)
    seeds.run(job, todo, setting, asked, "benchmarks.batch_norm")
    return 0


if __name__ == "__main__":
    sys.exit(main())
