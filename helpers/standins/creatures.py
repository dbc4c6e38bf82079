"""Cats and dogs in several poses: the anatomy of the stand-ins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.standins.faces import draw_face
from helpers.standins.fur import Canvas


@dataclass
class Creature:
    """A creature being painted: where its own coordinates lie in the picture.

    One unit is about the radius of the head; x points to the right, y down.
    """

    canvas: Canvas
    species: str
    origin: np.ndarray  # pixels, where its own (0, 0) lies
    unit: float  # pixels
    turn: float  # radians
    flip: int  # 1, or -1 for one that looks the other way
    rng: np.random.Generator

    def place(self, points: np.ndarray | list) -> np.ndarray:
        """Own coordinates (K, 2) to pixels (K, 2)."""
        x, y = np.asarray(points, float).reshape(-1, 2).T
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        x = x * self.flip
        turned = np.column_stack([cos * x - sin * y, sin * x + cos * y])
        return self.origin + self.unit * turned

    def limb(self, points: list, radii: list, wobble: float = 0.05, **how) -> None:
        """Paint a limb, its joints moved a little so that no two are alike."""
        points = np.asarray(points, float)
        points = points + self.rng.normal(0, wobble, points.shape)
        radii = np.asarray(radii) * self.unit * self.rng.uniform(0.93, 1.07)
        self.canvas.limb(self.place(points), radii, unit=self.unit, **how)


def sitting(c: Creature) -> tuple[np.ndarray, float]:
    """Upright, seen from the front; returns the head's center and radius."""
    dog = c.species == "dog"
    lean = c.rng.uniform(-0.25, 0.25)
    tail = c.rng.uniform(-0.6, 0.5)
    c.limb([(0.9, 3.5), (2.1, 3.5 + tail * 0.3), (2.5, 2.7 + tail)],
           [0.24, 0.22, 0.15], point=(0.7, 1), spread=0.9)  # fmt: skip
    c.limb([(lean * 0.6, 0.5), (lean * 0.3, 1.6), (0.1, 2.9)], [0.72, 0.98, 1.22])
    for side in (-1, 1):
        c.limb([(0.78 * side, 2.3), (1.15 * side, 3.2)], [0.5, 0.52], dim=0.95)
        c.limb([(1.05 * side, 3.66), (1.3 * side, 3.75)], [0.25, 0.24], point=(1, 1))
    c.limb([(lean * 0.5, 0.9), (0.03, 2.2)], [0.75, 0.5], light=1, tint=True)
    for side in (-1, 1):
        c.limb([(0.4 * side + lean * 0.2, 1.7), (0.38 * side, 3.5)],
               [0.36, 0.25 if not dog else 0.28], point=(-0.3, 0.9))  # fmt: skip
        c.limb([(0.4 * side, 3.66), (0.43 * side, 3.74)], [0.29, 0.27], point=(1, 1))
    return np.array([lean, -0.42]), 1.0


def standing(c: Creature) -> tuple[np.ndarray, float]:
    """On four legs, seen from the side."""
    dog = c.species == "dog"
    step = c.rng.uniform(-0.5, 0.5, 4)
    long = c.rng.uniform(-0.2, 0.3)
    back = -1.6 - long
    for near in (False, True):
        if near:
            wave = c.rng.uniform(-0.5, 0.6)
            c.limb([(back - 0.3, 0.0), (back - 1.1, -0.7 + wave),
                    (back - 1.3, -1.9 + wave)],
                   [0.25, 0.2, 0.14], point=(0.5, 1), spread=0.9)  # fmt: skip
            c.limb([(back, 0.35), (0, 0.3), (1.4, 0.25)], [0.85, 0.84, 0.9])
            c.limb([(back + 0.4, 0.95), (0.9, 0.95)], [0.4, 0.42], light=1, tint=True)
        dim = 1.0 if near else 0.66
        shift = 0.0 if near else 0.35
        hind, front = back + shift, 1.15 + shift
        a, b = (step[:2] if near else step[2:]) * 0.6
        c.limb([(hind, 0.5), (hind - 0.3 + a * 0.5, 1.8), (hind + a, 3.0)],
               [0.68, 0.3, 0.19], dim=dim, point=(-0.4, 1))  # fmt: skip
        c.limb([(hind + a, 3.05), (hind + a + 0.28, 3.1)], [0.2, 0.2], dim=dim,
               point=(1, 1))  # fmt: skip
        c.limb([(front, 0.6), (front + b * 0.4, 1.9), (front + b, 3.0)],
               [0.5, 0.28, 0.2], dim=dim, point=(-0.4, 1))  # fmt: skip
        c.limb([(front + b, 3.05), (front + b + 0.28, 3.1)], [0.21, 0.2], dim=dim,
               point=(1, 1))  # fmt: skip
    low = c.rng.uniform(-0.2, 0.7)
    head = np.array([2.35, low - (1.4 if dog else 1.15)])
    c.limb([(1.35, 0.05), tuple(head - (0.1, -0.25))], [0.8, 0.6], fade=True)
    return head, 0.88


