"""The Keras article's data path, kept as it was so that it can be compared with.

Source: Bharath K, "U-Net Architecture For Image Segmentation" (Paperspace), after
F. Chollet, "Image segmentation with a U-Net-like architecture" (keras.io, 2020).
"""

from collections.abc import Sequence

import keras
import numpy as np

from helpers.folders import Pair


class OxfordPets(keras.utils.PyDataset):
    """Opens, decodes and resizes the files of each batch, anew in every epoch.

    pairs: image and trimap files. size: (height, width) in pixels. Gives images
    (n, height, width, 3) float32 in 0..255, resized with nearest neighbor, and masks
    (n, height, width, 1) uint8, the trimap minus one. As in the article, a last
    batch that is not full is left out, and the same images always share a batch.
    """

    def __init__(
        self, pairs: Sequence[Pair], size: tuple[int, int] = (160, 160), batch: int = 8
    ) -> None:
        super().__init__()
        self.pairs, self.size, self.batch = pairs, size, batch

    def __len__(self) -> int:
        return len(self.pairs) // self.batch

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.pairs[number * self.batch : (number + 1) * self.batch]
        images = np.zeros((len(chosen), *self.size, 3), "float32")
        masks = np.zeros((len(chosen), *self.size, 1), "uint8")
        load = keras.utils.load_img
        for row, pair in enumerate(chosen):
            images[row] = load(pair.image, target_size=self.size)
            mask = load(pair.mask, target_size=self.size, color_mode="grayscale")
            masks[row] = np.asarray(mask)[..., None]
        return images, masks - 1
