"""Formulas are drawn when the book is built: a page shows them without any script.

As a Sphinx extension this hands every formula to KaTeX, in one process of node. What
comes back holds MathML too, which is what screen readers read. A formula that KaTeX
does not accept is a warning, and so the end of a strict build. Where KaTeX was not
installed (`web_files` says so), Sphinx's own MathJax stays, from its CDN.
"""

import json
import subprocess
from functools import cache
from pathlib import Path

import web_files
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

SCRIPT = Path(__file__).with_suffix(".js")
STYLE = "katex/katex.min.css"
CLASSES = "math notranslate nohighlight"
SHORT = 30  # characters of LaTeX that fit the width of a telephone
log = logging.getLogger(__name__)


class NotAFormula(ValueError):
    """KaTeX does not accept it; the text says why."""


class Katex:
    """A process of node that draws formulas; it starts with the first."""

    def __init__(self) -> None:
        self._node: subprocess.Popen | None = None

    def draw(self, formula: str, *, display: bool) -> str:
        """The formula as HTML with MathML in it; raises `NotAFormula`."""
        if self._node is None:
            self._node = subprocess.Popen(
                [web_files.program("node"), str(SCRIPT), str(web_files.KATEX)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        asked = json.dumps({"formula": formula, "display": display})
        print(asked, file=self._node.stdin, flush=True)
        said = self._node.stdout.readline()
        if not said:
            raise RuntimeError(f"node stopped while it drew {formula!r}")
        answer = json.loads(said)
        if "error" in answer:
            raise NotAFormula(answer["error"])
        return answer["html"]

    def close(self) -> None:
        """End the process."""
        if self._node is not None:
            self._node.stdin.close()
            self._node.wait()
            self._node.stdout.close()
            self._node = None


KATEX = Katex()


@cache
def draw(formula: str, *, display: bool) -> str:
    """As `Katex.draw`, each formula once."""
    return KATEX.draw(formula, display=display)


def _show(page: HTML5Translator, node: nodes.Element, *, display: bool) -> None:
    formula = node.astext().strip()
    if display and not node["nowrap"] and r"\\" in formula:
        formula = rf"\begin{{split}}{formula}\end{{split}}"  # lines below each other
    try:
        page.body.append(draw(formula, display=display))
    except NotAFormula as error:
        log.warning("not a formula: %s (%s)", formula, error, location=node)
        page.body.append(page.encode(formula))


def inline(page: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line of text."""
    page.body.append(page.starttag(node, "span", "", CLASS=CLASSES))
    _show(page, node, display=False)
    page.body.append("</span>")
    raise nodes.SkipNode


def block(page: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on lines of its own, with its number if it has one."""
    # A telephone scrolls a long one in its own frame, which takes a key press, too.
    reach = {"tabindex": "0"} if len(node.astext()) > SHORT else {}
    page.body.append(page.starttag(node, "div", CLASS=CLASSES, **reach))
    if node["number"]:
        number = get_node_equation_number(page, node)
        page.body.append(f'<span class="eqno">({number})</span>')
    _show(page, node, display=True)
    page.body.append("</div>\n")
    raise nodes.SkipNode


def choose(_app: Sphinx, config: Config) -> None:
    """Draw with KaTeX, if it is installed."""
    if web_files.KATEX.exists():
        config.html_math_renderer = "katex"


def style(
    app: Sphinx, _name: str, _template: str, context: dict, _page: object
) -> None:
    """Load KaTeX's style and fonts where there are formulas."""
    if 'class="katex' in context.get("body", ""):
        app.add_css_file(STYLE)


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; one process draws for all pages: one is written at a time."""
    app.add_html_math_renderer("katex", (inline, None), (block, None))
    app.connect("config-inited", choose)
    app.connect("html-page-context", style)
    app.connect("build-finished", lambda *_: KATEX.close())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
