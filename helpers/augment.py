"""Random changes to an image and its mask, the same to both where they move pixels."""

from dataclasses import dataclass

import cv2
import numpy as np

from helpers import elastic


@dataclass(frozen=True)
class Augment:
    """What may happen to a training image (Ronneberger et al. 2015, section 3.1).

    flip: mirror left and right, half of the time. rotate: at most so many degrees
    either way. scale: smallest and largest zoom. shift: at most that share of a side.
    color: how far brightness, contrast and saturation may change, as a share; hue
    turns by at most a tenth of that circle share. elastic: standard deviation in
    pixels of the displacements on a 3x3 grid, see `elastic`; the paper has 10. Raises
    ValueError out of range.
    """

    flip: bool = True
    rotate: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0
    color: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.scale
        if not 0 < low <= high:
            raise ValueError(f"scale {self.scale} is not (smallest, largest), above 0")
        for name, top in (("rotate", 180), ("shift", 1), ("color", 1)):
            value = getattr(self, name)
            if not 0 <= value <= top:
                raise ValueError(f"{name} {value} is out of range; give 0 to {top}")
        if not 0 <= self.elastic < np.inf:
            raise ValueError(f"elastic {self.elastic} is no number of pixels from 0 on")

    def __call__(
        self, image: np.ndarray, mask: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A changed copy of image (H, W, C) uint8 or float 0..1 and mask (H, W) uint8.

        What comes in from outside the frame is the mirrored image, in both. The
        image is interpolated, the mask takes its nearest pixel.
        """
        if self.elastic:
            places = self.places(*mask.shape, rng)
            image = elastic.warp(image, places)
            mask = elastic.warp(mask, places, nearest=True)
        else:
            image, mask = self._affine(image, mask, rng)
        if self.color:
            image = self._recolored(image, rng)
        return image, mask

    def places(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        """Where each pixel of a changed image comes from: (H, W, 2) float32, x and y.

        For arrays that have to move along with an image; see `elastic.warp`.
        """
        matrix = self._matrix(height, width, rng)
        moved = np.zeros((height, width, 2), np.float32)
        if self.elastic:
            moved = elastic.displacements(height, width, rng, self.elastic)
        places = elastic.positions(moved)
        if matrix is None:
            return places
        return cv2.transform(places, cv2.invertAffineTransform(matrix))

    def _affine(
        self, image: np.ndarray, mask: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        matrix = self._matrix(*mask.shape, rng)
        if matrix is None:
            return image, mask
        mode = {"borderMode": cv2.BORDER_REFLECT_101}
        side = mask.shape[::-1]
        channels = image.shape[2]
        image = cv2.warpAffine(image, matrix, side, flags=cv2.INTER_LINEAR, **mode)
        image = image.reshape(*mask.shape, channels)
        mask = cv2.warpAffine(mask, matrix, side, flags=cv2.INTER_NEAREST, **mode)
        return image, mask

    def _matrix(
        self, height: int, width: int, rng: np.random.Generator
    ) -> np.ndarray | None:
        """The 2x3 map of the image's pixels, or None where they stay."""
        mirror = -1.0 if self.flip and rng.random() < 0.5 else 1.0
        angle = np.deg2rad(rng.uniform(-self.rotate, self.rotate))
        # Uniform in the logarithm: twice as large is as likely as half as large.
        zoom = np.exp(rng.uniform(*np.log(self.scale)))
        shift = rng.uniform(-self.shift, self.shift, 2) * (width, height)
        cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
        linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
        if not shift.any() and np.array_equal(linear, np.eye(2)):
            return None
        center = np.array([(width - 1) / 2, (height - 1) / 2])
        return np.column_stack([linear, center + shift - linear @ center])

    def _recolored(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        top = 255.0 if image.dtype == np.uint8 else 1.0
        bright, contrast, saturation = rng.uniform(1 - self.color, 1 + self.color, 3)
        hue = rng.uniform(-0.1, 0.1) * self.color * 2 * np.pi
        linear = np.eye(image.shape[2])
        if image.shape[2] == 3:
            linear = _color_matrix(saturation, hue)
        linear = (linear * contrast * bright).astype(np.float32)
        mean = image.mean(dtype=np.float32) * (1 - contrast) * bright
        matrix = np.column_stack([linear, np.full(len(linear), mean, np.float32)])
        changed = cv2.transform(image.astype(np.float32), matrix)
        changed = changed.reshape(image.shape).clip(0, top)
        return np.rint(changed).astype(np.uint8) if top == 255 else changed


def _color_matrix(saturation: float, hue: float) -> np.ndarray:
    """RGB to RGB: turn around the gray axis by `hue` radians, then saturate."""
    axis = np.full(3, 3**-0.5)
    cross = np.cross(np.eye(3), axis)
    gray = np.outer(axis, axis)
    turn = np.cos(hue) * np.eye(3) + np.sin(hue) * cross + (1 - np.cos(hue)) * gray
    return (saturation * np.eye(3) + (1 - saturation) * gray) @ turn
