"""The colors of the stand-ins' fur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.standins.fur import (
    HEAD,
    LIGHT,
    PINK,
    POINT,
    Canvas,
    U,
    V,
    clouds,
    smooth_step,
)

_PINK = np.array([206, 146, 138], np.float32)
# base, dark, pale
_PALETTES = {
    "Tabby": [
        ((148, 116, 80), (62, 46, 34), (222, 204, 178)),
        ((142, 136, 126), (58, 54, 52), (226, 222, 214)),
        ((206, 142, 82), (146, 82, 38), (244, 222, 190)),
        ((112, 98, 82), (38, 32, 30), (206, 196, 180)),
    ],
    "Colorpoint": [
        ((226, 208, 180), (74, 54, 44), (244, 234, 216)),
        ((222, 216, 206), (104, 98, 104), (244, 240, 234)),
        ((232, 212, 184), (172, 110, 70), (248, 236, 218)),
        ((206, 184, 154), (64, 46, 40), (236, 222, 198)),
    ],
    "spotted_dog": [
        ((232, 226, 214), (44, 38, 36), (246, 242, 234)),
        ((230, 218, 196), (132, 82, 44), (246, 238, 224)),
        ((222, 200, 166), (92, 62, 40), (242, 230, 208)),
        ((190, 182, 172), (52, 48, 50), (236, 232, 226)),
    ],
}


@dataclass(frozen=True)
class Palette:
    """Three colors of a coat, each (3,) float32 RGB in 0..255."""

    base: np.ndarray
    dark: np.ndarray
    pale: np.ndarray


def choose(breed: str, rng: np.random.Generator) -> Palette:
    """One of the breed's palettes, shifted a little."""
    options = _PALETTES[breed]
    colors = np.array(options[rng.integers(len(options))], np.float32)
    shift = rng.normal(0, 4, (1, 3)) + rng.normal(0, 9)
    return Palette(*np.clip(colors + shift, 12, 250).astype(np.float32))


def color(
    canvas: Canvas, breed: str, palette: Palette, unit: float, rng: np.random.Generator
) -> np.ndarray:
    """The coat without hair or light, (H, W, 3) float32 in 0..255.

    Args:
        canvas: the painted creature.
        breed: whose pattern.
        palette: its colors.
        unit: pixels per unit of the creature, the measure of its pattern.
        rng: chooses the pattern's details.
    """
    b = canvas.buffers
    height, width = b.shape[:2]
    warp = clouds(height, width, max(unit * 0.5, 6), rng)
    fine = clouds(height, width, max(unit * 0.12, 3), rng)
    if breed == "Tabby":
        dark = _stripes(b, warp, rng) * 0.85
    elif breed == "Colorpoint":
        mask = np.exp(-(b[..., U] ** 2 / 0.3 + (b[..., V] - 0.3) ** 2 / 0.34))
        dark = np.where(b[..., HEAD] > 0.5, mask, np.clip(b[..., POINT], 0, 1))
        dark = smooth_step(0.1, 0.95, dark + 0.12 * warp)
    else:
        cell = max(unit * rng.uniform(0.35, 1.1), 6)
        patches = clouds(height, width, cell, rng) + 0.25 * fine
        dark = smooth_step(0.0, 0.16, patches - rng.uniform(0.05, 0.4))
        eye = rng.choice((-1, 0, 1)) * 0.45  # a patch around one eye, or on neither
        around = (b[..., U] - eye) ** 2 + (b[..., V] + 0.2) ** 2
        on_head = smooth_step(0.05, -0.05, around - 0.13) if eye else 0.0
        dark = np.where(b[..., HEAD] > 0.5, np.maximum(on_head, dark * 0.2), dark)
        if rng.random() < 0.7:  # dark ears
            dark = np.maximum(dark, smooth_step(1.3, 1.7, b[..., POINT]))
    pale = np.clip(b[..., LIGHT], 0, 1)
    if breed == "Colorpoint":
        pale = pale * 0.4
    dark = dark * (1 - 0.85 * pale) if breed != "Colorpoint" else dark
    coat = palette.base + dark[..., None] * (palette.dark - palette.base)
    coat = coat + pale[..., None] * (palette.pale - coat) * (
        0.8 - 0.5 * dark[..., None]
    )
    coat = coat + np.clip(b[..., PINK], 0, 1)[..., None] * (_PINK - coat)
    return coat * (1 + 0.07 * warp + 0.06 * fine)[..., None]


def _stripes(b: np.ndarray, warp: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tabby stripes: rings on body, legs and tail, an M on the forehead."""
    u, v = b[..., U], b[..., V]
    frequency = rng.uniform(2.0, 3.2)
    wave = np.sin(2 * np.pi * (u * frequency + 0.55 * warp + 0.12 * v * v))
    body = smooth_step(-0.15, 0.75, wave) * (1 - 0.45 * np.abs(v))
    forehead = smooth_step(0.1, 0.7, np.cos(u * 13 + 0.8 * warp))
    forehead = forehead * smooth_step(-0.2, -0.45, v)
    cheeks = smooth_step(0.2, 0.8, np.sin(v * 15 + 4 * np.abs(u) + warp))
    cheeks = cheeks * smooth_step(0.55, 0.75, np.abs(u)) * smooth_step(-0.3, 0, v)
    return np.where(b[..., HEAD] > 0.5, np.maximum(forehead, cheeks), body)
