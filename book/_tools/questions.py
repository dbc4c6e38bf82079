"""A Sphinx extension: script and style of predict-questions, where a page has one.

A question is `<div class="predict">` in a notebook, with a paragraph and a <details>
for each answer, so that it works without a script as well, as on Colab and GitHub.
"""

from docutils import nodes
from sphinx.application import Sphinx

MARK = '<div class="predict">'


def load(app: Sphinx, _page: str, _template: str, _context: dict, tree: object) -> None:
    """Load script and style on the pages that have a question, and on no others."""
    if isinstance(tree, nodes.document) and any(
        MARK in node.astext() for node in tree.findall(nodes.raw)
    ):
        app.add_js_file("predict.js", loading_method="defer")
        app.add_css_file("predict.css")


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("html-page-context", load)
    return {"version": "1", "parallel_read_safe": True}
