"""Stand-ins for the pet photographs: drawn cats and dogs in the official layout.

They let the book be built where no photographs are at hand. Nothing in them comes
from a photograph, so they may be shown and passed on freely.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers.arrays import VARIABLE, cache_dir
from helpers.standins.drawings import BREEDS, draw_one

MARKER = "STAND-INS.txt"  # a folder that holds it holds drawings, not photographs
_VERSION = 2  # raise when the drawings change
_BYTES = 28_000  # on disk, per drawing
_XML = """<annotation><folder>OXIIIT</folder><filename>{name}.jpg</filename>\
<source><database>stand-ins</database></source><size><width>{width}</width>\
<height>{height}</height><depth>3</depth></size><segmented>0</segmented><object>\
<name>{species}</name><pose>Frontal</pose><truncated>0</truncated><occluded>0\
</occluded><bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin><xmax>{box[2]}</xmax>\
<ymax>{box[3]}</ymax></bndbox><difficult>0</difficult></object></annotation>
"""


def draw(
    root: str | Path | None = None,
    count: int = 240,
    seed: int = 0,
    workers: int | None = None,
) -> Path:
    """Draw the stand-ins once; later calls return the same folder.

    The layout is that of Oxford-IIIT Pet: `images/*.jpg`, `annotations/trimaps/*.png`
    (1 pet, 2 background, 3 border), `annotations/xmls/*.xml` (the box of the head),
    `annotations/list.txt`, `trainval.txt` and `test.txt`. Names of cats start with a
    capital letter, names of dogs do not.

    Args:
        root: the folder to make; by default one in the cache.
        count: how many pictures, shared out evenly among three breeds.
        seed: the same seed draws the same pictures.
        workers: threads; as many as there are cores by default.

    Returns:
        The folder.

    Raises:
        ValueError: fewer than six pictures, too few for two lists of three breeds.
        FileExistsError: `root` holds something else.
        OSError: the folder cannot be written.
    """
    if count < 2 * len(BREEDS):
        raise ValueError(
            f"count {count} is too small; expected {2 * len(BREEDS)} or more"
        )
    made_from = f"version {_VERSION}, count {count}, seed {seed}\n"
    if root is None:
        root = cache_dir() / "stand-ins" / f"v{_VERSION}-{count}-{seed}"
    root = Path(root)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        marker = root / MARKER
        if marker.is_file() and marker.read_text().endswith(made_from):
            return root
        raise FileExistsError(f"{root} holds something else; name a new folder")
    unfinished = None
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(".partial", root.name, root.parent))
        _draw_all(unfinished, count, seed, workers)
        (unfinished / MARKER).write_text(
            "Drawings that stand in for the photographs of Oxford-IIIT Pet.\n"
            + made_from
        )
        os.chmod(unfinished, 0o755)  # mkdtemp's folder is for its owner alone
        try:
            os.replace(unfinished, root)
        except OSError:
            if not (root / MARKER).is_file():  # else another run was first
                raise
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write the stand-ins to {root.parent} ({error.strerror}); they "
            f"need {count * _BYTES / 1e6:.1f} MB: make room, or set {VARIABLE} to a "
            "folder that can be written",
        ) from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
    return root


def _draw_all(root: Path, count: int, seed: int, workers: int | None) -> None:
    for part in ("images", "annotations/trimaps", "annotations/xmls"):
        (root / part).mkdir(parents=True)
    breeds = list(BREEDS)
    jobs = [(breeds[i % len(breeds)], i // len(breeds) + 1) for i in range(count)]
    one = partial(_draw_and_save, root, seed)
    pool = ThreadPoolExecutor(workers)
    try:
        progress = tqdm(
            pool.map(one, jobs),
            "Drawing stand-ins",
            count,
            unit="image",
            delay=2,
            file=sys.stderr,
        )
        list(progress)
    finally:
        pool.shutdown(cancel_futures=True)
    _write_lists(root / "annotations", jobs, seed)


def _draw_and_save(root: Path, seed: int, job: tuple[str, int]) -> None:
    breed, number = job
    name = f"{breed}_{number}"
    rng = np.random.default_rng([seed, list(BREEDS).index(breed), number])
    image, trimap, box = draw_one(breed, rng)
    quality = int(rng.integers(72, 93))
    Image.fromarray(image).save(root / "images" / f"{name}.jpg", quality=quality)
    Image.fromarray(trimap).save(root / "annotations" / "trimaps" / f"{name}.png")
    height, width = trimap.shape
    text = _XML.format(
        name=name, width=width, height=height, box=box, species=BREEDS[breed]
    )
    (root / "annotations" / "xmls" / f"{name}.xml").write_text(text)


def _write_lists(folder: Path, jobs: list[tuple[str, int]], seed: int) -> None:
    """Columns: name, class (1..), species (1 cat, 2 dog), breed within the species."""
    rng = np.random.default_rng([seed, len(jobs)])
    within = {"cat": 0, "dog": 0}
    lists: dict[str, list[str]] = {"trainval": [], "test": []}
    everything = []
    for class_id, breed in enumerate(sorted(BREEDS, key=str.lower), start=1):
        species = BREEDS[breed]
        within[species] += 1
        ids = f"{class_id} {1 + (species == 'dog')} {within[species]}"
        lines = [f"{b}_{number} {ids}" for b, number in jobs if b == breed]
        everything += lines
        order = rng.permutation(len(lines))
        half = len(lines) // 2
        lists["trainval"] += [lines[i] for i in sorted(order[half:])]
        lists["test"] += [lines[i] for i in sorted(order[:half])]
    header = ["#Image CLASS-ID SPECIES BREED ID", "#SPECIES: 1:Cat 2:Dog"]
    (folder / "list.txt").write_text("\n".join(header + everything) + "\n")
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
