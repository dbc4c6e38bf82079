"""One style sheet: whole where PurgeCSS is missing, lean where it is installed."""

import shutil
import sysconfig
from types import SimpleNamespace

import formulas
import pytest
import styles
import web_files


def css(name: str, priority: int = 500) -> SimpleNamespace:
    return SimpleNamespace(filename=f"_static/{name}", priority=priority)


@pytest.fixture
def built(tmp_path, monkeypatch):
    """An application whose pages are written, with the sheets of theme and book."""
    static = tmp_path / "html" / "_static"
    for name, text in {
        "basic.css": ".basic { color: red }",
        "styles/bootstrap.css": '@charset "UTF-8";.a { background: url(x.png) }',
        "styles/pydata-sphinx-theme.css": ".b{}/*# sourceMappingURL=b.css.map */",
        "late.css": '.late { background: url("data:image/png;base64,AA") }',
        "early.css": ".early { color: red } @media print { .never { color: red } }",
        "book.css": ".not-in-any-page { color: red }",
    }.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (tmp_path / "html" / "page.html").write_text(
        '<p class="a b late early">Text that says never.</p>'
    )
    monkeypatch.setattr(web_files, "MODULES", tmp_path / "none")
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(outdir=tmp_path / "html", builder=builder)


def sheet(app: SimpleNamespace) -> str:
    """What a build of one page with formulas and one without writes."""
    each = [css("late.css", 600), css("book.css", 800), css("early.css", 400)]
    book = styles.Styles()
    for more, left in (([], []), ([css(formulas.STYLE)], [css(formulas.STYLE)])):
        context = {"css_files": [*each, *more]}
        book.gather(app, "page", "page.html", context, None)
        assert context["css_files"] == left
    book.write(app, None)
    return (app.outdir / "_static" / styles.SHEET).read_text()


def test_sheets_are_joined_in_the_order_of_a_page(built):
    text = sheet(built)
    marks = [".basic", ".a {", ".b{", ".early", ".late", ".not-in-any-page"]
    assert sorted(marks, key=text.index) == marks
    assert "@charset" not in text
    assert "sourceMappingURL" not in text
    assert "url(styles/x.png)" in text
    assert 'url("data:image/png' in text


def test_a_build_that_failed_writes_no_sheet(built):
    book = styles.Styles()
    book.gather(built, "page", "page.html", {"css_files": [css("late.css")]}, None)
    book.write(built, RuntimeError())
    assert not (built.outdir / "_static" / styles.SHEET).exists()


def node() -> str | None:
    scripts = sysconfig.get_path("scripts")
    return shutil.which("node") or shutil.which("node", path=scripts)


@pytest.mark.skipif(
    not (web_files.MODULES / "purgecss").exists() or not node(),
    reason="the book was not built",
)
def test_rules_stay_that_a_tag_or_a_script_asks_for(built, monkeypatch):
    monkeypatch.undo()
    (built.outdir / "_static" / "s.js").write_text('classList.add("basic")')
    text = sheet(built)
    assert ".basic" in text
    assert ".early" in text
    assert ".never" not in text  # a word of the text is no class
    assert ".not-in-any-page" in text  # the book's own rules stay as they are


@pytest.mark.skipif(not node(), reason="no node on this machine")
def test_where_purgecss_fails_the_build_says_so(built, tmp_path, monkeypatch):
    broken = tmp_path / "none" / "purgecss"
    broken.mkdir(parents=True)
    (broken / "index.js").write_text("throw new Error('no such thing')")
    with pytest.raises(RuntimeError, match=r"(?s)PurgeCSS failed.*no such thing"):
        sheet(built)
