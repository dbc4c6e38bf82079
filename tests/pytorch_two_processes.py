"""What test_pytorch_processes.py starts twice: train, and write down the scores."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch

from helpers.pytorch import build, evaluate, fit
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec


def samples(count: int, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, 16, 16, 1), np.uint8)
    return Samples(images, (images[..., 0] > 128).astype(np.uint8))


if __name__ == "__main__":
    torch.set_num_threads(1)
    out = Path(sys.argv[1])
    rank = os.environ["RANK"]
    # Seven images: the last batch is short, so some images are seen twice.
    train, held_out = samples(7, 0), samples(5, 1)
    net = build(UNetSpec(1, 2, (4, 8), norm="batch"))
    recipe = Recipe(epochs=2, batch_size=4, ema=0.9, precision="float32")
    history = fit(net, train, held_out, recipe, out=out)
    scores = evaluate(net, held_out, batch_size=2, precision="float32")
    result = {
        "row": history.rows[-1],
        "pixels": int(scores["confusion"].sum()),
        "cross_entropy": scores["cross_entropy"],
        "weights": [w.double().sum().item() for w in net.state_dict().values()],
    }
    (out / f"{rank}.json").write_text(json.dumps(result))
