"""The U-Net paper's way to train: one large tile a step, deformed and weighted.

What it fixes (Ronneberger et al. 2015, sections 3 and 3.1): first weights from
N(0, sqrt(2 / N)), which is `UNetSpec.init`; gradient descent with momentum 0.99 on one
large tile at a time instead of a batch; a weight map; shifts, rotations and elastic
deformations; dropout at the end of the contracting path, which is `UNetSpec.dropout`.
What it leaves open: the learning rate, the share dropped, how far tiles are shifted.
`helpers.pytorch.paper` and `helpers.keras.paper` train with these tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers import borders, elastic, tiles
from helpers.augment import Augment
from helpers.batches import as_float
from helpers.spec import UNetSpec

MOMENTUM = 0.99
DROPOUT = 0.5
"""The share dropped by Srivastava et al. 2014; the paper names none."""
AUGMENT = Augment(flip=False, rotate=180, shift=0.1, elastic=elastic.SIGMA)
"""What the paper does to its cells; a tenth of a side for the shift is our choice."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Training tiles, one for each step, as (seed, step) alone decide.

    A tile is a whole image, deformed, with as much mirrored border as `spec` loses.
    images: (N, H, W, C) uint8 or float in 0..1. objects: (N, H, W) integers, 0 for the
    ground and a number for each object. augment: None leaves images as they are.
    weighted: the paper's weight map, else ones. Raises ValueError for objects of
    another shape than the images, or sizes that the network cannot take.
    """

    images: np.ndarray
    objects: np.ndarray
    spec: UNetSpec
    augment: Augment | None = AUGMENT
    weighted: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.images.shape[:3] != self.objects.shape:
            raise ValueError(
                f"images of shape {self.images.shape} and objects of shape "
                f"{self.objects.shape}: expected (N, H, W, C) and (N, H, W)"
            )
        height, width = (n + 2 * self.margin for n in self.objects.shape[1:])
        self.spec.check_size(height, width)

    @cached_property
    def margin(self) -> int:
        """Pixels of mirrored border at each edge."""
        return tiles.margin(self.spec)

    @cached_property
    def maps(self) -> np.ndarray:
        """The weight of each pixel, (N, H, W) float32; of mean 1 where not weighted."""
        if not self.weighted:
            return np.ones(self.objects.shape, np.float32)
        return borders.weight_maps(self.objects)

    def tile(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Image (1, H', W', C) float32 in 0..1, mask and weights (1, H, W).

        The numbers of the objects are deformed, not their mask: a line one pixel wide
        between two cells would break, and is drawn anew (`borders.separate`).
        """
        epoch, place = divmod(step, len(self.images))
        order = np.random.default_rng((self.seed, epoch, 5)).permutation
        i = order(len(self.images))[place]
        image, objects = as_float(self.images[i]), self.objects[i]
        weights = self.maps[i]
        if self.augment is not None:
            rng = np.random.default_rng((self.seed, step, 6))
            places = self.augment.places(*objects.shape, rng)
            image, weights = (elastic.warp(a, places) for a in (image, weights))
            objects = borders.separate(elastic.warp(objects, places, nearest=True))
        edge = 2 * [(self.margin, self.margin)]
        image = np.pad(image, [*edge, (0, 0)], mode="reflect")
        return image[None], (objects > 0).astype(np.uint8)[None], weights[None]
