"""The tests of the pages see what they should, and say plainly why they do not run."""

import json
import os
import re

import pytest

from tests.page import built, visits

BAD = """<!DOCTYPE html>
<html lang="en" style="scroll-behavior: smooth">
<head><title>Bad</title><link rel="icon" href="data:,"></head>
<body style="margin: 0">
<main><article><h1>Bad</h1>
<img src="http://outside.example/a.png" alt="A picture from elsewhere"
  width="9" height="9">
<img src="here.png" width="200" height="100" alt="A gray field, four by two pixels">
<p style="transition: color 2s">$$\\frac{1}{2}$$ and <span class="math">x</span></p>
<pre style="width: 99px; overflow: auto">assert this_line_is_longer_than == 99</pre>
<div style="width: 1500px">wide</div>
<div class="cell_output"><pre style="height: 900px">a table without end</pre></div>
<div style="height: 3000px"></div>
<section style="content-visibility: auto"><p style="width: 1600px">far</p></section>
<img src="missing.png" alt="A picture that is not there" width="9" height="9">
<img src="here.png" loading="lazy">
</article></main>
<script>console.warn("careful"); undefined_function();</script>
</body></html>
"""
FINDINGS = {
    "asked": "asks for http://outside.example/a.png, outside the book",
    "answered": r"404 for http://127.0.0.1:\d+/some/folder/missing.png",
    "console": "console, warning: careful",
    "script": "script error: undefined_function is not defined",
    "formulas": "formula as raw text: <p>|formula not shown: x",
    "waiting": "far below the fold, but not lazy: <img> missing.png",
    "pictures": (
        "does not load: <img> http://outside|does not load: <img> missing"
        "|picture without width and height: <img> here.png"
        '|alt says nothing \\(""\\)|1.00 pixels per point'
    ),
    "captions": 'no caption under "Bad": <img> here.png',
    "cut": "scrolls sideways.*: assert this_line_is",
    "long": 'long output, not folded under "Bad"',
    "sideways": "1600 points wide on a screen of 1280: <div> wide; <p> far",
    "moving": "moves for 2 s: <p.*|scrolls smoothly",
}
"""What a visit (the first four) and functions of in_page.js find there, joined by |."""


def test_a_bad_page_fails_with_every_reason(tmp_path, browser):
    from PIL import Image

    (tmp_path / "page.html").write_text(BAD)
    Image.new("L", (400, 200)).save(tmp_path / "here.png")
    with (
        visits.serving(tmp_path) as server,
        pytest.raises(AssertionError) as failure,
        visits.visit(browser, server.root + "page.html") as here,
    ):
        for name in list(FINDINGS)[4:]:
            here.keep(name)
    said = str(failure.value)
    assert said.startswith("page.html:\n- ")
    for name, wanted in FINDINGS.items():
        for each in re.split(r"(?<!\\)\|", wanted):
            assert re.search(each, said), f"{name}: {each}\nnot in\n{said}"


def test_a_focus_that_does_not_show_is_found(tmp_path, browser):
    (tmp_path / "page.html").write_text(
        '<!DOCTYPE html><html lang="en"><head><title>Focus</title>'
        '<link rel="icon" href="data:,"></head><body><main><a href="#">Seen</a> '
        '<a href="#" style="outline: 0">Unseen</a></main></body></html>'
    )
    seen = {}
    with (
        visits.serving(tmp_path) as server,
        visits.visit(browser, server.root + "page.html") as here,
    ):
        for _ in range(2):
            here.page.keyboard.press("Tab")
            stop = here.look("focus")
            seen[stop["label"]] = stop["visible"]
    assert seen == {"Seen": True, "Unseen": False}


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A built book of one page, made after all that it is made of."""
    monkeypatch.setattr(built, "ROOT", tmp_path)
    monkeypatch.setattr(built, "BUILT", tmp_path / "_build")
    monkeypatch.setattr(built, "HTML", tmp_path / "_build" / "html")
    monkeypatch.setattr(built, "BROWSERS", ("sh",))
    monkeypatch.delenv("CHROMIUM", raising=False)
    for name in ("book/task.ipynb", "_build/html/index.html", "_build/made-from.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    os.utime(tmp_path / "book/task.ipynb", (0, 0))
    return tmp_path


def test_the_start_page_moves_as_chapters_do(monkeypatch):
    pages = ("book/index.html", "book/glossary.html", "book/task.html", "search.html")
    monkeypatch.setattr(built, "names", lambda: pages)
    assert built.moving() == (pages[0], pages[2])
    assert built.count_explorers(pages[0]) == 1


def test_a_page_brings_every_frame_once(book):
    frames = [{"src": f"../_images/{k}.png"} for k in "aba"]
    (book / "_build/html/book").mkdir()
    (book / "_build/html/book/heavy.html").write_text(
        '<link rel="stylesheet" href="../_static/a.css?v=1"><link rel="next" href="b">'
        '<script src="../a%20b.js"></script><script>var src = "c.js"</script>'
        '<img src="data:image/png;base64,AA"><img src="https://else.org/d.png">'
        '<figure class="explorer"><img src="../_images/a.png">'
        f"<script>{json.dumps({'frames': frames})}</script></figure>"
    )
    others = ("_static/a.css", "a b.js", "_images/a.png", "_images/b.png")
    wanted = {built.HTML / name for name in ("book/heavy.html", *others)}
    assert built.brought("book/heavy.html") == wanted


def test_a_whole_book_is_tested(book):
    assert built.missing() == ""


def test_why_a_book_is_not_tested_is_said_with_the_way_out(book, monkeypatch):
    monkeypatch.setattr(built, "BROWSERS", ("no-such-browser",))
    assert "no browser (no-such-browser)" in built.missing()
    assert "CHROMIUM" in built.missing()
    assert built.missing(browser=False) == ""
    os.utime(book / "book/task.ipynb")
    os.utime(book / "_build/made-from.txt", (1, 1))
    assert built.missing().startswith("book/task.ipynb is newer than the pages")
    (book / "_build/unfinished").touch()
    assert "did not finish" in built.missing()
    (book / "_build/unfinished").unlink()
    (book / "_build/html/index.html").unlink()
    assert "run `make book` first" in built.missing()
