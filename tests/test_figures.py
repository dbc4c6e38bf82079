"""Figures: what is drawn, how large its text is, and who can tell its colors apart."""

import io
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from skimage import color

from helpers import figures, panels, shapes, style

# G. M. Machado et al., "A physiologically-based model for simulation of color vision
# deficiency" (2009), severity 1, for linear RGB.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(rgb):
    rgb = np.asarray(rgb)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(name, sight):
    """A color as someone sees it, in CIELAB."""
    light = np.clip(np.asarray(SIGHTS[sight]) @ linear(to_rgb(name)), 0, 1)
    coded = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )
    return color.rgb2lab(coded)


def contrast(one, two):
    """The ratio of WCAG 2."""
    weights = [0.2126, 0.7152, 0.0722]
    dark, light = sorted(float(linear(to_rgb(c)) @ weights) for c in (one, two))
    return (light + 0.05) / (dark + 0.05)


ERRORS = (panels.RIGHT, panels.MISSED, panels.WRONG, "#404040")
PALETTES = {
    "classes": (*style.CLASSES[:4], style.GROUND),
    "lines": style.LINES,
    "errors": ERRORS,
}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", PALETTES)
def test_colors_differ_for_every_kind_of_color_vision(palette, sight):
    for one, two in combinations(PALETTES[palette], 2):
        distance = color.deltaE_ciede2000(seen(one, sight), seen(two, sight))
        assert distance > 10, (one, two)


def test_text_and_lines_stand_out_from_the_panel():
    assert contrast(style.INK, style.PANEL) > 10
    assert contrast(style.QUIET, style.PANEL) > 4.5
    assert all(contrast(line, style.PANEL) > 3 for line in style.LINES)


SAMPLES = shapes.make(5, 32, noise=0)
SHIFTED = np.roll(SAMPLES.masks, 2, axis=1)
TRIMAPS = np.arange(3).repeat(20 * 60).reshape(1, 60, 60)
PHOTO = np.random.default_rng(0).random((1, 60, 60, 3), dtype=np.float32)
PETS = ("pet", "background", "border")
ROWS = [
    {"epoch": e, "loss": 1 / e, "val_loss": 1.2 / e, "val_mean_iou": 1 - 1 / (e + 1)}
    for e in range(1, 6)
]
BOX = (8, 8, 20, 20)
DRAWN = {
    "samples": lambda: figures.show_samples(SAMPLES, 5),
    "one sample": lambda: figures.show_samples(SAMPLES[:1]),
    "predictions": lambda: figures.show_predictions(
        SAMPLES.images[:2],
        SAMPLES.masks[:2],
        {"with skips": SHIFTED[:2], "without": SHIFTED[:2]},
        ["IoU .91", "IoU .87"],
        SAMPLES.class_names,
    ),
    "three classes": lambda: figures.show_predictions(
        PHOTO, TRIMAPS, TRIMAPS[:, ::-1], class_names=PETS, errors=True
    ),
    "overlay": lambda: figures.overlay(PHOTO[0], TRIMAPS[0], PETS),
    "errors": lambda: figures.show_errors(
        SAMPLES.images, SAMPLES.masks, SHIFTED, list("abcde")
    ),
    "zoom": lambda: figures.zoom(
        SAMPLES.images[0], SAMPLES.masks[0], {"a": SHIFTED[0], "b": SHIFTED[1]}, BOX
    ),
    "curves": lambda: figures.training_curves({"PyTorch": ROWS, "Keras": ROWS}),
    "curves of losses": lambda: figures.training_curves(
        {"training": [{"epoch": 1, "loss": 0.5}]}
    ),
    "bars": lambda: figures.bars(
        {"with skips": [0.9, 0.91, 0.92], "without": 0.8}, "IoU", ("constant", 0.4)
    ),
    "confusion": lambda: figures.confusion(np.arange(9).reshape(3, 3), PETS),
}


@pytest.fixture(scope="module", params=DRAWN)
def drawn(request):
    figure = DRAWN[request.param]()
    png, metadata = figure._repr_png_()
    return figure, png, metadata


def test_a_figure_is_shown_once(drawn):
    figure, _, _ = drawn
    assert isinstance(figure, Figure)
    assert not plt.get_fignums()  # pyplot would show it again


def test_the_panel_is_opaque_and_nearly_white(drawn):
    _, png, _ = drawn
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    assert (pixels[..., 3] == 255).all()
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3]
    np.testing.assert_allclose(corners / 255, [to_rgb(style.PANEL)] * 4, atol=0.01)


def test_it_is_sharp_and_not_heavy(drawn):
    _, png, metadata = drawn
    width = Image.open(io.BytesIO(png)).width
    assert width == pytest.approx(2 * metadata["width"], rel=0.01)
    assert metadata["width"] <= style.PAGE_WIDTH
    assert len(png) < 500_000


