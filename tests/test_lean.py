"""What a page loads: what it asks for, by scripts that do not hold its text up."""

from pathlib import Path
from types import SimpleNamespace

import lean
import pytest

LISTING = '<div class="highlight-python notranslate"><div class="highlight"><pre>'


def asset(name: str | None, **attributes: str) -> SimpleNamespace:
    return SimpleNamespace(filename=name, attributes=attributes)


@pytest.mark.parametrize(
    ("loaded", "asking", "silent"),
    [
        (asset("togglebutton.js"), '<div class="admonition dropdown">', "dropdown"),
        (asset(None, body="let toggleHintShow"), '<p class="toggle">', "toggle"),
        (asset("design-tabs.js"), '<div class="sd-tab-set">', '<div class="sd-card">'),
    ],
)
def test_a_page_loads_what_it_asks_for(loaded, asking, silent):
    assert lean.used(loaded, asking)
    assert not lean.used(loaded, silent)


def test_what_every_page_needs_stays_and_what_none_needs_goes():
    assert lean.used(asset("page.js"), "")
    assert lean.used(asset(None, body="let x = 1"), "")
    everything = LISTING + '<div class="thebe cell sd-tab-set toggle">'
    assert not lean.used(asset("sphinx-thebe.js"), everything)
    assert not lean.used(asset("scripts/sphinx-book-theme.js"), everything)
    assert not lean.used(asset("copybutton.js"), everything)
    selector = "const THEBE_JS_URL = 1; const thebe_selector = 2"
    assert not lean.used(asset(None, body=selector), everything)


@pytest.mark.parametrize(
    ("template", "waits"), [("page.html", True), ("search.html", False)]
)
def test_scripts_wait_for_the_text_but_where_others_call_them(template, waits):
    context = {
        "body": "text",
        "script_files": [asset("doctools.js"), asset("sphinx-thebe.js")],
        "js_tag": lambda script: f'<script src="{script.filename}"></script>',
    }
    lean.lighten(None, "page", template, context, None)
    [script] = context["script_files"]
    assert ("defer src=" in context["js_tag"](script)) == waits
    assert (
        lean._defer('<script defer="defer" src="a.js">')
        == '<script defer="defer" src="a.js">'
    )


PAGES = {
    "search.html": '<script src="_static/searchtools.js?v=1"></script>',
    "404.html": r'document.write("<link href=\"_static/styles.css?v=2\" />")',
    "book/task.html": """<meta content="https://a.example/book/_static/card.png" />
        <link href="../_static/katex/k.css" /><img src='../_static/logo.svg'>""",
    "_static/macros.html": '<script src="_static/scripts/bootstrap.js"></script>',
}
USED = {
    "searchtools.js": "",
    "styles.css": 'a { background: url("images/a.svg"), url(data:image/png;base64,A) }',
    "card.png": "",
    "katex/k.css": "@font-face { src: url(fonts/K.woff2) } a { src: url(../b.c) }",
    "logo.svg": "",
    "images/a.svg": "",
    "katex/fonts/K.woff2": "",
    "b.c": "",
}
UNUSED = ["scripts/bootstrap.js", "katex/fonts/K.ttf", "fonts/deep/er/x.woff2", "a.map"]


@pytest.fixture
def book(tmp_path):
    """A built book with files that its pages load, by name or by style, and others."""
    static = {f"_static/{name}": text for name, text in USED.items()}
    static |= {f"_static/{name}": "" for name in UNUSED}
    for name, text in (PAGES | static).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(outdir=str(tmp_path), builder=builder)


def left(book: SimpleNamespace) -> set[str]:
    """What lies among the static files: files and folders."""
    static = Path(book.outdir, "_static")
    return {path.relative_to(static).as_posix() for path in static.rglob("*")}


def test_static_files_that_no_page_loads_are_removed(book):
    lean.clear(book, None)
    assert left(book) == {*USED, "images", "katex", "katex/fonts"}
    assert all(Path(book.outdir, n).exists() for n in ("search.html", "book/task.html"))
    lean.clear(book, None)  # once more changes nothing
    assert set(USED) < left(book)


def test_a_build_that_failed_or_makes_no_pages_removes_nothing(book):
    before = left(book)
    lean.clear(book, RuntimeError())
    book.builder.format = "text"
    lean.clear(book, None)
    assert left(book) == before
