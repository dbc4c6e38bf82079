"""Every kind of figure reads well: the contrast of words, lines and marks (WCAG 2.2).

Figures stand on an opaque panel (test_figures.py), so what is true of them on the light
page is true on the dark one; page/test_themes.py looks whether both pages keep it.
"""

import ast
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import helpers
from helpers import (
    blueprint,
    charts,
    extents,
    familyview,
    graphs,
    inside,
    lattice,
    skipcharts,
    slopes,
    style,
    views,
)
from helpers.boxes import Box
from helpers.spec import ELLIPSES, PAPER
from tests.test_figures import DRAWN, SAMPLES, contrast, linear, texts

IMAGE, MASK = SAMPLES.images[0], SAMPLES.masks[0]
RNG = np.random.default_rng(0)
SEEDS = {f"name {k}": RNG.random((3, 4)) + k for k in range(5)}
LAYERS = {f"level{k}.conv1": 10.0**-k for k in range(4)}
PARTS = np.stack([MASK == 1, np.roll(MASK, 9) == 1])
WHERE = Box(5, 5, 15, 15)
FIGURES = {
    **DRAWN,
    "charts.curves": lambda: charts.curves(
        {name: {1: [1, 2], 2: [2.0, 3], 4: 3} for name in SEEDS},
        "x",
        "y",
        {"bound": {1: 1, 4: 4}, "other": {1: 2, 4: 2}},
    ),
    "blueprint.unet": lambda: blueprint.unet(PAPER, 572),
    "blueprint.unet, same": lambda: blueprint.unet(ELLIPSES, 64),
    "extents.network": lambda: extents.network(PAPER, 572),
    "extents.network, wrong": lambda: extents.network(PAPER, 573),
    "extents.tiling": lambda: extents.tiling(PAPER, 800, 800, 572),
    "extents.by_distance": lambda: extents.by_distance(
        SEEDS_OF_ONE, "error", 2, ("before", SEEDS_OF_ONE)
    ),
    "familyview.wiring": familyview.wiring,
    "familyview.show_gates": lambda: familyview.show_gates(
        SAMPLES.images[:2], SAMPLES.masks[:2], [RNG.random((2, 8, 8))] * 2
    ),
    "familyview.gains": lambda: familyview.gains(
        {"row": {"a": [1, 2], "b": [0, 1.0]}, "other": {"a": [-1, 1.0]}}, "gain"
    ),
    "familyview.costs": lambda: familyview.costs(
        {"time": 1.2, "memory": 0.8}, {"time": "3 s", "memory": "1 MB"}, "costs", 3
    ),
    "graphs.graph": lambda: graphs.graph(list("abcd"), [(0, 1), (1, 2), (0, 3)]),
    "inside.show_maps": lambda: inside.show_maps(
        {"top": RNG.random((16, 16, 5)), "bottom": RNG.random((8, 8, 5))}, image=IMAGE
    ),
    "inside.show_fields": lambda: inside.show_fields(
        {"a": RNG.random((9, 9)), "b": RNG.random((9, 9))}, [(2, 2, 7, 7)] * 2
    ),
    "lattice.arrays": lambda: lattice.arrays(
        {"a": np.arange(49).reshape(7, 7), "b": np.eye(3)}
    ),
    "lattice.overlap": lambda: lattice.overlap(3, 2),
    "lattice.overlap, even": lambda: lattice.overlap(4, 2),
    "lattice.maps": lambda: lattice.maps({"a": RNG.random((2, 16, 16))}),
    "skipcharts.ranges": lambda: skipcharts.ranges([1, 2, 3, 4], SEEDS, ("x", "y")),
    "skipcharts.by_layer": lambda: skipcharts.by_layer(
        dict.fromkeys(SEEDS, LAYERS), (1e-5, 2)
    ),
    "slopes.lines": lambda: slopes.lines(
        {"value": SEEDS_OF_ONE, "slope": SEEDS_OF_ONE}, [1, 2, 3, 4], "x", mark=2
    ),
    "slopes.shares": lambda: slopes.shares(
        {"a": {0.5: [1, 0.9], 0.1: [0.5, 0.6]}, "b": {0.5: [0.2], 0.1: [0.3]}},
        "share",
        "IoU",
        {"a": {0.5: 0.8}},
    ),
    "slopes.maps": lambda: slopes.maps({"a": RNG.random((9, 9))}, "weight"),
    "slopes.counted": lambda: slopes.counted(
        SAMPLES.images[:2], {"mask": SAMPLES.masks[:2]}, ["one", "two"]
    ),
    "views.answers": lambda: views.answers(
        np.repeat(IMAGE, 3, -1),
        {"cat": 0.9, "dog": 0.1},
        WHERE,
        [("cat", WHERE), ("dog", Box(12, 12, 30, 30))],
        MASK,
        PARTS,
    ),
    "views.touching": lambda: views.touching(IMAGE, {"one": PARTS[:1], "two": PARTS}),
    "views.changed": lambda: views.changed(
        MASK, np.roll(MASK, 3), {"IoU": 0.5, "Dice": 0.67, "accuracy": 0.9}
    ),
    "views.lines": lambda: views.lines(
        [1, 2, 3, 4], SEEDS_OF_ONE, ("x", "y"), {"constant answer": 2}
    ),
}
SEEDS_OF_ONE = {name: values[0] for name, values in SEEDS.items()}


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    found = FIGURES[request.param]()
    found.canvas.draw()
    found.set_layout_engine("none")  # what is hidden below leaves its place free
    return found


