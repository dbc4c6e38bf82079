"""Rooms and gardens behind the stand-ins, cluttered and in the colors of fur."""

from __future__ import annotations

import cv2
import numpy as np

from helpers.standins.coats import Palette
from helpers.standins.fur import ALPHA, SHADE, Canvas, U, V, clouds, smooth_step

_WALLS = [(196, 188, 172), (150, 160, 158), (178, 150, 128), (122, 132, 112),
          (204, 200, 194), (136, 120, 112), (168, 178, 190), (96, 90, 92)]  # fmt: skip
_FLOORS = [(150, 112, 76), (178, 146, 108), (112, 84, 64), (134, 128, 120),
           (190, 180, 164), (104, 112, 84)]  # fmt: skip
_CLOTH = [(152, 64, 58), (70, 92, 130), (196, 170, 120), (88, 108, 84), (120, 96, 130),
          (204, 190, 170), (60, 62, 74)]  # fmt: skip
_GRASS = [(104, 128, 62), (124, 136, 78), (86, 108, 56), (146, 140, 92)]


def scene(
    height: int, width: int, palette: Palette, unit: float, rng: np.random.Generator
) -> np.ndarray:
    """A background that shares the fur's colors and textures.

    Args:
        height, width: in pixels.
        palette: the creature's colors, some of which turn up in the scene.
        unit: pixels per unit of the creature.
        rng: chooses everything.

    Returns:
        (H, W, 3) float32 in 0..255.
    """
    horizon = int(height * rng.uniform(0.3, 0.72))
    image = np.empty((height, width, 3), np.float32)
    outdoors = rng.random() < 0.33
    wall, floor = (_hedge, _lawn) if outdoors else (_wall, _floor)
    image[:horizon] = wall(horizon, width, palette, rng)
    image[horizon:] = floor(height - horizon, width, palette, rng)
    edge = np.arange(height, dtype=np.float32)[:, None, None] - horizon
    image *= 1 - 0.3 * np.exp(-(edge**2) / 60)
    for _ in range(rng.integers(2, 6)):
        _thing(image, horizon, palette, unit, rng)
    sigma = rng.uniform(0.5, 1.6)  # most photographs are sharpest on the pet
    return cv2.GaussianBlur(image, (0, 0), sigma)


def _pick(colors: list, palette: Palette, rng: np.random.Generator) -> np.ndarray:
    """Often a color of the fur, so that color alone does not give the pet away."""
    if rng.random() < 0.5:
        fur = (palette.base, palette.dark, palette.pale)
        return fur[rng.choice(3, p=(0.5, 0.25, 0.25))] + rng.normal(0, 14, 3)
    return np.array(colors[rng.integers(len(colors))]) + rng.normal(0, 12, 3)


def _plane(height: int, width: int, color: np.ndarray, rng, rough=0.07) -> np.ndarray:
    relief = clouds(height, width, 60, rng) + 0.5 * clouds(height, width, 9, rng)
    return (color * (1 + rough * relief[..., None])).astype(np.float32)


