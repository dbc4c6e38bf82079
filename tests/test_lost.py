"""The page for addresses that lead nowhere: links start from the top of the book."""

import json
import re
from types import SimpleNamespace

import lost
import pytest

PAGE = (
    '<html><head><meta charset="utf-8" /><link href="/book/_static/a.css?v=1">'
    '<script defer src="/book/_static/a.js"></script></head><body>'
    '<a href="/book/book/index.html">1</a><a href="/book/">2</a>'
    '<form action="/book/search.html"></form><a href="#main">3</a>'
    '<a href="//else.org/book/x">4</a><img alt="" src="/book/_static/logo.svg">'
    "<script>const kept = '<img src=\"x\">'</script></body></html>"
)


def links(page):
    return re.findall(r'(?:href|src|action)="([^"]*)"', page)


def test_links_start_from_the_top():
    assert links(lost.rooted(PAGE, "/book/")) == [
        "_static/a.css?v=1",
        "_static/a.js",
        "book/index.html",
        "./",
        "search.html",
        "#main",
        "//else.org/book/x",
        "_static/logo.svg",
        "x",
    ]


def test_a_book_at_the_top_of_its_host():
    page = lost.rooted(PAGE, "/")
    assert '"book/_static/a.css?v=1"' in page
    assert '"//else.org/book/x"' in page


def test_nothing_is_loaded_before_the_base_is_known():
    page = lost.based(lost.rooted(PAGE, "/book/"), "/book/")
    assert page.index("document.write(`<base") < page.index("a.css")
    for noscript in re.findall("<noscript>.*?</noscript>", page):
        page = page.replace(noscript, "")
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"<(link|img|script|base)\b", outside)
    written = re.findall(r"document\.write\((\".*?\")\)</script>", page)
    assert [json.loads(text) for text in written] == [
        '<link href="_static/a.css?v=1">',
        '<script defer src="_static/a.js"></script>',
        '<img alt="" src="_static/logo.svg">',
    ]
    assert "<script>const kept = '<img src=\"x\">'</script>" in page


def test_a_base_behind_a_link_would_come_too_late():
    late = PAGE.replace("<head>", '<head><link href="/book/b.css">')
    with pytest.raises(ValueError, match="no place for a <base>"):
        lost.based(late, "/book/")


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
