"""Formulas: KaTeX draws them at build time; what it refuses ends a strict build."""

import shutil
import sysconfig
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import formulas
import pytest
import web_files
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

FAKE = """
exports.renderToString = (formula, options) => {
  if (formula.includes("broken")) throw new Error("a brace is missing");
  const said = options.strict + (options.displayMode ? " display" : " inline");
  return `<span class="katex" title="${said}"><math>${formula}</math></span>`;
};
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A KaTeX of the test's own, drawn with by the node of the machine."""
    scripts = sysconfig.get_path("scripts")
    if not (shutil.which("node") or shutil.which("node", path=scripts)):
        pytest.skip("no node on this machine")
    katex = tmp_path / "katex.js"
    katex.write_text(FAKE)
    monkeypatch.setattr(web_files, "KATEX", katex)
    monkeypatch.setattr(web_files, "STATIC", tmp_path / "static")
    monkeypatch.setattr(formulas, "KATEX", formulas.Katex())
    formulas.draw.cache_clear()
    yield katex
    formulas.KATEX.close()
    formulas.draw.cache_clear()


def built(folder: Path, text: str) -> tuple[dict[str, BeautifulSoup], str]:
    """The pages that Sphinx makes of `text` and of one word, and what it warns of."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(
        "extensions = ['myst_parser', 'formulas']\nexclude_patterns = ['_build']\n"
        "myst_enable_extensions = ['amsmath', 'dollarmath']\n"
        # Sphinx keeps what an earlier one in this process took for its default.
        "source_suffix = {'.md': 'markdown'}\n"
    )
    (source / "index.md").write_text(f"# Title\n\n{text}\n")
    (source / "other.md").write_text("---\norphan: true\n---\n# Other\n\nword\n")
    warnings = StringIO()
    out = folder / "out"
    Sphinx(source, source, out, folder / "trees", "html", warning=warnings).build()
    pages = {
        name: BeautifulSoup((out / f"{name}.html").read_text(), "html.parser")
        for name in ("index", "other")
    }
    return pages, warnings.getvalue()


def test_formulas_are_drawn_and_no_script_is_left(installed, tmp_path):
    text = "With $p < 1$ and\n\n$$\na \\\\ b\n$$\n\n\\begin{align} c \\end{align}"
    pages, warned = built(tmp_path, text)
    page = pages["index"]
    shown = [math.text for math in page.select(".math .katex math")]
    assert shown[1:] == [
        r"\begin{split}a \\ b\end{split}",
        r"\begin{align} c \end{align}",
    ]
    assert page.select_one("p span.math .katex")["title"] == "error inline"
    assert page.select_one("div.math .katex")["title"] == "error display"
    assert not page.select('script[src*="athjax" i]')
    assert page.select(f'link[href*="{formulas.STYLE}"]')
    assert not pages["other"].select(f'link[href*="{formulas.STYLE}"]')
    assert "not a formula" not in warned


def test_what_is_no_formula_is_named_with_its_page(installed, tmp_path):
    _, warned = built(tmp_path, "A line.\n\nWith $broken{x$ in it, and $y$.")
    [line] = [line for line in warned.splitlines() if "not a formula" in line]
    assert "index.md:5" in line
    assert "broken{x (a brace is missing)" in line


def test_the_number_of_an_equation_stays(installed, tmp_path):
    pages, _ = built(tmp_path, "$$\na = b\n$$ (one)\n\nSee {eq}`one`.")
    assert pages["index"].select_one("div.math .eqno").text == "(1)"


def test_without_katex_sphinx_keeps_its_own_way(tmp_path, monkeypatch):
    config = SimpleNamespace(html_math_renderer="mathjax")
    monkeypatch.setattr(web_files, "KATEX", tmp_path / "katex.js")
    formulas.choose(None, config)
    assert config.html_math_renderer == "mathjax"
    web_files.KATEX.touch()
    formulas.choose(None, config)
    assert config.html_math_renderer == "katex"


def test_a_process_that_ends_early_is_an_error(installed):
    installed.write_text("process.exit(1)")
    with pytest.raises(RuntimeError, match="node stopped while it drew 'x'"):
        formulas.draw("x", display=False)


@pytest.mark.skipif(not web_files.KATEX.exists(), reason="the book was not built")
def test_the_installed_katex_draws_with_mathml_and_refuses_what_is_odd():
    katex = formulas.Katex()
    html = BeautifulSoup(katex.draw(r"\frac{1}{x}", display=True), "html.parser")
    assert html.select_one("math mfrac")
    assert html.select_one(".katex-html")["aria-hidden"] == "true"
    for wrong in (r"\frac{1}", r"\nothing", "ü"):
        with pytest.raises(formulas.NotAFormula):
            katex.draw(wrong, display=False)
    katex.close()
