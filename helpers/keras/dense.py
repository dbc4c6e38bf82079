"""Dense blocks in Keras."""

from keras import KerasTensor, layers

from helpers.keras.blocks import Maker
from helpers.keras.residual import unit


def dense_block(
    x: KerasTensor, outputs: int, name: str, make: Maker, at_image: bool = False
) -> KerasTensor:
    """Convolutions that see all maps before: (N, H, W, inputs) -> (N, H, W, outputs).

    Those are the block's input and what its earlier units made. Each of the
    `spec.convs` units gives an equal share of the outputs; what leaves the block are
    the new maps, side by side. Source: Huang et al. 2016, arXiv 1608.06993, equation
    2; in a U-Net Jegou et al. 2016, arXiv 1611.09326, whose blocks on the way down
    hand on their input as well, and which has 1x1 transition layers and dropout.
    """
    made, share = [], outputs // make.spec.convs
    for k in range(make.spec.convs):
        seen = _beside([x, *made], f"{name}_seen_{k}", make)
        made.append(unit(seen, share, f"{name}_unit_{k}", make, at_image and k == 0))
    return _beside(made, f"{name}_made", make)


def _beside(maps: list[KerasTensor], name: str, make: Maker) -> KerasTensor:
    if len(maps) == 1:
        return maps[0]
    return layers.Concatenate(name=name, dtype=make.dtype)(maps)
