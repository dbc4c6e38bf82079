"""How far off a prediction is near the edge of a crop, by padding, over five seeds.

One small U-Net that pads with zeros, with a mirror or with the last pixel, and one that
does not pad but gets a mirror around the image. Each predicts the middle of the same
images twice: from the crop alone, and with all surroundings. A seed sets the training's
images, its windows, their order and the first weights. `python -m
benchmarks.edge_padding` writes edge_padding.json in benchmarks/results; it takes about
two minutes on two cores.
"""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy.special import expit

from benchmarks import seeds
from helpers import edges, pytorch, shapes, tiles
from helpers.pytorch.padding import pad_with
from helpers.recipe import SOURCE
from helpers.samples import Samples
from helpers.spec import UNetSpec

RESULT = Path(__file__).parent / "results" / "edge_padding"
TASK = {"ellipses": (10, 16), "others": (8, 12), "kinds": ("triangle",)}
TASK |= {"radius": (0.05, 0.09), "noise": 0.05, "size": 208}
IMAGES, TEST = 60, 24
SAME = UNetSpec(widths=(6, 12, 24))
VALID = SAME.replace(padding="valid")
KINDS = ("zero", "reflect", "replicate", "valid")
RECIPE = SOURCE.replace(
    epochs=2,
    batch_size=8,
    learning_rate=5e-3,
    schedule="one_cycle",
    precision="float32",
)
MIDDLE = slice(72, 136)  # the crop, in rows and in columns, on the pooling grid
RIM = 4
"""So many pixels from the edge, wrong ones are counted."""


def measure(job: tuple[int, str], steps: int) -> dict:
    """Train with one seed and one padding; the crop's errors near its edge.

    profile: mean change of the probability by the cut, at each distance from the
    crop's edge. wrong_alone and wrong_within: shares of the outer `RIM` pixels whose
    class is wrong, from the crop alone and with all surroundings.
    """
    (seed, kind), start = job, time.process_time()
    net = trained(kind, seed, steps)
    test = shapes.make(TEST, seed=99, **TASK)
    images = test.images / 255
    alone = probability(net, images[:, MIDDLE, MIDDLE])
    within = probability(net, images)[:, MIDDLE, MIDDLE]
    true = test.masks[:, MIDDLE, MIDDLE]
    rim = edges.distance(*true.shape[1:]) < RIM
    wrong = [float(((p > 0.5) != true)[:, rim].mean()) for p in (alone, within)]
    return {
        "profile": edges.profile(abs(alone - within)).tolist(),
        "wrong_alone": wrong[0],
        "wrong_within": wrong[1],
        "seconds": time.process_time() - start,
    }


def trained(kind: str, seed: int, steps: int) -> pytorch.UNet:
    """A network of one kind after `steps` batches, in float64."""
    margin = tiles.margin(VALID)
    net = pytorch.build(VALID if kind == "valid" else SAME, seed=seed)
    net = net if kind == "valid" else pad_with(net, kind)
    windows: Samples = edges.windows(
        shapes.make(IMAGES, seed=seed + 1, **TASK),
        size=64,
        count=steps * RECIPE.batch_size // RECIPE.epochs,
        seed=seed,
        around=margin if kind == "valid" else 0,
        room=margin,
    )
    pytorch.fit(net, windows, recipe=RECIPE.replace(seed=seed), verbose=False)
    return net.double().eval()


def probability(net: pytorch.UNet, images: np.ndarray) -> np.ndarray:
    """Of each pixel, images (N, H, W, C) in 0..1 one by one: (N, H, W)."""

    def run(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = torch.from_numpy(batch).permute(0, 3, 1, 2)
            return net(x).permute(0, 2, 3, 1).numpy()

    each = (tiles.predict(run, image, net.spec) for image in images)
    return np.stack([expit(logits[..., 0]) for logits in each])


def main() -> int:
    """Run what the command line asks for; see --help."""
    asked = seeds.parser(__doc__, 100, RESULT).parse_args()
    todo = [(seed, kind) for seed in range(asked.seeds) for kind in KINDS]
    setting = {
        "task": TASK,
        "images": IMAGES,
        "test": TEST,
        "crop": [MIDDLE.start, MIDDLE.stop],
        "rim": RIM,
        "learning_rate": RECIPE.learning_rate,
        "parameters": SAME.parameters(),
    }
    job = partial(measure, steps=asked.steps)
    seeds.run(job, todo, setting, asked, "benchmarks.edge_padding")
    return 0


if __name__ == "__main__":
    sys.exit(main())
