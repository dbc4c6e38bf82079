"""The U-Net's relatives: those of the popular PyTorch ports, and small ones to compare.

LadderNet, two U-Nets in a row, is no `UNetSpec`; see `helpers.laddernet`. The ports'
BatchNorm adds 1e-5 to the variance, that of this package `spec.NORM_EPSILON`.
"""

from helpers.spec import UNetSpec

UNET_PORT = UNetSpec(
    in_channels=3,
    classes=1,
    widths=(64, 128, 256, 512, 1024),
    norm="batch",
    up="nearest",
    init="torch",
)
"""U_Net of LeeJunHyun/Image_Segmentation: 34,527,041 trainable parameters."""

R2U = UNET_PORT.replace(block="recurrent", sharing="shared", recurrences=2)
"""Its R2U_Net, after Alom et al. 2018: 39,091,393 trainable parameters."""

ATTENTION = UNET_PORT.replace(skip="attention", gate="fine")
"""Its AttU_Net, after Oktay et al. 2018: 34,878,573 trainable parameters."""

R2_ATTENTION = R2U.replace(skip="attention", gate="fine")
"""Its R2AttU_Net, both at once: 39,442,925 trainable parameters."""

_BASE = UNetSpec(
    in_channels=3, classes=1, widths=(16, 32, 64, 128), norm="batch", up="nearest"
)

FAMILY = {
    "plain": _BASE,
    "residual": _BASE.replace(block="residual"),
    "dense": _BASE.replace(block="dense"),
    "recurrent": _BASE.replace(block="recurrent"),
    "attention": _BASE.replace(skip="attention"),
    "recurrent attention": _BASE.replace(block="recurrent", skip="attention"),
}
"""Small variants of one network by name."""
