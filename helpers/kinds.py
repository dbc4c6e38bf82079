"""Ellipses and triangles, each its own class: a task with a "what" and a "where"."""

from __future__ import annotations

import math

import numpy as np

from helpers.canvas import Canvas, edges, ellipse, offsets, polygons
from helpers.samples import Samples

CLASS_NAMES = ("ground", "ellipse", "triangle")
TRIES = 20


def make(
    count: int,
    size: int = 32,
    *,
    seed: int = 0,
    shapes: tuple[int, int] = (1, 1),
    radius: tuple[float, float] = (6.0, 9.0),
    noise: float = 0.05,
) -> Samples:
    """Draw `count` seeded gray images in which no two shapes touch.

    Images are (count, size, size, 1) uint8, masks (count, size, size) uint8: 0 on
    the ground, 1 on an ellipse, 2 on a triangle; each shape is either with the same
    chance. Image `i` depends on `seed` and `i` alone.

    shapes: least and most per image. radius: half length of a shape in pixels. A
    shape for which no room is found is left out. noise: standard deviation as a share
    of the full range. Raises ValueError for a radius that does not fit.
    """
    if not 2 <= radius[0] <= radius[1] <= size / 2 - 2:
        raise ValueError(
            f"radius {radius} does not fit: it must rise from 2 to at most "
            f"{size / 2 - 2:g} pixels in an image of {size}"
        )
    images = np.empty((count, size, size, 1), np.uint8)
    masks = np.empty((count, size, size), np.uint8)
    for i in range(count):
        rng = np.random.default_rng((seed, i, 2))
        many = int(rng.integers(shapes[0], shapes[1] + 1))
        canvas = Canvas(size, rng, many, color=False)
        for k in range(1, many + 1):
            _place(canvas, k, radius, rng)
        image, masks[i] = canvas.finish(noise, rng)
        images[i] = image[..., :1]
    names = tuple(f"kinds-{i:05d}" for i in range(count))
    return Samples(images, masks, names, CLASS_NAMES, "shapes")


def _place(canvas: Canvas, k: int, radius: tuple[float, float], rng) -> None:
    """Paint one shape where it touches none, or leave it out."""
    kind = int(rng.integers(1, 3))
    r = radius[0] + rng.random() * (radius[1] - radius[0])
    turn, *u = rng.random(6).tolist()
    center = math.floor(r) + 1 + u[3], math.floor(r) + 1 + u[4]
    apart = offsets(r, center)
    if kind == 1:
        inside = ellipse(*apart, r, r * (0.5 + 0.5 * u[0]), 2 * math.pi * turn)
    else:
        inside = polygons(*apart, edges("triangle", r, 2 * math.pi * turn, u[:3]))
    room = len(canvas.axis) + 1 - len(inside)
    for _ in range(TRIES):
        spot = int(rng.random() * room), int(rng.random() * room)
        if not canvas.shared(*spot, inside):
            canvas.paint(*spot, inside, k, kind)
            return
