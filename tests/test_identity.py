"""The logo and what is drawn from it, heads of pages, and files for search engines."""

from types import SimpleNamespace
from xml.etree import ElementTree

import address
import identity
import numpy as np
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document

BARS = [given for kind, given in identity.shapes() if kind == "rect"]
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def luminance(color):
    """Relative luminance, as WCAG 2 defines it."""
    values = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]


# Drawings


def test_the_bars_are_the_maps_of_a_u_net():
    """Two poolings: each halves the height, and the channels double."""
    from helpers.spec import UNetSpec

    spec = UNetSpec(widths=(8, 16, 32))
    channels = [*spec.widths, *reversed(spec.widths[:-1])]
    widths = np.array([float(bar["width"]) for bar in BARS])
    heights = np.array([float(bar["height"]) for bar in BARS])
    np.testing.assert_allclose(widths / widths[0], np.array(channels) / channels[0])
    np.testing.assert_allclose(widths * heights, widths[0] * heights[0])
    bottoms = {float(bar["y"]) + float(bar["height"]) for bar in BARS}
    assert len(bottoms) == 1


@pytest.mark.parametrize("ground", ["#ffffff", "#121212", "#14181e", identity.PAPER])
def test_the_logo_stands_out_in_light_and_dark(ground):
    for color in {given["fill"] for _, given in identity.shapes()}:
        bright, dark = sorted([luminance(color), luminance(ground)], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 3, color


def test_a_drawing_that_icons_would_lack_is_refused(tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><g><path d=""/></g></svg>')
    with pytest.raises(ValueError, match=r"logo\.svg: <path> is not drawn"):
        identity.shapes(path)


@pytest.mark.parametrize("size", [16, 48, 180])
def test_an_icon_is_the_logo(size):
    picture = np.array(identity.icon(size))
    assert picture.shape == (size, size, 4)
    assert picture[0, size // 2, 3] == 0, "no ground"

    def at(x, y):
        return picture[int(y / 64 * size), int(x / 64 * size)]

    blue, vermilion = (0, 114, 178), (213, 94, 0)
    for x, y in [(13.5, 45), (32, 55), (50.5, 45)]:
        np.testing.assert_allclose(at(x, y)[:3], blue, atol=3)
    np.testing.assert_allclose(at(32, 24)[:3], vermilion, atol=3)
    assert at(32, 6)[3] == 0, "the U is open above"


def test_the_card_is_as_large_as_cards_are():
    drawn = identity.card("U-Net: learned", "One line.\nAnother.")
    assert drawn.size == (1200, 630)
    edge = np.array(drawn)[:, -30:]
    assert (edge == edge[0, 0]).all(), "the text runs over the edge"


# Heads


def page(*parts):
    document, section = new_document("page"), nodes.section()
    section += [nodes.title(text="Title"), *(nodes.paragraph(text=p) for p in parts)]
    document += [nodes.paragraph(text="Open in Colab"), section]
    return document


def test_a_page_is_described_by_its_promise():
    told = identity.promise(page("You will see\nthis. And that.", "You need Python."))
    assert told == "You will see this."
    assert identity.promise(page("Here they are:")) == "Here they are"
    assert identity.promise(new_document("empty")) == ""


def test_a_head_has_icons_and_the_description():
    context = {"pathto": lambda path, resource: "../" + path, "meta": None}
    identity.head(None, "book/a", "page.html", context, page('A "b" & <c>. D.'))
    soup = BeautifulSoup(context["metatags"], "html.parser")
    assert soup.select_one('meta[name="description"]')["content"] == 'A "b" & <c>.'
    assert soup.select_one('link[rel="icon"]')["href"] == "../_static/favicon.ico"
    assert not soup.select("meta[name=robots]")
    context["metatags"] = ""
    identity.head(None, "404", "page.html", context, None)
    assert "noindex" in context["metatags"]


# Addresses


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("https://github.com/You/Book", "https://you.github.io/Book/"),
        ("https://github.com/you/you.github.io", "https://you.github.io/"),
        ("https://gitlab.com/group/part/book", "https://group.gitlab.io/part/book/"),
        ("https://codeberg.org/you/book", "https://you.codeberg.page/book/"),
        ("https://example.org/you/book", ""),
        ("file:///some/where/book", ""),
    ],
)
def test_the_pages_of_a_repository(repository, site):
    assert address.pages(repository) == site


@pytest.mark.parametrize(
    ("asked", "status"),
    [("https://github.com/You/book.git", 0), ("https://github.com/else/book", 1)],
)
def test_whether_the_address_is_that_of_a_repository(asked, status, monkeypatch):
    mine = ("https://github.com/you/Book", "main")
    monkeypatch.setattr(address, "read", lambda: mine)
    monkeypatch.setattr("sys.argv", ["address.py", "--is", asked])
    with pytest.raises(SystemExit) as ended:
        address.main()
    assert int(ended.value.code) == status


def prepared(folder, url):
    (folder / "_config.yml").write_text(f"repository:\n  url: {url}\n")
    config = SimpleNamespace(html_title="Title")
    identity.prepare(SimpleNamespace(confdir=folder), config)
    return config


def test_absolute_addresses_come_from_the_repository(tmp_path):
    mine = prepared(tmp_path, "https://github.com/you/book")
    assert mine.ogp_image == "https://you.github.io/book/_static/card.png"
    assert mine.html_baseurl == mine.site == "https://you.github.io/book/"
    nobody = prepared(tmp_path, address.PLACEHOLDER)
    assert nobody.ogp_image.startswith("https://owner.github.io/")
    assert nobody.html_baseurl == "", "no search engine is sent to the placeholder"
    assert prepared(tmp_path, "https://example.org/a/b").site == ""


def finished(folder, site):
    (folder / "book").mkdir(exist_ok=True)
    (folder / "book/index.html").write_text(
        '<head><meta property="og:title" content="T"><meta name="description" '
        'content="D"><meta name="twitter:card" content="C">'
        '<link rel="icon" href="../_static/logo.svg">'
        '<link rel="apple-touch-icon" href="../_static/touch-icon.png">'
        f'<link rel="canonical" href="{site}book/index.html"></head>'
    )
    names = {"root_doc": "book/index", "html_title": "A: b"}
    config = SimpleNamespace(**names, site=site, html_baseurl=site)
    found = {"book/index", "book/task", "search"}
    app = SimpleNamespace(
        outdir=folder,
        config=config,
        builder=SimpleNamespace(format="html"),
        env=SimpleNamespace(found_docs=found),
    )
    identity.finish(app, None)


def test_the_top_of_the_site_leads_to_the_start_page(tmp_path):
    finished(tmp_path, "https://you.github.io/book/")
    soup = BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser")
    assert soup.html["lang"] == "en"
    assert soup.title.text == "A: b"
    assert soup.select_one("a")["href"] == "book/index.html"
    assert "url=book/index.html" in soup.select_one("[http-equiv]")["content"]
    assert soup.select_one('[property="og:title"]')["content"] == "T"
    assert soup.select_one('[rel="icon"]')["href"] == "_static/logo.svg"
    touch = soup.select_one('[rel="apple-touch-icon"]')
    assert touch["href"] == "_static/touch-icon.png"
    assert soup.select_one('[name="twitter:card"]')["content"] == "C"
    canonical = soup.select_one('[rel="canonical"]')["href"]
    assert canonical == "https://you.github.io/book/book/index.html"
    assert (tmp_path / ".nojekyll").is_file()


def test_search_engines_get_every_page(tmp_path):
    finished(tmp_path, "https://you.github.io/book/")
    root = ElementTree.parse(tmp_path / "sitemap.xml").getroot()
    assert [each.text for each in root.findall("s:url/s:loc", SITEMAP)] == [
        "https://you.github.io/book/book/index.html",
        "https://you.github.io/book/book/task.html",
    ]
    robots = (tmp_path / "robots.txt").read_text()
    assert "Sitemap: https://you.github.io/book/sitemap.xml\n" in robots


def test_without_an_address_there_is_no_sitemap(tmp_path):
    finished(tmp_path, "https://you.github.io/book/")
    finished(tmp_path, "")
    assert not (tmp_path / "sitemap.xml").exists(), "of the address before"
    assert not (tmp_path / "robots.txt").exists()
    assert (tmp_path / "index.html").exists()
