"""Figures as a browser shows them in each theme: the panel, and what stands out."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from helpers import figures, style
from tests.page import built
from tests.page.visits import visit
from tests.test_figures import contrast, linear

DRAWINGS = "book/results.html"
"""It has one figure, a drawing: words, bars in three colors, dots, a grid."""
EXPLORERS = ("book/index.html", "book/padding.html")
"""Theirs show pictures and pale fills as well, and a frame lower than its place."""
THEME = "theme => document.documentElement.dataset.theme === theme"
SHOWN = """async (image) => {
  image.loading = "eager";
  image.decoding = "sync";
  image.scrollIntoView({ block: "center" });
  await image.decode();
  let ground, up = image;
  do {
    up = up.parentElement;
    ground = getComputedStyle(up).backgroundColor;
  } while (ground === "rgba(0, 0, 0, 0)");
  return ground.match(/\\d+/g).slice(0, 3).map(Number);
}"""
"""Wait for a picture; the color of the page around it."""
MEANT = np.array(to_rgb(style.PANEL)) * 255
NEAR = 2
"""Of 255: by how much a color may differ that counts as the same."""
INK, MARKS = 0.001, 0.005
"""Shares of a figure: words have more ink, bars more color, the grid has less."""
RIM, CORNER = 4, 20
"""Pixels: so far inside is nothing but the panel, and a corner ends so far along."""


def panel_of(pixels: np.ndarray) -> np.ndarray:
    """The color along the four sides of a figure; where they differ, the oddest."""
    across = pixels.swapaxes(0, 1)
    sides = (pixels, pixels[::-1], across, across[::-1])
    rim = np.concatenate([side[RIM, CORNER:-CORNER] for side in sides])
    return rim[np.abs(rim - MEANT).max(-1).argmax()]


def wrong_panel(pixels: np.ndarray, page: np.ndarray) -> list[str]:
    """What is wrong with a figure's panel, or with its words on it.

    pixels: a figure as it is shown, (H, W, 3) of 0 to 255. page: the color around it.
    """
    panel, colors = panel_of(pixels), pixels.reshape(-1, 3)
    luminance = linear(colors / 255) @ [0.2126, 0.7152, 0.0722]
    place = int(INK * len(colors))
    words = colors[np.argpartition(luminance, place)[place]]
    found = []
    if differ(panel, MEANT):
        found.append(f"the panel is {panel}, not {MEANT.round()}")
    if differ(pixels[0, 0], page):
        found.append(f"no round corner: {pixels[0, 0]} there, not {page}")
    return found + unclear("ink", words, panel, 4.5)


def unclear(what: str, color: np.ndarray, panel: np.ndarray, least: float) -> list[str]:
    """That a color does not stand out enough; empty where it does."""
    ratio = contrast(color / 255, panel / 255)
    said = f"{what} stands out {ratio:.1f}:1 from {panel}, not {least}:1"
    return [said] if ratio < least else []


def wrong_colors(pixels: np.ndarray, page: np.ndarray) -> list[str]:
    """What is not as book.css and style.py mean it in a drawing; see `wrong_panel`."""
    colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    panel, found = panel_of(pixels), wrong_panel(pixels, page)
    for mark in colors[counts >= MARKS * counts.sum()]:
        # At its rim a picture may show a line of the page.
        if differ(mark, panel) and differ(mark, page):
            found += unclear(f"{mark}", mark, panel, 3)
    return found


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two colors of 0 to 255 differ."""
    return bool(np.abs(one - other).max() > NEAR)


@pytest.mark.parametrize("name", [DRAWINGS, *EXPLORERS])
def test_figures_read_well_in_both_themes(name, browser, server):
    kind, wrong = ".explorer", wrong_panel
    if name == DRAWINGS:
        kind, wrong = ":not(.explorer)", wrong_colors
    still = {"reduced_motion": "reduce"}  # a color that fades in is not there at once
    with visit(browser, server.root + name, device_scale_factor=2, **still) as here:
        shown = here.page.locator(f"article figure{kind} img")
        here.check(shown.count() >= (built.count_explorers(name) or 1), "not all there")
        for theme in ("light", "dark"):
            here.page.emulate_media(color_scheme=theme, **still)
            here.settle(THEME, theme, f"the page is not {theme}")
            for number, image in enumerate(shown.all(), 1):
                page = np.array(image.evaluate(SHOWN), float)
                whole = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
                for finding in wrong(np.asarray(whole, float), page):
                    here.note(f"{theme}, figure {number}: {finding}")


@pytest.mark.parametrize("name", built.chapters() or ["no page"])
def test_every_figure_of_a_chapter_has_its_panel_in_the_dark(name, browser, server):
    # So high that the tallest figure fits below the head of the page.
    tall = {"width": 1280, "height": 1600}
    dark = {"viewport": tall, "color_scheme": "dark", "reduced_motion": "reduce"}
    with visit(browser, server.root + name, **dark) as here:
        here.settle(THEME, "dark", "the page is not dark")
        images = here.page.locator("article figure img:visible").all()
        here.check(len(images) > 3, f"{len(images)} figures")
        for number, image in enumerate(images, 1):
            page = np.array(image.evaluate(SHOWN), float)
            whole = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
            for finding in wrong_panel(np.asarray(whole, float), page):
                here.note(f"figure {number}: {finding}")


WHITE, GRAY = np.full(3, 255.0), np.full(3, 170.0)
NIGHT = np.array([20.0, 24, 30])


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """A figure of the kind that the page has."""
    bars = figures.bars({name: [0.9, 0.8, 0.85] for name in "abc"}, "IoU of ellipses")
    return np.asarray(Image.open(io.BytesIO(style.png(bars))).convert("RGB"), float)


def cornered(pixels: np.ndarray, page: np.ndarray) -> np.ndarray:
    """The figure with one pixel of the page in its corner."""
    pixels = pixels.copy()
    pixels[0, 0] = page
    return pixels


@pytest.mark.parametrize("page", [WHITE, NIGHT], ids=["light", "dark"])
def test_a_figure_on_its_panel_is_as_it_is_meant(drawn, page):
    assert wrong_colors(cornered(drawn, page), page) == []


def test_what_a_theme_may_do_to_a_figure_is_found(drawn):
    dimmed = cornered(drawn * 0.8, NIGHT)
    assert "the panel is [201. 200. 198.]" in wrong_colors(dimmed.round(), NIGHT)[0]
    (square,) = wrong_colors(drawn, NIGHT)
    assert square.startswith("no round corner")
    low = np.concatenate([drawn, np.full((60, drawn.shape[1], 3), WHITE)])
    (below,) = wrong_panel(cornered(low, NIGHT), NIGHT)  # another ground below it
    assert "the panel is [255. 255. 255.]" in below
    bare = np.where(np.abs(drawn - MEANT).max(-1, keepdims=True) < 1, NIGHT, drawn)
    said = "\n".join(wrong_colors(bare, NIGHT))  # no panel: ink on a dark page
    assert "the panel is [20. 24. 30.]" in said and "ink stands out" in said
    pale = cornered(MEANT - (MEANT - drawn) * 0.5, NIGHT).round()
    assert "ink stands out" in wrong_colors(pale, NIGHT)[0]
    blue = np.array(to_rgb(style.BLUE)) * 255
    faint = np.where(np.abs(drawn - blue).max(-1, keepdims=True) < 1, GRAY, drawn)
    (bar,) = wrong_colors(cornered(faint, NIGHT), NIGHT)
    assert bar.startswith("[170. 170. 170.] stands out 2.2:1")
