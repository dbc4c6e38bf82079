"""Boxes: read from the pets' xml files, put around masks, resized, filled.

A box is (top, left, bottom, right) in pixels, ends excluded, so that
`image[top:bottom, left:right]` is what lies in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from helpers.folders import Pair


class Box(NamedTuple):
    """Rows top..bottom - 1 and columns left..right - 1 of an image."""

    top: int
    left: int
    bottom: int
    right: int


def around(mask: np.ndarray) -> Box:
    """The smallest box that holds every nonzero pixel of a mask (H, W).

    Raises ValueError for a mask without any.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2:
        raise ValueError(f"mask has shape {mask.shape}; expected (H, W)")
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("the mask is empty: there is nothing to put a box around")
    return Box(*map(int, (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)))


def read(path: str | Path, shape: tuple[int, int]) -> list[tuple[str, Box]]:
    """The objects of a Pascal VOC xml file: each one's name and its box.

    shape: (height, width) of the image as it is used now; boxes are stretched from
    the size that the file names. VOC counts pixels from 1 and includes the ends. In
    Oxford-IIIT Pet the one object is the head, and its name "cat" or "dog".
    Raises ValueError where the file lacks what a box needs.
    """
    root = ElementTree.parse(path).getroot()

    def number(element: ElementTree.Element, key: str) -> int:
        text = element.findtext(key)
        if text is None:
            raise ValueError(f"{path} has no {key}; expected a Pascal VOC annotation")
        return int(text)

    size = number(root, "size/height"), number(root, "size/width")
    found = []
    for thing in root.iter("object"):
        xmin, ymin, xmax, ymax = (
            number(thing, f"bndbox/{key}") for key in ("xmin", "ymin", "xmax", "ymax")
        )
        box = Box(max(ymin - 1, 0), max(xmin - 1, 0), ymax, xmax)
        found.append((thing.findtext("name", ""), resized(box, size, shape)))
    return found


def resized(box: Box, old: tuple[int, int], new: tuple[int, int]) -> Box:
    """The box after an image of shape `old` was stretched to shape `new`.

    It keeps at least one pixel and stays in the image. Raises ValueError for a box
    that does not lie in the old one.
    """
    top, left, bottom, right = box
    if not (0 <= top < bottom <= old[0] and 0 <= left < right <= old[1]):
        raise ValueError(
            f"box {tuple(box)} (top, left, bottom, right) does not lie in an image of "
            f"{old[0]}x{old[1]} pixels"
        )
    tall, wide = new[0] / old[0], new[1] / old[1]
    top = min(round(top * tall), new[0] - 1)
    left = min(round(left * wide), new[1] - 1)
    bottom = max(round(bottom * tall), top + 1)
    return Box(top, left, bottom, max(round(right * wide), left + 1))


def filled(box: Box, shape: tuple[int, int]) -> np.ndarray:
    """The box as a mask (H, W) uint8: 1 in it, 0 elsewhere."""
    mask = np.zeros(shape, np.uint8)
    mask[box.top : box.bottom, box.left : box.right] = 1
    return mask


def vector(box: Box, label: int) -> np.ndarray:
    """What a detector answers for one object: x, y, height, width, class (5,).

    x and y are those of the top left corner.
    """
    tall, wide = box.bottom - box.top, box.right - box.left
    return np.array([box.left, box.top, tall, wide, label])


def heads(pair: Pair, shape: tuple[int, int]) -> list[tuple[str, Box]]:
    """Species and head box of a pet's picture, as `read` gives them.

    pair: from `pets.files`. shape: (height, width) of the picture as it is used now.
    Empty where the data set has no xml file for it (it has some for half of them).
    """
    path = pair.mask.parents[1] / "xmls" / f"{pair.name}.xml"
    return read(path, shape) if path.is_file() else []
