"""Images with their masks: what every data source here gives and training takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from helpers.spec import UNetSpec

_CHUNK = 64  # samples looked at together, so that memory-mapped sets stay on disk


@dataclass(frozen=True)
class Samples:
    """Images and the class of each of their pixels.

    Attributes:
        images: (N, H, W, C), uint8 in 0..255 or float32 in 0..1.
        masks: (N, H, W) uint8, the index of a class per pixel.
        names: one name per sample, used in errors and figures.
        class_names: what the classes are called, by index; may be empty.
        source: "photographs", "stand-ins", "shapes" or a folder.

    Raises:
        ValueError: shapes, dtypes or numbers of samples do not fit together.
    """

    images: np.ndarray
    masks: np.ndarray
    names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = field(default=())
    source: str = ""

    def __post_init__(self) -> None:
        images, masks = self.images, self.masks
        if images.ndim != 4:
            raise ValueError(
                f"images have the shape {images.shape}, expected (N, H, W, C); "
                "gray images need a last axis of length 1: images[..., None]"
            )
        if masks.ndim != 3:
            raise ValueError(
                f"masks have the shape {masks.shape}, expected (N, H, W) with the "
                "index of a class per pixel; masks[..., 0] drops a last axis"
            )
        if len(images) != len(masks):
            raise ValueError(f"{len(images)} images but {len(masks)} masks")
        if images.shape[1:3] != masks.shape[1:3]:
            raise ValueError(
                f"images are {_size(images)} (height x width) but masks are "
                f"{_size(masks)}; resize both to one size, masks with nearest neighbor"
            )
        if images.dtype not in (np.uint8, np.float32):
            raise ValueError(
                f"images have the dtype {images.dtype}, expected uint8 (0..255) or "
                "float32 (0..1); convert with images.astype(np.float32)"
            )
        if masks.dtype != np.uint8:
            raise ValueError(
                f"masks have the dtype {masks.dtype}, expected uint8 class indices; "
                "convert whole numbers in 0..255 with masks.astype(np.uint8)"
            )
        names = tuple(self.names) or tuple(str(i) for i in range(len(images)))
        if len(names) != len(images):
            raise ValueError(f"{len(images)} images but {len(names)} names")
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "class_names", tuple(self.class_names))

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: slice | Sequence[int] | np.ndarray) -> Samples:
        """The samples of a slice, of an array of indices or of a Boolean array.

        Raises:
            TypeError: for a single number, which would drop the first axis.
        """
        if isinstance(index, (int, np.integer)):
            raise TypeError(
                f"samples[{index}] is one sample; take samples[{index}:{index + 1}], "
                f"or samples.images[{index}] and samples.masks[{index}]"
            )
        if not isinstance(index, slice):
            index = np.asarray(index)
            if index.size == 0:
                index = index.astype(int)
        chosen = np.arange(len(self))[index]
        return Samples(
            self.images[index],
            self.masks[index],
            tuple(self.names[i] for i in chosen),
            self.class_names,
            self.source,
        )

    def split(self, fraction: float, seed: int = 0) -> tuple[Samples, Samples]:
        """Split at random: `train, held_out = samples.split(0.2, seed=1)`.

        The samples are shuffled first, so the second part is never the tail of a
        sorted list (which would hold other breeds than the first).

        Args:
            fraction: share of the second part, between 0 and 1.
            seed: the same seed gives the same split.

        Raises:
            ValueError: the fraction is not in 0..1 or leaves a part empty.
        """
        if not 0 < fraction < 1:
            raise ValueError(
                f"fraction {fraction} is not between 0 and 1; 0.2 holds out a fifth"
            )
        if len(self) < 2:
            raise ValueError(
                f"cannot split {len(self)} sample(s) into two parts; expected two or "
                "more: add images with their masks"
            )
        order = np.random.default_rng(seed).permutation(len(self))
        held_out = min(max(round(len(self) * fraction), 1), len(self) - 1)
        return self[np.sort(order[held_out:])], self[np.sort(order[:held_out])]


def check_samples(samples: Samples, spec: UNetSpec) -> None:
    """Refuse samples that a network of `spec` cannot learn from.

    Every sample is looked at, so that a mistake shows before training and not as
    an odd loss after it. Shapes and dtypes were checked when `samples` was made.

    Args:
        samples: what to train or evaluate on.
        spec: the network; one class means binary masks of 0 and 1.

    Raises:
        ValueError: no samples, another number of channels, a size that the network
            cannot take, NaN or values outside 0..1 in float images, or mask values
            outside the classes. The message names the sample and the way out.
    """
    if not len(samples):
        raise ValueError("there are no samples; at least one is needed")
    height, width, channels = samples.images.shape[1:]
    if channels != spec.in_channels:
        raise ValueError(
            f"images have {channels} channel(s) but the network takes "
            f"{spec.in_channels}; build it with in_channels={channels}, or convert "
            "the images"
        )
    spec.check_size(height, width)
    for start in range(0, len(samples), _CHUNK):
        part = slice(start, start + _CHUNK)
        if samples.images.dtype == np.float32:
            _check_values(samples.images[part], samples.names[part])
        _check_masks(samples.masks[part], samples.names[part], spec.classes)


def _check_values(images: np.ndarray, names: tuple[str, ...]) -> None:
    finite = np.isfinite(images)
    if not finite.all():
        i, row, column, _ = np.argwhere(~finite)[0]
        raise ValueError(
            f"image {names[i]!r} holds {images[~finite][0]} at row {row}, column "
            f"{column}; every value must be finite: mend or leave out the image"
        )
    if images.min() < 0 or images.max() > 1:
        i = int(np.argmax(np.abs(images - 0.5).reshape(len(images), -1).max(axis=1)))
        raise ValueError(
            f"image {names[i]!r} reaches from {images[i].min():g} to "
            f"{images[i].max():g}, but float images must stay in 0..1; divide 0..255 "
            "images by 255, or give them as uint8"
        )


def _check_masks(masks: np.ndarray, names: tuple[str, ...], classes: int) -> None:
    count = 2 if classes == 1 else classes
    if masks.max() < count:
        return
    i, row, column = np.argwhere(masks >= count)[0]
    values = np.unique(masks[i])
    allowed = f"0..{count - 1} ({classes} class{'es' if classes > 1 else ''})"
    found = ", ".join(map(str, values[:6])) + (", ..." if len(values) > 6 else "")
    if set(values.tolist()) <= {0, 255}:
        way_out = "this is a 0/255 mask: divide by 255 (masks // 255)"
    elif values.min() >= 1 and values.max() <= count:
        way_out = "its classes count from 1: subtract 1 (or read with mask_offset=1)"
    else:
        way_out = f"map it to {allowed}, or build the network with more classes"
    raise ValueError(
        f"the mask of sample {names[i]!r} holds the value {masks[i, row, column]} at "
        f"row {row}, column {column} (its values: {found}), expected {allowed}; "
        + way_out
    )


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]}x{array.shape[2]}"
