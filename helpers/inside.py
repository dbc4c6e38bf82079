"""Figures of a network's inside: feature maps and receptive fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers import style
from helpers.panels import draw_image, grid


def show_maps(
    maps: Mapping[str, np.ndarray],
    columns: int = 4,
    image: np.ndarray | None = None,
) -> Figure:
    """One row per level: its feature maps (h, w, C) that vary most, all equally large.

    Every map is drawn from its least value, dark, to its greatest, bright. image:
    (H, W, C), shown large pixel for pixel in a row above. The name of a level stands
    at its left with the side of its maps.
    """
    rows = len(maps) + (image is not None)
    shape = next(iter(maps.values())).shape[:2]
    figure, axes = grid(rows, columns, shape)
    for axis in axes.flat:
        axis.axis("off")
    if image is not None:
        draw_image(axes[0, 0], image)
        axes[0, 0].set_ylabel("image", color=style.INK)
    for row, (name, features) in zip(axes[rows - len(maps) :], maps.items()):
        order = np.argsort(-features.std((0, 1)), kind="stable")[:columns]
        for axis, channel in zip(row, order):
            axis.axis("on")
            axis.spines[:].set_visible(False)
            axis.imshow(features[..., channel], "cividis", interpolation="nearest")
        height, width = features.shape[:2]
        row[0].set_ylabel(f"{name}\n{height}x{width}", color=style.INK)
    return figure


def show_fields(
    fields: Mapping[str, np.ndarray],
    boxes: Sequence[tuple[int, int, int, int]] | None = None,
    gamma: float = 0.5,
) -> Figure:
    """Receptive fields (H, W) side by side, bright where an input pixel matters.

    Each is drawn as (field / its greatest value) ** gamma: with 1/2, squared
    gradients look as gradients do. boxes: top, left, bottom, right of a frame in
    each, ends excluded, such as the theoretical field.
    """
    shape = next(iter(fields.values())).shape
    figure, axes = grid(1, len(fields), shape, titles=1)
    for axis, (name, field), box in zip(
        axes[0], fields.items(), boxes or [None] * len(fields)
    ):
        bright = (field / field.max()) ** gamma
        axis.imshow(bright, "cividis", vmin=0, vmax=1, interpolation="nearest")
        axis.set_title(name)
        if box is not None:
            top, left, bottom, right = box
            corner, sides = (left - 0.5, top - 0.5), (right - left, bottom - top)
            for width, color in ((3, style.INK), (1.5, style.ORANGE)):
                frame = {"fill": False, "lw": width, "ec": color}
                axis.add_patch(Rectangle(corner, *sides, **frame))
    return figure
