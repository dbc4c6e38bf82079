"""A Sphinx extension for what the book looks like from outside.

The logo is one drawing, book/_static/logo.svg; the icons of old browsers and telephones
and the card that a shared link shows are drawn from it in every build. A page's
description is its promise: the first sentence below its title. Addresses that have to
be absolute come from the repository's, in _config.yml.
"""

import re
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import address
import numpy as np
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyBboxPatch
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config

LOGO = Path(__file__).resolve().parents[1] / "_static" / "logo.svg"
SIDE = 64  # of the logo, in its own units
CARD = (1200, 630)  # pixels; what the places that show cards ask for
PAPER, INK, QUIET = "#fbfaf7", "#22262b", "#5b6169"  # those of the figures
UNLISTED = {"404", "search"}
START = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="0; url={page}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    {head}
  </head>
  <body><a href="{page}">{title}</a></body>
</html>
"""


# Drawings


def shapes(path: Path = LOGO) -> list[tuple[str, dict[str, str]]]:
    """The rectangles and ellipses of an SVG file, each with its attributes.

    A group hands its attributes on. Raises `ValueError` for anything else that is
    drawn, because the icons would lack it.
    """
    found: list[tuple[str, dict[str, str]]] = []

    def walk(element: ElementTree.Element, given: dict[str, str]) -> None:
        for child in element:
            kind = child.tag.rpartition("}")[2]
            own = given | child.attrib
            if kind == "g":
                walk(child, own)
            elif kind in ("rect", "ellipse"):
                found.append((kind, own))
            elif kind not in ("title", "desc"):
                raise ValueError(f"{path.name}: <{kind}> is not drawn in the icons")

    walk(ElementTree.parse(path).getroot(), {})
    return found


def draw(figure: Figure, box: tuple[float, float, float, float]) -> None:
    """Draw the logo into a figure; box: left, bottom, width, height in fractions."""
    axes = figure.add_axes(box, xlim=(0, SIDE), ylim=(SIDE, 0))
    axes.set_axis_off()
    axes.set_aspect("equal")
    for kind, given in shapes():
        number = partial(lambda given, name: float(given.get(name, 0)), given)
        if kind == "rect":
            corner = f"round,pad=0,rounding_size={number('rx')}"
            place = number("x"), number("y")
            size = number("width"), number("height")
            patch = FancyBboxPatch(place, *size, boxstyle=corner)
        else:
            turned = re.match(r"rotate\((-?[\d.]+)", given.get("transform", ""))
            place = number("cx"), number("cy")
            size = 2 * number("rx"), 2 * number("ry")
            patch = Ellipse(place, *size, angle=float(turned[1]) if turned else 0)
        patch.set(facecolor=given["fill"], linewidth=0)
        axes.add_patch(patch)


def icon(size: int, ground: str | None = None) -> Image.Image:
    """The logo as a square picture of `size` pixels, on a ground or on none."""
    figure = Figure(figsize=(1, 1), dpi=4 * size, layout="none")
    canvas = FigureCanvasAgg(figure)
    figure.patch.set(facecolor=ground or "none")
    edge = 0.14 if ground else 0.02
    draw(figure, (edge, edge, 1 - 2 * edge, 1 - 2 * edge))
    canvas.draw()
    picture = Image.fromarray(np.array(canvas.buffer_rgba()))
    return picture.resize((size, size), Image.Resampling.BOX)


def card(title: str, line: str) -> Image.Image:
    """What a shared link shows: the logo, the title, a line below it."""
    name, _, rest = title.partition(": ")
    size = CARD[0] / 100, CARD[1] / 100
    figure = Figure(figsize=size, dpi=100, facecolor=PAPER, layout="none")
    canvas = FigureCanvasAgg(figure)
    font = font_manager.FontProperties(family="DejaVu Sans")
    draw(figure, (0.06, 0.2, 0.6 * CARD[1] / CARD[0], 0.6))
    write = partial(figure.text, 0.44, ha="left", va="baseline", fontproperties=font)
    write(0.6, name, fontsize=76, fontweight="bold", color=INK)
    write(0.46, rest, fontsize=33, color=INK)
    for k, part in enumerate(line.split("\n")):
        write(0.33 - 0.075 * k, part, fontsize=20, color=QUIET)
    canvas.draw()
    return Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")


def draw_all(app: Sphinx) -> None:
    """Icons and card, into the built book."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [16, 32, 48]
    small = [icon(size) for size in sizes]
    small[-1].save(
        folder / "favicon.ico",
        sizes=[(size, size) for size in sizes],
        append_images=small[:-1],
    )
    icon(180, PAPER).save(folder / "touch-icon.png", optimize=True)
    drawn = card(app.config.html_title, app.config.card_line)
    drawn.quantize(64).save(folder / "card.png", optimize=True)


