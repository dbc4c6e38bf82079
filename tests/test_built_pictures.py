"""Pictures of the built pages: sizes, and which of them wait for the reader."""

from types import SimpleNamespace

import pictures
import pytest
from bs4 import BeautifulSoup
from PIL import Image

SVG = '<?xml version="1.0"?><svg xmlns="x" {}><path d="M0 0"/></svg>'


@pytest.fixture
def folder(tmp_path):
    """A built book with pictures of 320 x 200 pixels and a page below them."""
    (tmp_path / "book").mkdir()
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (320, 200)).save(tmp_path / "_images" / "a.png")
    return tmp_path


def described(folder, *tags, before=""):
    """The images of a page with these tags, as their attributes."""
    page = f"{before}<article>\n{' '.join(tags)}</article>"
    new = pictures.describe(page, folder / "book")
    assert pictures.describe(new, folder / "book") == new
    soup = BeautifulSoup(new, "html.parser")
    return [dict(image.attrs) for image in soup.select("img")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ("320", "200")),
        ('style="width: 160px;"', ("160", "100")),
        ('style="max-width: 160px; width: 80px"', ("80", "50")),
        ('width="640"', ("640", "400")),
        ('height="50"', ("80", "50")),
        ('width="7" height="9"', ("7", "9")),
    ],
)
def test_sizes_are_those_shown_in_the_shape_of_the_file(folder, given, expected):
    (image,) = described(folder, f'<img src="../_images/a.png?v=1" {given} />')
    assert (image["width"], image["height"]) == expected
    if "max-width" in given:
        assert image["style"].strip() == "max-width: 160px;"
    else:
        assert "style" not in image


def test_all_below_the_first_wait(folder):
    tag = '<img alt="1 > 0 &amp; so on" hidden src="../_images/a.png" loading="{}">'
    tags = [tag.format(kind) for kind in ("lazy", "eager", "lazy")]
    logo, *images = described(folder, *tags, before='<img src="../_images/a.png"/>')
    assert logo == {"src": "../_images/a.png", "width": "320", "height": "200"}
    assert [image.get("loading") for image in images] == [None, "lazy", "lazy"]
    assert {image["decoding"] for image in images} == {"async"}
    assert {image["alt"] for image in images} == {"1 > 0 & so on"}
    assert all("hidden" in image for image in images)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('width="30px" height="20" viewBox="0 0 9 9"', (30, 20)),
        ('viewBox="0 0 12.5 8"', (12.5, 8)),
        ('width="100%" viewBox="0,0,4,2"', (4, 2)),
        ("", None),
    ],
)
def test_drawings_say_their_size_in_two_ways(tmp_path, head, expected):
    (tmp_path / "a.svg").write_text(SVG.format(head))
    assert pictures.size("a.svg", tmp_path) == expected


def test_a_picture_inside_the_page_or_from_afar(tmp_path):
    gif = "data:image/gif;base64,R0lGODlhAgABAIAAAP///wAAACwAAAAAAgABAAACAgQKADs="
    assert pictures.size(gif, tmp_path) == (2, 1)
    assert pictures.size("https://example.org/a.png", tmp_path) is None
    assert pictures.size("", tmp_path) is None


def test_every_page_of_a_good_build_is_gone_through(folder):
    app = SimpleNamespace(outdir=folder, builder=SimpleNamespace(format="html"))
    page = folder / "book" / "page.html"
    page.write_text('<article><img src="../_images/a.png"></article>')
    pictures.finish(app, RuntimeError("the build failed"))
    assert "width" not in page.read_text()
    pictures.finish(app, None)
    assert 'width="320" height="200"' in page.read_text()
    assert [path.name for path in folder.glob("book/*")] == ["page.html"]
