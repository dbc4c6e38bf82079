"""The ellipse task: pictures of many shapes, of which only ellipses count."""

from __future__ import annotations

import math

import numpy as np

from helpers.canvas import Canvas, edges, ellipse, offsets, polygons
from helpers.samples import Samples

KINDS = ("triangle", "rectangle", "star")
CLASS_NAMES = ("other", "ellipse")
TRIES = 8  # random positions tried before all of them are looked at


def make(
    count: int,
    size: int = 64,
    *,
    seed: int = 0,
    ellipses: tuple[int, int] = (2, 8),
    others: tuple[int, int] = (2, 8),
    kinds: tuple[str, ...] = KINDS,
    radius: tuple[float, float] = (0.07, 0.17),
    overlap: float = 0.3,
    noise: float = 0.1,
    color: bool = True,
) -> Samples:
    """Draw `count` seeded images with the masks of their ellipses.

    Images are (count, size, size, 3) uint8, masks (count, size, size) uint8: 1 on
    the visible part of an ellipse and 0 elsewhere. Shapes are painted one over the
    other in random order, so whatever is painted later hides what lies below. Image
    `i` depends on `seed` and `i` alone, never on `count`.

    ellipses, others: least and most shapes per image, ends included.
    kinds: what the other shapes may be, out of `KINDS`.
    radius: least and greatest half length of a shape, as a share of `size`.
    overlap: 0..1, the greatest share of a new shape that may lie on earlier ones
        or on the pixels next to them. 0: no two shapes touch. 1: placed freely. A
        shape for which no room is left is left out.
    noise: 0..1, standard deviation of Gaussian noise as a share of the full range.
    color: False draws in gray (three equal channels).

    Raises ValueError for arguments outside these ranges.

    Source: the task of "Understanding U-Net" (M. Tran), whose own images are 224
    pixels wide, hold 2 to 8 ellipses, and know triangles only (`kinds=("triangle",)`).
    """
    _check(count, size, seed, ellipses, others, kinds, radius, overlap, noise)
    images = np.empty((count, size, size, 3), np.uint8)
    masks = np.empty((count, size, size), np.uint8)
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        many = int(rng.integers(ellipses[0], ellipses[1] + 1))
        more = int(rng.integers(others[0], others[1] + 1))
        names = ["ellipse"] * many + [
            kinds[k] for k in rng.integers(len(kinds), size=more).tolist()
        ]
        names = [names[k] for k in rng.permutation(many + more).tolist()]
        canvas = Canvas(size, rng, many + more, color)
        draws = rng.random((many + more, 8)).tolist()
        for k, (name, u) in enumerate(zip(names, draws), start=1):
            _place(canvas, k, name, u, radius, overlap, rng)
        images[i], masks[i] = canvas.finish(noise, rng)
    return _samples(images, masks, "shapes")


def joined(
    count: int,
    size: int = 64,
    *,
    seed: int = 0,
    gap: float = 1.0,
    noise: float = 0.1,
    color: bool = True,
) -> tuple[Samples, np.ndarray]:
    """Draw pairs of ellipses that meet, and say where.

    gap: pixels between the two outlines on the line through both centers; below 0
    they overlap. Both ellipses of an image have one color: only their outlines tell
    them apart. Returns the samples and `boxes`, (count, 4) int: top, left, bottom,
    right of a square of a third of `size` around each join.

    Raises ValueError for a gap that leaves no room or covers an ellipse.
    """
    if not -0.1 * size <= gap <= 0.1 * size:
        raise ValueError(
            f"gap {gap} is out of range for size {size}; choose it between "
            f"{-0.1 * size:g} and {0.1 * size:g} pixels"
        )
    _check(count, size, seed, (2, 2), (0, 0), KINDS, (0.1, 0.2), 1.0, noise)
    images = np.empty((count, size, size, 3), np.uint8)
    masks = np.empty((count, size, size), np.uint8)
    boxes = np.empty((count, 4), np.int64)
    side = size // 3
    axis = np.arange(size, dtype=np.float32)
    for i in range(count):
        rng = np.random.default_rng((seed, i, 1))
        canvas = Canvas(size, rng, 1, color)
        line, *u = rng.random(7).tolist()
        line *= 2 * math.pi
        dy, dx = math.sin(line), math.cos(line)
        pair = []
        for a, b, turn in (u[:3], u[3:]):
            a = (0.13 + 0.05 * a) * size
            b = (0.5 + 0.4 * b) * a
            turn = line + (turn - 0.5) * math.pi / 2
            reach = 1 / math.hypot(math.cos(turn - line) / a, math.sin(turn - line) / b)
            pair.append((a, b, turn, reach))
        # Centered on the join, moved a little so that it is not always the middle.
        y, x = ((rng.random(2) - 0.5) * 0.12 * size + (size - 1) / 2).tolist()
        for sign, (a, b, turn, reach) in zip((-1, 1), pair):
            far = sign * (reach + gap / 2)
            apart = axis[:, None] - (y + far * dy), axis - (x + far * dx)
            canvas.paint(0, 0, ellipse(*apart, a, b, turn), 1, True)
        images[i], masks[i] = canvas.finish(noise, rng)
        top, left = round(y - side / 2), round(x - side / 2)
        boxes[i] = top, left, top + side, left + side
    return _samples(images, masks, "shapes"), boxes


def _place(canvas, k, name, u, radius, overlap, rng) -> None:
    """Find room for one shape and paint it; leave it out if there is none."""
    size = len(canvas.axis)
    r = (radius[0] + u[0] * (radius[1] - radius[0])) * size
    turn = 2 * math.pi * u[1]
    center = math.floor(r) + 1 + u[2], math.floor(r) + 1 + u[3]
    apart = offsets(r, center)
    if name == "ellipse":
        inside = ellipse(*apart, r, r * (0.5 + 0.5 * u[4]), turn)
    else:
        inside = polygons(*apart, edges(name, r, turn, u[4:]))
    room = size + 1 - len(inside)
    most = overlap * np.count_nonzero(inside)
    for _ in range(TRIES):
        spot = int(rng.random() * room), int(rng.random() * room)
        if overlap >= 1 or canvas.shared(*spot, inside) <= most:
            break
    else:
        spots = np.argwhere(canvas.shared_everywhere(inside) < most + 0.5)
        if not len(spots):
            return
        spot = spots[int(rng.random() * len(spots))].tolist()
    canvas.paint(*spot, inside, k, name == "ellipse")


def _samples(images: np.ndarray, masks: np.ndarray, source: str) -> Samples:
    names = tuple(f"{source}-{i:05d}" for i in range(len(images)))
    return Samples(images, masks, names, CLASS_NAMES, source)


def _check(count, size, seed, ellipses, others, kinds, radius, overlap, noise) -> None:
    if count < 1:
        raise ValueError(f"count {count} draws nothing; it must be 1 or more")
    if size < 16:
        raise ValueError(f"size {size} is too small for shapes; it must be 16 or more")
    if seed < 0:
        raise ValueError(f"seed {seed} is negative; it must be 0 or more")
    for name, (low, high) in (("ellipses", ellipses), ("others", others)):
        if not 0 <= low <= high:
            raise ValueError(
                f"{name} ({low}, {high}) is no range of counts; write the least and "
                "the most shapes per image, like (2, 8)"
            )
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds {tuple(kinds)}: choose one or more of {KINDS}")
    if not 0 < radius[0] <= radius[1] <= 0.45:
        raise ValueError(
            f"radius {radius} must rise within 0..0.45, as shares of the size"
        )
    for name, value in (("overlap", overlap), ("noise", noise)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} {value} must lie in 0..1")