# Heads


def promise(page: nodes.document) -> str:
    """The first sentence below the page's title."""
    section = page.next_node(nodes.section)
    opening = section and section.next_node(nodes.paragraph)
    text = " ".join(opening.astext().split()) if opening else ""
    return re.split(r"(?<=[.!?])\s", text)[0].removesuffix(":")


def prepare(app: Sphinx, config: Config) -> None:
    """Tell Sphinx and its extensions where the book will be."""
    url = yaml.safe_load((Path(app.confdir) / "_config.yml").read_text())
    url = url["repository"]["url"]
    config.ogp_site_url = config.site = address.pages(url)
    config.ogp_image = config.ogp_site_url + "_static/card.png"
    config.ogp_site_name = config.html_title
    config.ogp_image_alt = f"The book's logo and title: {config.html_title}"
    width, height = CARD
    config.ogp_custom_meta_tags = (
        f'<meta property="og:image:width" content="{width}" />',
        f'<meta property="og:image:height" content="{height}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    )
    # Nobody's pages are at the placeholder's: no search engine is sent there.
    config.html_baseurl = config.site if url != address.PLACEHOLDER else ""


def head(
    app: Sphinx, name: str, template: str, context: dict, page: nodes.document | None
) -> None:
    """A page's icons and description."""
    path = context["pathto"]
    icons = [("icon", "favicon.ico", ' sizes="32x32"')]
    icons += [("apple-touch-icon", "touch-icon.png", "")]
    tags = [
        f'<link rel="{kind}" href="{path("_static/" + file, True)}"{sizes} />'
        for kind, file, sizes in icons
    ]
    if name in UNLISTED:
        tags.append('<meta name="robots" content="noindex" />')
    if page is not None and (told := promise(page)):
        quoted = told.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        context["meta"] = (context.get("meta") or {}) | {"og:description": quoted}
        tags.append(f'<meta name="description" content="{quoted}" />')
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags) + "\n"


# Files at the top of the site


def finish(app: Sphinx, error: Exception | None) -> None:
    """The way from the top of the site to the start page, and for search engines."""
    if error or app.builder.format != "html":
        return
    top, root = Path(app.outdir), app.config.root_doc
    built = top / f"{root}.html"
    if built.exists():
        soup = BeautifulSoup(built.read_text(), "html.parser")
        tags = soup.head.select(
            "meta[property], meta[name=description], meta[name^=twitter], "
            "link[rel=icon], link[rel=apple-touch-icon], link[rel=canonical]"
        )
        for tag in tags:
            if tag.name == "link" and "canonical" not in tag["rel"]:
                tag["href"] = "_static/" + tag["href"].rpartition("/")[2]
        lines = "\n    ".join(str(tag) for tag in tags)
        page = f"{root}.html"
        text = START.format(page=page, title=app.config.html_title, head=lines)
        address.replace(top / "index.html", text)
    # Without this file, a branch that GitHub publishes loses what begins with _.
    (top / ".nojekyll").touch()
    sitemap, robots = top / "sitemap.xml", top / "robots.txt"
    if not app.config.html_baseurl:
        for path in (sitemap, robots):  # those of an address that the book had before
            path.unlink(missing_ok=True)
        return
    names = sorted(set(app.env.found_docs) - UNLISTED)
    places = [f"  <url><loc>{app.config.site}{name}.html</loc></url>" for name in names]
    address.replace(sitemap, SITEMAP.format("\n".join(places)))
    address.replace(
        robots, f"User-agent: *\nAllow: /\nSitemap: {app.config.site}sitemap.xml\n"
    )


SITEMAP = """\
<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}
</urlset>
"""


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    for part in ("sphinxext.opengraph", "startpage", "colophon", "lost"):
        app.setup_extension(part)
    app.add_config_value("site", "", "html")
    app.add_config_value("card_line", "", "html")
    app.connect("config-inited", prepare)
    app.connect("builder-inited", draw_all)
    app.connect("html-page-context", head, priority=450)  # opengraph comes at 500
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
