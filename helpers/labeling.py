"""A mask for every picture of a folder, at the picture's own size."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers import folders
from helpers.files import write_atomically
from helpers.pictures import Damaged, read_image
from helpers.spec import UNetSpec

WORKERS = 4  # a picture of 12 megapixels takes some 150 MB of probabilities


@dataclass(frozen=True)
class Labeler:
    """A trained network that labels pictures of any size.

    predict: images (N, H, W, C) uint8 -> probabilities (N, H', W', classes), or
    (N, H', W', 1) for a binary network. size: the side in pixels that it was trained
    at, to which pictures are stretched, as in training. class_names: by index.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    spec: UNetSpec
    size: int
    class_names: tuple[str, ...] = ()

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """For images (N, size, size, C) uint8, float32 (N, size, size, classes).

        A network that takes no such size, or returns less than it is given (valid
        padding), is given a mirrored frame around the image.
        """
        side = self.size
        while not self._covers(side):
            side += 1
        before = (side - self.size) // 2
        frame = (before, side - self.size - before)
        images = np.pad(images, ((0, 0), frame, frame, (0, 0)), mode="reflect")
        found = self.predict(images)
        cut = before - (side - found.shape[1]) // 2
        return found[:, cut : cut + self.size, cut : cut + self.size]

    def _covers(self, side: int) -> bool:
        try:
            return self.spec.output_size(side) >= self.size
        except ValueError:
            return False


def label_pictures(
    paths: Sequence[Path],
    out: Path,
    labeler: Labeler,
    *,
    batch_size: int = 8,
    overlay: bool = False,
    color: bool = False,
) -> tuple[int, list[Path]]:
    """Write `out/<stem>.png` for every picture: class indices, 8 bits a pixel.

    overlay: also `out/overlay/<stem>.png`, the picture tinted with its mask. color:
    also `out/color/<stem>.png`, the mask with a palette. Files there are replaced,
    each whole or not at all. Returns how many were written, and the damaged pictures
    that were passed over, each named in a line.

    Raises OSError where a mask cannot be written.
    """
    skipped, written = [], 0
    write = partial(_write, out=out, labeler=labeler, overlay=overlay, color=color)
    bar = tqdm(total=len(paths), desc="Labeling", unit="image")
    with bar, ThreadPoolExecutor(WORKERS) as pool:
        for chunk in _chunks(paths, batch_size):
            read = list(pool.map(partial(_read, labeler=labeler), chunk))
            for path, image in zip(chunk, read):
                if isinstance(image, Damaged):
                    skipped.append(path)
                    tqdm.write(f"skipped a damaged picture: {image}")
            good = [(p, r) for p, r in zip(chunk, read) if not isinstance(r, Damaged)]
            if good:
                found = labeler.probabilities(np.stack([image for _, image in good]))
                list(pool.map(write, [path for path, _ in good], found))
            written += len(good)
            bar.update(len(chunk))
    return written, skipped


def pictures(source: Path) -> list[Path]:
    """The picture files of a folder, sorted, or the one file that `source` is.

    Raises FileNotFoundError, or ValueError where two would share a mask's name.
    """
    if source.is_file():
        return [source]
    if not source.exists():
        raise FileNotFoundError(f"there is no file or folder {source}; check the path")
    return list(folders.pictures(source).values())


def class_names(labeler: Labeler) -> tuple[str, ...]:
    """The names of the classes, made up where the weights carry none."""
    count = max(2, labeler.spec.classes)
    if len(labeler.class_names) == count:
        return labeler.class_names
    return tuple(f"class {k}" for k in range(count))


def to_mask(probabilities: np.ndarray, height: int, width: int) -> np.ndarray:
    """The likeliest class of each pixel of a larger or smaller picture.

    probabilities: (H, W, classes), or (H, W, 1) of class 1. They are resized, not
    the classes, so outlines come out smooth. Returns (height, width) uint8.
    """
    resized = cv2.resize(
        np.ascontiguousarray(probabilities, np.float32),
        (width, height),
        interpolation=cv2.INTER_LINEAR,
    ).reshape(height, width, -1)
    if resized.shape[-1] == 1:
        return (resized[..., 0] > 0.5).astype(np.uint8)
    return resized.argmax(-1).astype(np.uint8)


def _read(path: Path, labeler: Labeler) -> np.ndarray | Damaged:
    try:
        image = read_image(path, labeler.size)
    except Damaged as error:
        return error
    if labeler.spec.in_channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    return image


def _write(
    path: Path,
    probabilities: np.ndarray,
    *,
    out: Path,
    labeler: Labeler,
    overlay: bool,
    color: bool,
) -> None:
    with Image.open(path) as picture:
        width, height = picture.size
    mask = to_mask(probabilities, height, width)
    name = f"{path.stem}.png"
    names = class_names(labeler)
    if overlay:
        from helpers.figures import blend

        tinted = np.rint(255 * blend(read_image(path), mask, names))
        _save(Image.fromarray(tinted.astype(np.uint8)), out / "overlay" / name)
    if color:
        from helpers.style import class_colors

        image = Image.frombytes("P", (width, height), mask.tobytes())
        palette = np.rint(255 * class_colors(names)).astype(np.uint8)
        image.putpalette(palette.tobytes())
        _save(image, out / "color" / name)
    # The mask last: where it is, all that belongs to it is.
    _save(Image.fromarray(mask), out / name)


def _save(image: Image.Image, path: Path) -> None:
    data = BytesIO()
    image.save(data, "PNG")
    write_atomically(path, data.getvalue())


def _chunks(paths: Sequence[Path], length: int) -> Iterator[Sequence[Path]]:
    for first in range(0, len(paths), length):
        yield paths[first : first + length]
