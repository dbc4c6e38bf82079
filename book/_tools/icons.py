"""The icons of the theme, without the 2 MB of script, style and fonts that bring them.

As a Sphinx extension this draws those that pages show, taken from the outlines of the
theme's own Font Awesome, into one small style sheet: each icon is a mask of the text's
color. `missing` finds the icons of built pages that have no drawing here.
"""

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pydata_sphinx_theme
from bs4 import BeautifulSoup
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.config import Config

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
STYLE = "icons.css"
FONTS = {"fa-solid-900": "solid", "fa-brands-400": "brands"}
EM, DESCENT = 512, 64  # units of the fonts
SHOWN = {
    "solid": [
        *("angle-left", "angle-right", "arrow-up", "bars", "chevron-down"),
        *("circle-half-stroke", "code", "download", "expand", "file", "file-pdf"),
        *("list", "magnifying-glass", "moon", "rocket", "sun", "xmark"),
    ],
    "brands": ["github"],
}
"""What the pages of the book show, by font."""

BASE = """\
:is(.fa-solid, .fa-brands, .fas, .fab) {
  display: inline-block;
  width: 1.25em;
  height: 1em;
  vertical-align: -0.125em;
  background-color: currentcolor;
  mask: var(--icon) center / contain no-repeat;
}
.fa-lg {
  font-size: 1.25em;
  line-height: 0.05em;
  vertical-align: -0.075em;
}
@media (forced-colors: active) {
  :is(.fa-solid, .fa-brands, .fas, .fab) {
    background-color: CanvasText;
  }
}
"""


@cache
def _font(kind: str) -> TTFont:
    [folder] = THEME.glob("vendor/fontawesome/*/webfonts")
    [name] = [name for name, of in FONTS.items() if of == kind]
    return TTFont(folder / f"{name}.ttf")


@cache
def _theirs() -> str:
    """The theme's own style sheet of icons."""
    [file] = THEME.glob("vendor/fontawesome/*/css/all.min.css")
    return file.read_text()


@cache
def _codes() -> dict[str, int]:
    """The place of each icon in its font, by name."""
    found = {}
    rule = r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}'
    for names, code in re.findall(rule, _theirs()):
        for name in re.findall(r"\.fa-([\w-]+):before", names):
            found[name] = int(code, 16)
    return found


def drawing(kind: str, name: str) -> str:
    """The icon as SVG, one em high; raises `KeyError` where the theme has none."""
    font = _font(kind)
    glyphs = font.getGlyphSet()
    glyph = glyphs[font.getBestCmap()[_codes()[name]]]
    pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
    # A font counts upward from the line of text, a picture downward from its top.
    glyph.draw(TransformPen(pen, (1, 0, 0, -1, 0, EM - DESCENT)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {glyph.width} {EM}">'
        f'<path d="{pen.getCommands()}"/></svg>'
    )


def style() -> str:
    """The style sheet; what the theme writes with the font itself is left out."""
    rules = [
        re.match(r"/\*!.*?\*/", _theirs(), re.DOTALL)[0],
        "\n",
        BASE,
    ]  # the license
    for kind, names in SHOWN.items():
        for name in names:
            svg = quote(drawing(kind, name), safe=" =:/'<>,")
            rules.append(f'.fa-{name} {{ --icon: url("data:image/svg+xml,{svg}"); }}\n')
    theme = (THEME / "styles/pydata-sphinx-theme.css").read_text()
    for name in sorted(set(re.findall(r"--pst-icon-[\w-]+", theme))):
        rules.append(f"html[data-theme] {{ {name}: none; }}\n")
    return "".join(rules)


def missing(pages: list[Path]) -> list[str]:
    """The icons that the built pages ask for and the style sheet does not have."""
    found = set()
    for page in pages:
        soup = BeautifulSoup(page.read_text(), "html.parser")
        for icon in soup.select("i[class*=fa-], span[class*=fa-]"):
            names = [name.removeprefix("fa-") for name in icon["class"]]
            if not any(name in shown for shown in SHOWN.values() for name in names):
                found.add(f"{page.name}: {' '.join(icon['class'])}")
    return sorted(found)


def write(app: Sphinx, config: Config) -> None:
    """Have the style sheet among the static files."""
    folder = Path(app.outdir).parent / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STYLE).write_text(style())
    config.html_static_path.append(str(folder))


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("config-inited", write)
    app.add_css_file(STYLE, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