def test_every_function_that_draws_a_figure_is_looked_at():
    drawn = {name.partition(",")[0] for name in FIGURES}
    own = {"figures", "charts"}  # what DRAWN shows under names in words
    for path in Path(helpers.__file__).parent.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                returns = ast.unparse(node.returns) if node.returns else ""
                if returns == "Figure" and path.stem not in own:
                    assert f"{path.stem}.{node.name}" in drawn


def over(color, ground=style.PANEL):
    """A color with its opacity, as it is seen on the ground; None if not at all."""
    *rgb, alpha = to_rgba(color)
    if alpha == 0:
        return None
    return tuple(alpha * np.array(rgb) + (1 - alpha) * np.array(to_rgb(ground)))


def best(*colors):
    """The most that one of the colors stands out from the panel."""
    seen = [over(color) for color in colors if color is not None]
    return max((contrast(c, style.PANEL) for c in seen if c is not None), default=99)


def luminance(pixels):
    return linear(pixels) @ np.array([0.2126, 0.7152, 0.0722])


def test_words_have_the_contrast_of_text(figure):
    places = {text: text.get_window_extent() for text in texts(figure)}
    for text in places:
        text.set_visible(False)
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3] / 255
    pixels = {}
    for text, box in places.items():
        text.set_visible(True)
        sides = box.intervaly, box.intervalx
        rows, columns = (slice(int(low), int(high) + 1) for low, high in sides)
        pixels[text] = image[rows, columns].reshape(-1, 3)
    for text, behind in pixels.items():
        patch = text.get_bbox_patch()
        if patch is not None and patch.get_facecolor()[3] == 1:
            behind = np.array([patch.get_facecolor()[:3]])
        own = luminance(np.array(to_rgb(text.get_color())))
        ground = luminance(behind)
        ratios = (np.maximum(own, ground) + 0.05) / (np.minimum(own, ground) + 0.05)
        # A line that crosses a word hides little of it.
        assert np.quantile(ratios, 0.1) >= 4.5, (text.get_text(), text.get_color())


def lines_and_marks(figure):
    """(axes, artist, colors) of what is drawn, but for grids, frames and images."""
    for axis in figure.axes:
        for artist in axis.get_children():
            if not artist.get_visible() or artist is axis.patch:
                continue
            if isinstance(artist, Line2D) and len(artist.get_xdata()):
                colors = [artist.get_color()]
                if artist.get_linestyle() == "None":
                    edge = artist.get_markeredgecolor()
                    colors = [artist.get_markerfacecolor(), edge]
                yield axis, artist, colors
            elif isinstance(artist, Patch):
                edge = artist.get_edgecolor() if artist.get_linewidth() else None
                face = artist.get_facecolor() if artist.get_fill() else None
                yield axis, artist, [face, edge]
            elif isinstance(artist, Collection) and not isinstance(artist, QuadMesh):
                width = np.max(artist.get_linewidths(), initial=0)
                edges = artist.get_edgecolors() if width else []
                faces = artist.get_facecolors()
                assert all(len(np.unique(of, axis=0)) < 2 for of in (faces, edges))
                yield axis, artist, [*faces[:1], *edges[:1]]
    for legend in figure.legends:
        for handle in legend.legend_handles:
            if isinstance(handle, Patch):
                yield None, handle, [handle.get_facecolor(), handle.get_edgecolor()]
            elif isinstance(handle, Line2D) and handle.get_linestyle() != "None":
                yield None, handle, [handle.get_color()]


def test_lines_and_marks_stand_out(figure):
    for axis, artist, colors in lines_and_marks(figure):
        ratio = best(*colors)
        if ratio < 3 and axis is not None and axis.images:
            # On an image: what is light lies on something dark and wider of its kind,
            # or cuts cells apart in the color of the panel.
            dark = [
                other
                for _, other, colors_of in lines_and_marks(figure)
                if type(other) is type(artist) and best(*colors_of) > 10
            ]
            cut = isinstance(artist, Line2D) and artist.get_color() == style.PANEL
            assert cut or dark, (artist, colors)
            continue
        assert ratio >= 3, (artist, colors)


@pytest.mark.parametrize("name", ["cividis", "gray"])
def test_black_or_white_is_legible_on_any_shade(name):
    shades = style.mpl.colormaps[name](np.linspace(0, 1, 256))[:, :3]
    assert min(contrast(style.text_on(shade), shade) for shade in shades) >= 4.5
