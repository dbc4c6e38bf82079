"""The book's look in matplotlib: one panel, one type size, one palette.

The colors are out of M. Okabe and K. Ito's set for all kinds of color vision (2008),
with a darker purple. Figures stand on an opaque, nearly white panel, so that the same
file reads well on a light and on a dark page; there text has at least 4.5 times the
contrast of the panel and what else carries meaning 3 times (WCAG 2.2, 1.4.3, 1.4.11).
They are 6.4 inches wide: at 11 points their text is about as large as the page's on a
desktop, and still legible on a telephone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

PANEL, INK, QUIET, GRID = "#fbfaf7", "#22262b", "#5b6169", "#dcdad3"
BLUE, ORANGE, GREEN = "#0072b2", "#e69f00", "#009e73"
VERMILION, PURPLE, SKY = "#d55e00", "#c4749c", "#56b4e9"
GREEN_TEXT, VERMILION_TEXT = "#00785a", "#b34d00"  # where the color is that of words
GROUND = "#d6d3cb"  # a class that is only what is left over
CLASSES = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
LINES = (BLUE, VERMILION, GREEN, PURPLE, INK)
GROUND_NAMES = ("background", "other", "ground", "rest")
WIDTH = 6.4  # inches
MARGIN = 0.14  # inches of panel around what is drawn
DPI = 200  # two pixels for each of a page, as a sharp screen has them
PAGE_WIDTH = 640  # CSS pixels that a figure takes on a page with room
BANDS = 1  # of 255, how much they may differ on average: more shows in soft shades
UNSEEN = 24  # of 255, by how much all but one pixel in 1000 may differ in 256 colors


def use_style() -> None:
    """Set matplotlib's defaults for every figure drawn from here on."""
    mpl.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": DPI,
            "savefig.dpi": DPI,
            "figure.facecolor": PANEL,
            "savefig.facecolor": PANEL,
            "axes.facecolor": PANEL,
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.fontsize": 10,
            "figure.titlesize": 12,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": QUIET,
            "axes.titlecolor": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "lines.linewidth": 2,
            "lines.solid_capstyle": "round",
            "legend.frameon": False,
            "axes.prop_cycle": mpl.cycler(color=LINES),
            "image.cmap": "cividis",
            "svg.hashsalt": "unet-book",
        }
    )


class Picture(Figure):
    """A figure that shows itself once, sharp, at the page's width.

    It stays out of pyplot, which would show it a second time at the end of a cell.
    """

    def __repr__(self) -> str:
        return f"<figure with {len(self.axes)} panels>"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png(self), {"width": page_width(self)}


def page_width(figure: Figure) -> int:
    """CSS pixels that the figure takes on a page with room."""
    return round(PAGE_WIDTH * figure.get_figwidth() / WIDTH)


def png(
    figure: Figure, palettes: Sequence[int] = (256,), *, any_color: bool = True
) -> bytes:
    """The figure as a PNG file, with a palette where nobody sees a difference.

    palettes: how many colors to try, in this order. any_color: whether a figure for
    which none suffices, such as one with photographs, keeps all its colors; else it
    gets the last palette. A drawing with a palette has less than half the bytes.
    """
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 0})
    whole = Image.open(buffer).convert("RGB")
    channels = [np.asarray(channel, np.int16) for channel in whole.split()]
    for colors in palettes:
        # Unlike the median cut, it keeps colors that few pixels have; then each color
        # of the palette moves to the mean of its pixels, so flat grounds keep theirs.
        chosen = whole.quantize(colors, Image.Quantize.MAXCOVERAGE)
        places = np.asarray(chosen).ravel()
        counts = np.maximum(np.bincount(places, minlength=256), 1)
        sums = [np.bincount(places, each.ravel(), minlength=256) for each in channels]
        table = np.rint(np.array(sums) / counts).T.astype(np.uint8)
        corner = (0, 0)  # the panel, the same in every figure
        table[chosen.getpixel(corner)] = whole.getpixel(corner)
        chosen.putpalette(table.tobytes())
        change = [
            np.abs(column[places].reshape(each.shape) - each)
            for column, each in zip(table.T.astype(np.int16), channels)
        ]
        worst = np.quantile(np.maximum.reduce(change), 0.999)
        if worst <= UNSEEN and np.mean(change) <= BANDS:
            break
    else:
        chosen = whole if any_color else chosen
    buffer = io.BytesIO()
    chosen.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def text_on(color: str | Sequence[float]) -> str:
    """Black or white, whichever reads better on the color: at least 4.5:1."""
    rgb = np.asarray(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def picture(height: float, width: float = WIDTH) -> Picture:
    """An empty figure of the house style; sizes in inches."""
    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    x, y = MARGIN / width, MARGIN / height
    figure.get_layout_engine().set(
        w_pad=0.04, h_pad=0.04, rect=(x, y, 1 - 2 * x, 1 - 2 * y)
    )
    _show_as_picture()
    return figure


def _show_as_picture() -> None:
    """Prefer our own PNG to the one that the inline backend would make."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        formatter = shell.display_formatter.formatters["image/png"]
        formatter.for_type(Picture, Picture._repr_png_)


def class_colors(class_names: Sequence[str]) -> np.ndarray:
    """A color for each class: (classes, 3) floats in 0..1.

    Classes named as a background are gray; the others take the palette in order,
    again from its start if there are more than six.
    """
    colors, used = [], 0
    for name in class_names:
        if name.lower() in GROUND_NAMES:
            colors.append(to_rgb(GROUND))
        else:
            colors.append(to_rgb(CLASSES[used % len(CLASSES)]))
            used += 1
    return np.array(colors)


def color_mask(mask: np.ndarray, class_names: Sequence[str]) -> np.ndarray:
    """A mask of class indices (..., H, W) as colors (..., H, W, 3) in 0..1.

    Raises ValueError for an index without a name.
    """
    mask = np.asarray(mask).astype(np.int64)
    if mask.size and not 0 <= mask.min() <= mask.max() < len(class_names):
        wrong = mask.min() if mask.min() < 0 else mask.max()
        raise ValueError(
            f"mask holds the class {wrong}, but there are {len(class_names)} names: "
            f"{tuple(class_names)}"
        )
    return class_colors(class_names)[mask]


def class_key(class_names: Sequence[str]) -> list[Patch]:
    """The entries of a legend of the classes."""
    colors = class_colors(class_names)
    return [key(color, name) for color, name in zip(colors, class_names)]


def key(color: str | Sequence[float], label: str) -> Patch:
    """One square of color with its meaning, for a legend."""
    return Patch(facecolor=color, edgecolor=QUIET, linewidth=0.5, label=label)


def legend(figure: Figure, entries: Sequence) -> None:
    """One legend for the whole figure, below its panels."""
    columns = 2 if len(entries) == 4 else min(len(entries), 3)
    figure.legend(
        handles=list(entries),
        loc="outside lower center",
        ncols=columns,
        handlelength=1.6,
        columnspacing=1.4,
        borderpad=0.2,
    )


def line_colors(n: int) -> list[str]:
    """Colors for n lines or bars, from the start again after the fifth."""
    return [LINES[k % len(LINES)] for k in range(n)]


use_style()
