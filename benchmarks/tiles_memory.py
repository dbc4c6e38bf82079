"""Peak memory of predicting a square image, from 1k to 16k pixels a side.

Every measurement is a process of its own (helpers.memory): from file to file with
dask, with tiles in memory, and the whole image at once; the last two only as far as
`--most` goes. `python -m benchmarks.tiles_memory` writes tiles_memory.json in
benchmarks/results after every measurement.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

from benchmarks import seeds
from helpers import memory, record

RESULT = Path(__file__).parent / "results" / "tiles_memory"
SIDES = (1024, 2048, 4096, 8192, 16384)


def main() -> int:
    """Run what the command line asks for; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES)
    parser.add_argument("--most", type=int, default=4096, help="side held in memory")
    parser.add_argument("--tile", type=int, default=memory.TILE)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    command = seeds.command("benchmarks.tiles_memory", asked, "sides", "most", "tile")
    rows: list[dict] = []
    for side in asked.sides:
        for how in memory.WAYS:
            if how != "blocks" and side > asked.most:
                continue
            rows.append(memory.measure(side, how, asked.tile))
            print(*(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
            values = {
                "spec": dataclasses.asdict(memory.TINY),
                "tile": asked.tile,
                "threads": 2,
                "runs": rows,
            }
            record.save_experiment(asked.out, values, command)
    print(f"written to {asked.out}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
