"""A page loads the scripts that it uses and no more, and they do not hold it up.

The extensions of Sphinx load their scripts on every page. As one more, this looks at
the text of a page and takes away those that nothing in it asks for. (`styles` does the
like for style sheets.) When all pages are there, it removes the static files that none
of them loads: themes and extensions bring 5 MB of such.
"""

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

CLASS = r'class="[^"]*(?<![\w-]){}'
ASKED_BY = {
    r"scripts/sphinx-book-theme|clipboard|copybutton": None,  # page.js does it
    r"thebe": None,  # runs cells on a server; the book's way is Colab
    r"DOCUMENTATION_OPTIONS\.pagename": None,  # for a choice of versions
    r"toggle(?:button|Hint|OpenOnPrint)": CLASS.format(r"(?:toggle|dropdown)\b"),
    r"design-tabs": CLASS.format(r"sd-tab-set\b"),
}
"""By what is loaded (a name or a line of script), what of a page asks for it."""
NAMED = re.compile(r"""_static/([^"'\\?#<>\s]+)""")  # in a page
DRAWN = re.compile(r"""url\(["']?([^"')?#]+)""")  # in a style sheet


def used(script: object, text: str) -> bool:
    """Whether a page with this text asks for a script of Sphinx's."""
    said = f"{script.filename or ''}{script.attributes.get('body', '')}"
    for loaded, asked in ASKED_BY.items():
        if re.search(loaded, said):
            return asked is not None and re.search(asked, text) is not None
    return True


def lighten(
    _app: Sphinx, _name: str, template: str, context: dict, _page: nodes.document
) -> None:
    """Take away what the page does not use, and let its scripts wait for the text."""
    text = context.get("body", "")
    scripts = [script for script in context["script_files"] if used(script, text)]
    context["script_files"] = scripts
    if template != "search.html":  # there later scripts call earlier ones at once
        tag = context["js_tag"]
        context["js_tag"] = lambda script: _defer(tag(script))


def _defer(tag: str) -> str:
    return tag if "defer=" in tag else tag.replace(" src=", " defer src=")


def loaded(top: Path) -> set[Path]:
    """The static files that the book's pages name, and those that their styles do.

    top: the folder of the built book. Some of what is named may not exist.
    """
    static = top / "_static"
    found = set()
    for page in top.rglob("*.html"):
        if static not in page.parents:  # the themes' templates lie there, too
            found |= {static / name for name in NAMED.findall(page.read_text())}
    for sheet in [path for path in found if path.suffix == ".css" and path.exists()]:
        for name in DRAWN.findall(sheet.read_text()):
            found.add(Path(os.path.normpath(sheet.parent / name)))
    return found


def clear(app: Sphinx, error: Exception | None) -> None:
    """Remove the static files that no page loads, once all pages are written."""
    if error is not None or app.builder.format != "html":
        return
    kept = loaded(Path(app.outdir))
    for path in sorted(Path(app.outdir, "_static").rglob("*"), reverse=True):
        if path.is_file() and path not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; after every other extension has said what it loads."""
    app.connect("html-page-context", lighten, priority=900)
    app.connect("build-finished", clear, priority=990)  # `styles` still reads some
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