def _wall(height: int, width: int, palette: Palette, rng) -> np.ndarray:
    color = _pick(_WALLS, palette, rng)
    image = _plane(height, width, color, rng)
    x = np.arange(width, dtype=np.float32)[None, :, None]
    y = np.arange(height, dtype=np.float32)[:, None, None]
    kind = rng.integers(4)
    if kind == 0:  # wallpaper
        stripes = smooth_step(-0.2, 0.2, np.sin(x * rng.uniform(0.15, 0.6)))
        image += stripes * (_pick(_CLOTH, palette, rng) - color) * 0.5
    elif kind == 1:  # curtain
        folds = np.sin(
            x * rng.uniform(0.15, 0.4) + 2 * clouds(1, width, 40, rng)[..., None]
        )
        image *= 1 + 0.22 * folds
    elif kind == 2:  # bricks
        row = np.floor(y / 16)
        joint = np.minimum(y % 16, (x + 20 * (row % 2)) % 40)
        tones = rng.normal(1, 0.1, (height // 16 + 1, width // 40 + 2))
        tone = tones[row.astype(int), ((x + 20 * (row % 2)) // 40).astype(int)]
        image = np.where(joint < 2, image * 0.75, image * tone)
    elif rng.random() < 0.6:  # shelf of books
        at = 0
        while at < width:
            thick = int(rng.integers(8, 26))
            low = int(height * rng.uniform(0, 0.4))
            image[low:, at : at + thick] = _pick(_CLOTH, palette, rng)
            image[low:, at : at + 1] *= 0.6
            at += thick
    return image


def _floor(height: int, width: int, palette: Palette, rng) -> np.ndarray:
    color = _pick(_FLOORS, palette, rng)
    image = _plane(height, width, color, rng)
    x = np.arange(width, dtype=np.float32)[None, :, None]
    y = np.arange(height, dtype=np.float32)[:, None, None]
    kind = rng.integers(4)
    if kind == 0:  # planks
        plank = (x + y * rng.uniform(-0.5, 0.5)) / 34
        tones = rng.normal(1, 0.1, 64)[(np.floor(plank).astype(int)) % 64]
        grain = np.sin(plank * 60 + 5 * clouds(height, width, 25, rng)[..., None])
        image *= tones * (1 + 0.05 * grain) * np.where(plank % 1 < 0.05, 0.6, 1)
    elif kind == 1:  # checked blanket
        period, tilt = rng.uniform(0.12, 0.3), rng.uniform(-0.5, 0.5)
        one = smooth_step(-0.1, 0.1, np.sin((x + tilt * y) * period))
        two = smooth_step(-0.1, 0.1, np.sin((y - tilt * x) * period))
        image += (one + two) * 0.35 * (_pick(_CLOTH, palette, rng) - color)
    else:  # rug with a long pile
        noise = rng.standard_normal((height, width)).astype(np.float32)
        kernel = np.zeros((9, 9), np.float32)
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * 4
        ends = np.rint([4 - reach, 4 + reach]).astype(int).tolist()
        cv2.line(kernel, ends[0], ends[1], 1.0)
        pile = cv2.filter2D(noise, -1, kernel / np.sqrt(kernel.sum()))
        image *= 1 + 0.13 * pile[..., None]
    return image


def _hedge(height: int, width: int, palette: Palette, rng) -> np.ndarray:
    image = _plane(height, width, _pick(_GRASS, palette, rng), rng, 0.25)
    image = np.ascontiguousarray(image)
    for _ in range(70):  # leaves out of focus
        at = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(4, 18)), int(rng.integers(3, 10)))
        tone = _pick(_GRASS, palette, rng) * rng.uniform(0.5, 1.2)
        cv2.ellipse(
            image, at, axes, float(rng.uniform(0, 180)), 0, 360, tone.tolist(), -1
        )
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(1, 4))


def _lawn(height: int, width: int, palette: Palette, rng) -> np.ndarray:
    color = _pick(_GRASS, palette, rng)
    image = np.ascontiguousarray(_plane(height, width, color * 0.7, rng, 0.2))
    count = height * width // 45
    x, y = rng.integers(0, width, count), np.sort(rng.integers(0, height + 8, count))
    tip = rng.normal(0, 4, count), rng.uniform(5, 16, count)
    tones = color * rng.uniform(0.6, 1.35, (count, 1))
    for a, b, c, d, tone in zip(
        x.tolist(), y.tolist(), (x + tip[0]).astype(int).tolist(),
        (y - tip[1]).astype(int).tolist(), tones.tolist(),
    ):  # fmt: skip
        cv2.line(image, (a, b), (c, d), tone, 1)
    return image


def _thing(image: np.ndarray, horizon: int, palette: Palette, unit: float, rng) -> None:
    """A cushion, bolster, ball, pot or toy: round and soft like a pet."""
    height, width = image.shape[:2]
    middle = np.array(
        [
            rng.uniform(0, width),
            horizon + rng.uniform(-0.2, 0.6) * (height - horizon),
        ]
    )
    size = unit * rng.uniform(0.35, 1.1)
    angle = rng.uniform(-0.7, 0.7) if rng.random() < 0.7 else np.pi / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * size * rng.uniform(0.05, 1.6)
    radii = size * rng.uniform(0.5, 1, 2)
    extent = np.abs(reach) + radii.max() + 10
    left, top = np.maximum(middle - extent, 0).astype(int)
    right, bottom = np.minimum(middle + extent, (width, height)).astype(int)
    if right - left < 2 or bottom - top < 2:
        return
    view = image[top:bottom, left:right]
    canvas = Canvas(bottom - top, right - left, (-0.4, -0.7, 0.6))
    middle = middle - (left, top)
    canvas.limb(np.array([middle - reach, middle + reach]), radii, unit=unit)
    b = canvas.buffers
    tone = np.broadcast_to(_pick(_CLOTH, palette, rng), view.shape).astype(np.float32)
    other = _pick(_CLOTH, palette, rng).astype(np.float32)
    kind = rng.integers(4)
    if kind == 0:  # stripes, like a tabby's
        wave = smooth_step(-0.2, 0.2, np.sin(b[..., U] * rng.uniform(6, 20)))
        tone = tone + wave[..., None] * (other - tone)
    elif kind == 1:  # patches, like a spotted dog's
        spots = smooth_step(0.1, 0.25, clouds(*view.shape[:2], unit * 0.5, rng))
        tone = tone + spots[..., None] * (other - tone)
    elif kind == 2:
        tone = tone + (np.abs(b[..., V]) > 0.75)[..., None] * (other - tone)
    if rng.random() < 0.6:
        tone = tone * (1 + 0.12 * canvas.hair(rng, 6)[..., None])
    alpha = b[..., ALPHA, None]
    view += alpha * (tone * b[..., SHADE, None] * 1.15 - view)
