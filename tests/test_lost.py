"""The page for addresses that lead nowhere: links start from the top of the book."""

import re
from types import SimpleNamespace

import lost
import pytest

PAGE = (
    '<html><head><meta charset="utf-8" /><link href="/book/_static/a.css?v=1">'
    '</head><body><a href="/book/book/index.html">1</a><a href="/book/">2</a>'
    '<form action="/book/search.html"></form><a href="#main">3</a>'
    '<a href="//else.org/book/x">4</a><img src="https://x.org/book/a.png"></body></html>'
)


def test_links_start_from_the_top():
    page = lost.rooted(PAGE, "/book/")
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert links == [
        "/book/",  # the base
        "_static/a.css?v=1",
        "book/index.html",
        "./",
        "search.html",
        "#main",
        "//else.org/book/x",
        "https://x.org/book/a.png",
    ]
    assert page.index("<base") < page.index("<script") < page.index("a.css")


def test_a_book_at_the_top_of_its_host():
    page = lost.rooted(PAGE, "/")
    assert '"book/_static/a.css?v=1"' in page
    assert '"//else.org/book/x"' in page


def test_a_base_behind_a_link_would_come_too_late():
    late = PAGE.replace("<head>", '<head><link href="/book/b.css">')
    with pytest.raises(ValueError, match="no place for a <base>"):
        lost.rooted(late, "/book/")


@pytest.mark.parametrize(
    ("site", "top"),
    [
        ("https://you.github.io/book/", "/book/"),
        ("https://you.github.io/", "/"),
        ("", "/"),
    ],
)
def test_the_top_is_that_of_the_pages(site, top):
    config = SimpleNamespace(site=site)
    lost.prepare(None, config)
    assert config.notfound_urls_prefix == top
    assert f'href="{top}book/index.html"' in config.notfound_context["body"]
