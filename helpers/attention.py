"""What attention gates look at: their coefficients, region by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from helpers import probe

REGIONS = ("inside", "outline", "outside")


def regions(masks: np.ndarray) -> dict[str, np.ndarray]:
    """Where an object is, where its outline, and where neither: (N, H, W) bools.

    masks: (N, H, W), 0 on the ground. The outline is what lies within one pixel of
    it, on either side.
    """
    line = probe.outlines(masks, reach=1)
    return {
        "inside": (masks > 0) & ~line,
        "outline": line,
        "outside": (masks == 0) & ~line,
    }


def by_region(
    maps: Sequence[np.ndarray], where: Mapping[str, np.ndarray]
) -> list[dict[str, float]]:
    """The mean coefficient of each region, for each level of maps.

    maps: (N, h, w) a level, as `attention_maps` gives them. where: (N, H, W) bools by
    name; a coefficient of a coarse level counts for all the pixels it stands for.
    Raises ValueError where the maps do not tile the regions.
    """
    return [
        {
            name: float(full(each, where_[0].shape)[where_].mean())
            for name, where_ in where.items()
        }
        for each in maps
    ]


def full(maps: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Each coefficient repeated over the pixels it stands for: (N, h, w) -> (N, H, W).

    Raises ValueError where shape is no multiple of the maps' own.
    """
    times = [whole // part for whole, part in zip(shape, maps.shape[1:])]
    if any(t * part != whole for t, part, whole in zip(times, maps.shape[1:], shape)):
        raise ValueError(
            f"maps of {maps.shape[1]}x{maps.shape[2]} do not tile {shape[0]}x{shape[1]}"
        )
    return maps.repeat(times[0], axis=1).repeat(times[1], axis=2)
