"""The heads of the stand-ins: ears, muzzle, eyes, nose, mouth and whiskers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from helpers.standins.creatures import Creature

_DARK = (34, 26, 22)
_EYES = {
    "cat": [(196, 168, 62), (150, 176, 84), (205, 138, 48), (120, 160, 110)],
    "pale": [(104, 158, 214), (126, 176, 226), (90, 140, 200)],
    "dog": [(92, 56, 28), (70, 42, 22), (120, 78, 36)],
}


@dataclass
class Face:
    """A head in the picture; own coordinates in radii of the head, y down."""

    species: str
    center: np.ndarray  # pixels
    radius: float  # pixels
    turn: float  # radians
    look: float  # -0.25..0.25: how far the head is turned to a side
    rng: np.random.Generator

    def place(self, points: list | np.ndarray) -> np.ndarray:
        """Own coordinates (K, 2) to pixels (K, 2)."""
        x, y = np.asarray(points, float).reshape(-1, 2).T
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        turned = np.column_stack([cos * x - sin * y, sin * x + cos * y])
        return self.center + self.radius * turned

    def box(self, height: int, width: int) -> tuple[int, int, int, int]:
        """(xmin, ymin, xmax, ymax) of the head in pixels, within the picture."""
        low = self.center - self.radius * np.array([1.1, 1.2])
        high = self.center + self.radius * np.array([1.1, 1.0])
        x = np.clip([low[0], high[0]], 0, width - 1).astype(int)
        y = np.clip([low[1], high[1]], 0, height - 1).astype(int)
        return int(x[0]), int(y[0]), int(x[1]), int(y[1])

    def _fill(self, image: np.ndarray, points: list, color: tuple) -> None:
        outline = np.rint(self.place(points) * 16).astype(np.int32)
        cv2.fillPoly(image, [outline], color, cv2.LINE_AA, shift=4)

    def _line(
        self, image: np.ndarray, points: list, color: tuple, thickness: float
    ) -> None:
        path = np.rint(self.place(points) * 16).astype(np.int32)
        width = max(1, round(thickness * self.radius))
        cv2.polylines(image, [path], False, color, width, cv2.LINE_AA, shift=4)

    def _oval(self, x: float, y: float, rx: float, ry: float) -> np.ndarray:
        t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        return np.column_stack([x + rx * np.cos(t), y + ry * np.sin(t)])

    def draw(self, image: np.ndarray, pale_eyes: bool, dark_nose: bool) -> None:
        """Eyes, nose, mouth and whiskers into `image`, (H, W, 3) uint8 RGB."""
        if self.species == "cat":
            self._cat(image, pale_eyes, dark_nose)
        else:
            self._dog(image)

    def _cat(self, image: np.ndarray, pale_eyes: bool, dark_nose: bool) -> None:
        kind = _EYES["pale" if pale_eyes else "cat"]
        iris = kind[self.rng.integers(len(kind))]
        pupil = self.rng.uniform(0.05, 0.14)
        sleepy = self.rng.uniform(0.7, 1.05)
        for side in (-1, 1):
            x, wide = self._eye(side, 0.42)
            almond = self._oval(x, -0.06, 0.235 * wide, 0.185 * sleepy)
            almond[:, 1] -= side * (almond[:, 0] - x) * 0.14  # outer corners higher
            self._fill(image, (almond - (x, -0.06)) * 1.22 + (x, -0.06), _DARK)
            self._fill(image, almond, iris)
            self._fill(image, self._oval(x, -0.06, pupil, 0.165 * sleepy), (14, 12, 12))
            glint = self._oval(x - 0.06, -0.12, 0.045, 0.045)
            self._fill(image, glint, (250, 250, 250))
        x = self.look * 1.25
        nose = (92, 62, 58) if dark_nose else (206, 128, 122)
        shape = [(x - 0.14, 0.2), (x, 0.17), (x + 0.14, 0.2), (x + 0.05, 0.32),
                 (x, 0.35), (x - 0.05, 0.32)]  # fmt: skip
        self._fill(image, (np.array(shape) - (x, 0.26)) * 1.18 + (x, 0.26), _DARK)
        self._fill(image, shape, nose)
        mouth = (70, 46, 42)
        self._line(image, [(x, 0.34), (x, 0.46)], mouth, 0.035)
        for side in (-1, 1):
            curve = [(x, 0.46), (x + 0.09 * side, 0.54), (x + 0.2 * side, 0.55),
                     (x + 0.29 * side, 0.48)]  # fmt: skip
            self._line(image, curve, mouth, 0.035)
            self._whiskers(image, x, side)

    def _whiskers(self, image: np.ndarray, x: float, side: int) -> None:
        t = np.linspace(0, 1, 9)
        for row in (-1, 0, 1):
            length = self.rng.uniform(0.9, 1.25)
            droop = self.rng.uniform(0.05, 0.3)
            root = np.array([x + 0.27 * side, 0.4 + 0.06 * row])
            path = np.column_stack([
                root[0] + side * length * t,
                root[1] + 0.16 * row * t + droop * t * t,
            ])  # fmt: skip
            self._line(image, path, (238, 234, 226), 0.005)

    def _dog(self, image: np.ndarray) -> None:
        iris = _EYES["dog"][self.rng.integers(3)]
        for side in (-1, 1):
            x, wide = self._eye(side, 0.4)
            self._fill(image, self._oval(x, -0.16, 0.165 * wide, 0.15), _DARK)
            self._fill(image, self._oval(x, -0.155, 0.125 * wide, 0.12), iris)
            self._fill(image, self._oval(x, -0.155, 0.07, 0.075), (10, 8, 8))
            self._fill(image, self._oval(x - 0.045, -0.21, 0.036, 0.036), (250,) * 3)
            brow = [(x - 0.17, -0.3), (x, -0.37), (x + 0.17, -0.3)]
            self._line(image, brow, (96, 76, 60), 0.03)
        x = self.look * 1.5
        if self.rng.random() < 0.45:  # tongue out
            drop = self.rng.uniform(0.95, 1.2)
            tongue = [
                (x - 0.17, 0.72),
                (x + 0.17, 0.72),
                (x + 0.19, drop - 0.1),
                (x + 0.08, drop),
                (x - 0.08, drop),
                (x - 0.19, drop - 0.1),
            ]
            self._fill(image, tongue, (214, 112, 118))  # fmt: skip
            self._line(image, [(x, 0.74), (x, drop - 0.12)], (176, 82, 92), 0.03)
        self._line(image, [(x, 0.4), (x, 0.68)], _DARK, 0.04)
        for side in (-1, 1):
            curve = [(x, 0.68), (x + 0.14 * side, 0.76), (x + 0.3 * side, 0.74),
                     (x + 0.42 * side, 0.62)]  # fmt: skip
            self._line(image, curve, _DARK, 0.045)
            for k in range(3):
                dot = self._oval(x + side * (0.2 + 0.08 * k), 0.52 + 0.05 * (k % 2),
                                 0.018, 0.018)  # fmt: skip
                self._fill(image, dot, _DARK)
        self._fill(image, self._oval(x, 0.28, 0.23, 0.165), (24, 20, 20))
        self._fill(image, self._oval(x - 0.06, 0.2, 0.08, 0.035), (132, 126, 126))

    def _eye(self, side: int, apart: float) -> tuple[float, float]:
        """An eye's x, and its width: the eye on the far side looks narrower."""
        return side * apart + self.look, 1 - 0.6 * max(side * self.look, 0)