def texts(figure):
    """What is written; ticks outside the limits keep labels that are not drawn."""
    undrawn = set()
    for axis in figure.axes:
        for side, limits in (
            (axis.xaxis, axis.get_xlim()),
            (axis.yaxis, axis.get_ylim()),
        ):
            for tick in side.get_major_ticks():
                if not axis.axison or not min(limits) <= tick.get_loc() <= max(limits):
                    undrawn |= {tick.label1, tick.label2}
    found = figure.findobj(Text, include_self=False)
    return [
        text
        for text in found
        if text not in undrawn and text.get_visible() and text.get_text().strip()
    ]


def test_text_is_large_enough_for_a_telephone(drawn):
    figure, _, _ = drawn
    assert texts(figure)
    for text in texts(figure):
        # 9 points in 8 inches, and 7.5 CSS pixels on a page of 358
        assert text.get_fontsize() / max(figure.get_figwidth(), 6.4) >= 9 / 8
        assert text.get_fontsize() * 358 / 72 / style.WIDTH >= 7.5


def test_no_text_is_cut_off(drawn):
    figure, _, _ = drawn
    width, height = figure.canvas.get_width_height()
    for text in texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0, text
        assert box.x1 <= width and box.y1 <= height, text


def test_legend_names_the_classes():
    figure = DRAWN["three classes"]()
    entries = [t.get_text() for t in figure.legends[0].get_texts()]
    assert entries == [*PETS, "wrong class"]


def shown(axis):
    return np.asarray(axis.images[0].get_array())


def test_masks_and_predictions_are_the_given_ones():
    axes = DRAWN["three classes"]().axes
    colors = style.class_colors(PETS)
    np.testing.assert_allclose(shown(axes[1]), colors[TRIMAPS[0]])
    np.testing.assert_allclose(shown(axes[2]), colors[TRIMAPS[0, ::-1]])
    np.testing.assert_allclose(shown(axes[0]), PHOTO[0])


def test_error_map_tells_missed_from_made_up():
    mask = np.array([[[1, 1], [0, 0]]])
    prediction = np.array([[[1, 0], [1, 0]]])
    black = np.zeros((1, 2, 2, 3), np.uint8)
    pixels = shown(figures.show_errors(black, mask, prediction).axes[0])
    np.testing.assert_allclose(pixels[0, 0], to_rgb(panels.RIGHT))
    np.testing.assert_allclose(pixels[0, 1], to_rgb(panels.MISSED))
    np.testing.assert_allclose(pixels[1, 0], to_rgb(panels.WRONG))
    np.testing.assert_allclose(pixels[1, 1], 0.15)


def test_zoom_shows_the_box_of_the_mask_and_the_predictions():
    axes = DRAWN["zoom"]().axes
    assert [axis.get_title() for axis in axes] == ["input", "mask", "a", "b"]
    names = ("other", "class 1")
    np.testing.assert_allclose(
        shown(axes[2]), style.color_mask(SHIFTED[0, 8:20, 8:20], names)
    )


def test_bars_show_the_median():
    axis = DRAWN["bars"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == [0.91, 0.8]


def test_curves_hold_the_rows():
    top, bottom = DRAWN["curves"]().axes
    lines = [line.get_ydata() for line in top.lines if len(line.get_xdata())]
    np.testing.assert_allclose(lines[0], [row["loss"] for row in ROWS])
    np.testing.assert_allclose(
        bottom.lines[0].get_ydata(), [r["val_mean_iou"] for r in ROWS]
    )


def test_blend_keeps_the_ground_and_tints_the_rest():
    image = np.zeros((1, 3, 3))
    mask = np.array([[0, 1, 2]])
    pixels = figures.blend(image, mask, PETS, 0.5)
    np.testing.assert_allclose(pixels[0, 0], np.array(to_rgb(style.BLUE)) / 2)
    np.testing.assert_allclose(pixels[0, 1], 0)
    np.testing.assert_allclose(pixels[0, 2], np.array(to_rgb(style.ORANGE)) / 2)


def test_too_many_columns():
    three = dict.fromkeys("abc", SHIFTED)
    with pytest.raises(ValueError, match="5 columns are too many"):
        figures.show_predictions(SAMPLES.images, SAMPLES.masks, three)


def test_numbers_of_images_that_differ():
    with pytest.raises(ValueError, match="5 images, 5 masks and 2 predictions"):
        figures.show_predictions(SAMPLES.images, SAMPLES.masks, SHIFTED[:2])


@pytest.mark.parametrize("box", [(0, 0, 40, 10), (5, 5, 5, 9), (-1, 0, 4, 4)])
def test_zoom_refuses_a_box_outside(box):
    with pytest.raises(ValueError, match="does not lie in an image of 32x32"):
        figures.zoom(SAMPLES.images[0], SAMPLES.masks[0], SHIFTED[0], box)


def test_a_class_without_a_name():
    with pytest.raises(ValueError, match="class 2, but there are 2 names"):
        figures.overlay(PHOTO[0], TRIMAPS[0], ("a", "b"))
