"""Icons: those that pages show are drawn, and the build finds one that is not."""

from types import SimpleNamespace

import icons
import numpy as np
import pytest
from bs4 import BeautifulSoup
from fontTools.pens.boundsPen import BoundsPen
from fontTools.svgLib.path import parse_path
from PIL import Image, ImageDraw, ImageFont

EVERY = [(kind, name) for kind, names in icons.SHOWN.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_drawing_covers_what_the_font_prints(kind, name):
    svg = BeautifulSoup(icons.drawing(kind, name), "html.parser").svg
    _, _, width, height = map(int, svg["viewbox"].split())
    drawn = BoundsPen(None)
    parse_path(svg.path["d"], drawn)

    [font] = [font for font, of in icons.FONTS.items() if of == kind]
    [file] = icons.THEME.glob(f"vendor/fontawesome/*/webfonts/{font}.ttf")
    printed = Image.new("L", (width, height))
    letter = chr(icons._codes()[name])
    ImageDraw.Draw(printed).text(
        (0, 448), letter, 255, ImageFont.truetype(str(file), 512), anchor="ls"
    )
    y, x = np.nonzero(np.asarray(printed) > 127)
    box = [x.min(), y.min(), x.max() + 1, y.max() + 1]
    assert np.allclose(drawn.bounds, box, atol=2)


def test_an_icon_that_the_theme_lacks_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        icons.drawing("solid", "nothing")


def test_the_style_sheet_is_small_names_its_source_and_loads_nothing(tmp_path):
    config = SimpleNamespace(html_static_path=[])
    icons.write(SimpleNamespace(outdir=tmp_path / "html"), config)
    [folder] = config.html_static_path
    style = (tmp_path / "icons" / icons.STYLE).read_text()
    assert folder == str(tmp_path / "icons")
    assert "Icons: CC BY 4.0" in style
    assert style.count("--icon: url(") == len(EVERY) == style.count('url("data:')
    assert style.count("url(") == len(EVERY)
    assert len(style) < 20_000
    assert "--pst-icon-external-link: none" in style


def test_an_icon_without_a_drawing_is_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<i class="fa-solid fa-bars fa-lg"></i><span class="fab fa-github"></span>'
    )
    assert icons.missing([page]) == []
    page.write_text('<i class="fa-solid fa-lemon fa-lg"></i>')
    assert icons.missing([page]) == ["page.html: fa-solid fa-lemon fa-lg"]