def draw_face(creature: Creature, center: np.ndarray, radius: float) -> Face:
    """Paint a head onto the creature's canvas; its features are drawn later.

    Args:
        creature: whose head it is.
        center: in the creature's coordinates.
        radius: in the creature's units.
    """
    rng, canvas = creature.rng, creature.canvas
    tilt = creature.turn + rng.normal(0, 0.14)
    look = creature.flip * rng.uniform(-0.1, 0.25)
    face = Face(
        creature.species, creature.place(center)[0], radius * creature.unit, tilt,
        look, rng,
    )  # fmt: skip
    size = face.radius

    def limb(points: list, radii: list, **how) -> None:
        canvas.limb(face.place(points), np.asarray(radii) * size, unit=size, **how)

    if creature.species == "cat":
        spread = rng.uniform(0.72, 0.9)
        for side in (-1, 1):
            tip = (side * spread, -rng.uniform(1.16, 1.34))
            limb([(side * 0.52, -0.45), tip], [0.42, 0.05], point=(1, 1))
            inner = (tip[0] * 0.97, tip[1] * 0.9)
            limb(
                [(side * 0.57, -0.5), inner], [0.24, 0.03], pink=0.75, point=(0.6, 0.6)
            )
        canvas.ball(face.center, (1.04 * size, 0.88 * size), tilt)
        for side in (-1, 1):  # cheeks
            how = {"light": 0.2, "point": (0.35, 0.2)}
            limb([(side * 0.5, 0.42), (side * 0.86, 0.46)], [0.36, 0.2], **how)
        limb([(look, 0.62), (look, 0.68)], [0.2, 0.18], light=1, point=(0.5, 0.5))
        for side in (-1, 1):
            x = look * 1.2 + side * 0.17
            limb([(x, 0.4), (x + side * 0.06, 0.42)], [0.22, 0.2], light=1,
                 point=(0.9, 0.8))  # fmt: skip
    else:
        canvas.ball(face.center, (0.86 * size, 0.94 * size), tilt)
        x = look * 1.35
        limb([(x, 0.72), (x, 0.78)], [0.25, 0.22], light=0.6)
        limb([(look * 0.9, 0.0), (x, 0.52)], [0.3, 0.44], light=0.9)
        flop = rng.uniform(0, 1)
        for side in (-1, 1):
            limb([(side * 0.55, -0.72), (side * (1.0 + 0.12 * flop), -0.42),
                  (side * (0.98 + 0.25 * flop), 0.5 - 0.5 * flop)],
                 [0.2, 0.31, 0.2], point=(2, 2), dim=0.92)  # fmt: skip
    return face
