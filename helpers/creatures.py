"""Draws one cat or dog with its trimap."""

from __future__ import annotations
import cv2
import numpy as np

BREEDS = {"Tabby": "cat", "Colorpoint": "cat", "spotted_dog": "dog"}


def draw_one(breed, rng):
    h, w = int(rng.integers(220, 301)), 300
    img = cv2.resize(rng.integers(60, 200, (12, 12, 3), dtype=np.uint8), (w, h))
    m = np.zeros((h, w), np.uint8)
    cx, cy = int(rng.integers(90, 210)), int(rng.integers(80, 150))
    cv2.ellipse(m, (cx, cy + 60), (80, 70), 0, 0, 360, 1, -1)
    cv2.circle(m, (cx, cy - 20), 50, 1, -1)
    color = np.array([200, 170, 140]) if breed != "Tabby" else np.array([150, 110, 70])
    img = np.where(m[..., None] > 0, img // 4 + color * 3 // 4, img)
    img = np.clip(img + rng.normal(0, 12, img.shape), 0, 255).astype(np.uint8)
    k = np.ones((9, 9), np.uint8)
    t = np.where(cv2.erode(m, k) > 0, 1, np.where(cv2.dilate(m, k) > 0, 3, 2))
    return img, t.astype(np.uint8), (cx - 50, cy - 70, cx + 50, cy + 30)