def lying(c: Creature) -> tuple[np.ndarray, float]:
    """On the ground, front paws forward, seen from the side."""
    wave = c.rng.uniform(-0.3, 0.3)
    c.limb([(-2.3, 1.35), (-3.1, 1.7), (-2.6, 2.1 + wave * 0.4)], [0.24, 0.2, 0.15],
           point=(0.6, 1), spread=0.9)  # fmt: skip
    c.limb([(-1.9, 1.0), (-0.3, 0.75), (1.3, 0.85)], [0.85, 0.98, 0.9])
    c.limb([(1.3, 1.45), (2.7, 1.72 + wave * 0.3)], [0.3, 0.24], dim=0.7,
           point=(-0.2, 1))  # fmt: skip
    c.limb([(-1.75, 1.05), (-1.35, 1.4)], [0.72, 0.5])
    c.limb([(-1.3, 1.75), (-0.5, 1.8)], [0.24, 0.22], point=(0.2, 1))
    c.limb([(0.9, 1.35), (2.3, 1.78)], [0.36, 0.25], point=(-0.2, 1))
    c.limb([(1.3, 0.7), (1.55, 1.1)], [0.75, 0.6], light=1, tint=True)
    head = np.array([1.75, -0.25 + wave * 0.6])
    c.limb([(1.2, 0.6), tuple(head - (0.1, -0.25))], [0.75, 0.62], fade=True)
    return head, 0.97


def portrait(c: Creature) -> tuple[np.ndarray, float]:
    """Head and shoulders, the rest out of the picture."""
    lean = c.rng.uniform(-0.3, 0.3)
    c.limb([(lean * 0.4, 0.8), (lean, 2.2), (lean * 1.3, 4.0)], [0.88, 1.2, 1.5])
    c.limb([(lean * 0.4, 0.9), (lean * 0.6, 2.6)], [0.8, 0.8], light=1, tint=True)
    return np.array([0.0, -0.1]), 1.0


POSES = {sitting: 0.35, standing: 0.25, lying: 0.22, portrait: 0.18}
# pose: x and y reach in own units, for placing it in the picture
EXTENT = {
    sitting: (-1.7, 2.0, -1.7, 4.0),
    standing: (-3.0, 3.2, -2.4, 3.3),
    lying: (-3.1, 2.9, -1.5, 2.1),
    portrait: (-1.4, 1.4, -1.6, 2.2),
}


def paint(
    canvas: Canvas, species: str, rng: np.random.Generator
) -> tuple[Creature, object]:
    """Paint one creature somewhere into the canvas, at times partly out of it.

    Returns:
        The creature and its face, whose eyes and nose are still to be drawn.
    """
    height, width = canvas.buffers.shape[:2]
    poses = list(POSES)
    pose = poses[rng.choice(len(poses), p=list(POSES.values()))]
    left, right, top, bottom = EXTENT[pose]
    share = rng.uniform(0.76, 1.14)
    unit = share * min(width / (right - left), height / (bottom - top))
    flip = int(rng.choice((-1, 1)))
    middle = np.array([flip * (left + right) / 2, (top + bottom) / 2]) * unit
    room = np.array([width, height]) * (0.09, 0.05)
    origin = np.array([width, height]) / 2 - middle + rng.uniform(-1, 1, 2) * room
    turn = rng.normal(0, 0.07)
    c = Creature(canvas, species, origin, unit, turn, flip, rng)
    center, radius = pose(c)
    return c, draw_face(c, center, radius)
