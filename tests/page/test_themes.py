"""Figures as a browser shows them in each theme: the panel, and what stands out."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from helpers import figures, style
from tests.page.visits import visit
from tests.test_figures import contrast, linear

PAGE = "book/results.html"
"""It has one figure, a drawing: words, bars in three colors, dots, a grid."""
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
NEAR = 2
"""Of 255: by how much a color may differ that counts as the same."""
INK, MARKS = 0.001, 0.005
"""Shares of a figure: words have more ink, bars more color, the grid has less."""


def wrong_colors(pixels: np.ndarray, page: np.ndarray) -> list[str]:
    """What is not as book.css and style.py mean it, in words.

    pixels: a figure as it is shown, (H, W, 3) of 0 to 255. page: the color around it.
    """
    colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    panel, meant = colors[counts.argmax()], np.array(to_rgb(style.PANEL)) * 255
    luminance = linear(colors / 255) @ [0.2126, 0.7152, 0.0722]
    order = luminance.argsort()
    words = order[np.searchsorted(counts[order].cumsum(), INK * counts.sum())]
    # At its rim a picture may show a line of the page.
    marks = [
        colors[k]
        for k in np.flatnonzero(counts >= MARKS * counts.sum())
        if differ(colors[k], panel) and differ(colors[k], page)
    ]
    found = []
    if differ(panel, meant):
        found.append(f"the panel is {panel}, not {meant.round()}")
    if differ(pixels[0, 0], page):
        found.append(f"no round corner: {pixels[0, 0]} there, not {page}")
    for what, color, least in [
        ("ink", colors[words], 4.5),
        *((f"{mark}", mark, 3) for mark in marks),
    ]:
        if (ratio := contrast(color / 255, panel / 255)) < least:
            found.append(f"{what} stands out {ratio:.1f}:1 from {panel}, not {least}:1")
    return found


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two colors of 0 to 255 differ."""
    return bool(np.abs(one - other).max() > NEAR)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_reads_well_in_each_theme(theme, browser, server):
    options = {"color_scheme": theme, "device_scale_factor": 2}
    with visit(browser, server.root + PAGE, **options) as here:
        here.settle(THEME, theme, f"the page is not {theme}")
        shown = here.page.locator("article figure:not(.explorer) img")
        here.check(shown.count(), "no figure")
        for image in shown.all():
            page = np.array(image.evaluate(SHOWN), float)
            whole = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
            for finding in wrong_colors(np.asarray(whole, float), page):
                here.note(f"{theme}: {finding}")


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
    panel = np.array(to_rgb(style.PANEL)) * 255
    bare = np.where(np.abs(drawn - panel).max(-1, keepdims=True) < 1, NIGHT, drawn)
    said = "\n".join(wrong_colors(bare, NIGHT))  # no panel: ink on a dark page
    assert "the panel is [20. 24. 30.]" in said and "ink stands out" in said
    pale = cornered(panel - (panel - drawn) * 0.5, NIGHT).round()
    assert "ink stands out" in wrong_colors(pale, NIGHT)[0]
    blue = np.array(to_rgb(style.BLUE)) * 255
    faint = np.where(np.abs(drawn - blue).max(-1, keepdims=True) < 1, GRAY, drawn)
    (bar,) = wrong_colors(cornered(faint, NIGHT), NIGHT)
    assert bar.startswith("[170. 170. 170.] stands out 2.2:1")
