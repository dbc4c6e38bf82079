"""What a prediction of a large image needs in memory, in a process of its own.

`python -m helpers.memory 4096 blocks` prints one measurement as JSON. A fresh process
for each, because the peak of a process never falls again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from helpers import outofcore, programs, tiles
from helpers.spec import UNetSpec

TINY = UNetSpec(in_channels=1, classes=1, widths=(2, 4), convs=1, padding="valid")
"""A valid U-Net of one pooling: enough to need a border, and quick at 16k x 16k."""

TILE = 522
"""Input side of a tile of `TINY`: 514 pixels come out, and the grid is 2."""

WAYS = ("blocks", "tiles", "whole")


def measure(side: int, how: str, tile: int = TILE) -> dict:
    """Predict an image of side x side pixels in a fresh process; see `main`.

    how: "blocks" from file to file with dask, "tiles" in memory, "whole" at once.
    Returns side, how, peak_mb, base_mb (the process before it saw the image),
    seconds and foreground (the share of the mask that is 1). Raises RuntimeError
    with what the process said where it fails.
    """
    if how not in WAYS:
        raise ValueError(f"how {how!r} is not known; choose from {WAYS}")
    return alone("helpers.memory", str(side), how, "--tile", str(tile))


def alone(module: str, *arguments: str) -> dict:
    """Run a module of this repository in a fresh process; what it prints as JSON.

    Raises RuntimeError with what the process said where it fails.
    """
    here = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    said = programs.run([sys.executable, "-m", module, *arguments], PYTHONPATH=path)
    return json.loads(said.splitlines()[-1])


def peak_mb() -> float:
    """The most memory that this process has had resident so far, in MB (1e6 bytes)."""
    try:
        # Not getrusage: there a process starts with the peak of the one it came from.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:  # not Linux
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def draw(path: Path, side: int) -> None:
    """Write a gray image of noise and waves, (side, side, 1) uint8, band by band."""
    file = np.lib.format.open_memmap(path, "w+", np.uint8, (side, side, 1))
    del file
    x = np.arange(side, dtype=np.float32)
    for top in range(0, side, 256):
        y = np.arange(top, min(top + 256, side), dtype=np.float32)[:, None]
        rng = np.random.default_rng((0, top))
        noise = rng.integers(0, 64, (len(y), side), dtype=np.uint8)
        band = (96 + 95 * np.sin(x / 37) * np.sin(y / 23)).astype(np.uint8) + noise
        file = np.lib.format.open_memmap(path, "r+")
        file[top : top + 256, :, 0] = band
        del file


def runner() -> tiles.Run:
    """`TINY` in PyTorch, from gray tiles in 0..255 to masks (N, h, w, 1) uint8."""
    import torch

    from helpers import pytorch

    torch.set_num_threads(1)
    net = pytorch.build(TINY, seed=4).eval()

    def run(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = torch.from_numpy(batch).permute(0, 3, 1, 2).float().div_(255)
            return (net(x) > 0).byte().permute(0, 2, 3, 1).numpy()

    return run


def main(arguments: list[str] | None = None) -> int:
    """Measure in this process what the command line asks for, and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", type=int)
    parser.add_argument("how", choices=WAYS)
    parser.add_argument("--tile", type=int, default=TILE)
    asked = parser.parse_args(arguments)
    import dask
    import dask.array  # It belongs to the base, not to the image.

    run = runner()
    run(np.zeros((1, asked.tile, asked.tile, 1), np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "image.npy"), Path(folder, "mask.npy")
        draw(source, asked.side)
        base, start = peak_mb(), time.perf_counter()
        if asked.how == "blocks":
            image = outofcore.from_npy(source, TINY.output_size(asked.tile) // 2 * 2)
            mask = outofcore.lazily(run, image, TINY, asked.tile, dtype=np.uint8)
            with dask.config.set(scheduler="threads", num_workers=2):
                outofcore.to_npy(mask, target)
        else:
            tile = asked.tile if asked.how == "tiles" else None
            mask = tiles.predict(run, np.load(source), TINY, tile)
            np.save(target, mask)
        seconds, peak = time.perf_counter() - start, peak_mb()
        rows = np.load(target, mmap_mode="r")
        found = sum(
            int(rows[top : top + 256].sum()) for top in range(0, len(rows), 256)
        )
    result = {
        "side": asked.side,
        "how": asked.how,
        "peak_mb": round(peak, 1),
        "base_mb": round(base, 1),
        "seconds": round(seconds, 2),
        "foreground": found / asked.side**2,
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
