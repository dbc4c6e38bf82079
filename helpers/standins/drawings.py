"""One stand-in: a creature in a scene, with its trimap."""

from __future__ import annotations

import cv2
import numpy as np

from helpers.standins import coats
from helpers.standins.creatures import paint
from helpers.standins.fur import ALPHA, SHADE, Canvas, clouds, fringe
from helpers.standins.scenes import scene

BREEDS = {"Tabby": "cat", "Colorpoint": "cat", "spotted_dog": "dog"}
_BAND = (6, 5)  # pixels of the border band inside and outside the outline


def draw_one(
    breed: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """Draw a picture of a breed.

    Args:
        breed: a key of BREEDS.
        rng: chooses pose, coat, place, scene and light.

    Returns:
        The image (H, W, 3) uint8, the trimap (H, W) uint8 (1 pet, 2 background,
        3 border), and the head's box (xmin, ymin, xmax, ymax) in pixels.
    """
    width, height = 300, int(rng.integers(220, 301))
    if rng.random() < 0.2:
        width, height = height, width
    light = (rng.uniform(-0.8, 0.8), rng.uniform(-0.9, -0.4), rng.uniform(0.5, 0.9))
    canvas = Canvas(height, width, light)
    creature, face = paint(canvas, BREEDS[breed], rng)
    palette = coats.choose(breed, rng)
    background = scene(height, width, palette, creature.unit, rng)
    coat = coats.color(canvas, breed, palette, creature.unit, rng)
    fur = canvas.hair(rng, max(4, round(creature.unit * 0.16)))
    coat *= ((1 + 0.11 * fur) * canvas.buffers[..., SHADE] * 1.12)[..., None]
    coat = np.clip(coat, 0, 255)
    alpha = canvas.buffers[..., ALPHA]
    background *= 1 - 0.45 * _shadow(alpha, creature.unit)[..., None]
    image = background + alpha[..., None] * (coat - background)
    image = np.clip(image, 0, 255).astype(np.uint8)
    fringe(image, canvas, coat, rng, creature.unit * 0.1)
    face.draw(image, pale_eyes=breed == "Colorpoint", dark_nose=breed == "Colorpoint")
    return _photographed(image, rng), _trimap(alpha > 0.5), face.box(height, width)


def _shadow(alpha: np.ndarray, unit: float) -> np.ndarray:
    """What the creature keeps from the ground below and beside it, (H, W) in 0..1."""
    move = np.float32([[1, 0, 0.12 * unit], [0, 1, 0.22 * unit]])
    moved = cv2.warpAffine(alpha, move, alpha.shape[::-1])
    return cv2.GaussianBlur(moved, (0, 0), max(0.25 * unit, 2))


def _photographed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven light, a tint, a soft lens and the sensor's noise."""
    height, width = image.shape[:2]
    light = 1 + 0.16 * clouds(height, width, width / 2, rng)[..., None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    light = light * (1 - rng.uniform(0.02, 0.14) * (x * x + y * y))
    tint = rng.normal(1, 0.025, 3) * rng.uniform(0.86, 1.1)
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.3, 0.7))
    noise = rng.standard_normal(image.shape, np.float32) * rng.uniform(1.5, 5)
    return np.clip(image * light * tint + noise, 0, 255).astype(np.uint8)


def _trimap(pet: np.ndarray) -> np.ndarray:
    mask = pet.astype(np.uint8)
    disk = [
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
        for r in _BAND
    ]
    inside = cv2.erode(mask, disk[0], borderValue=1)
    outside = cv2.dilate(mask, disk[1])
    return np.where(inside > 0, 1, np.where(outside > 0, 3, 2)).astype(np.uint8)
