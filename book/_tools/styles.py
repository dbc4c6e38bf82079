"""One style sheet for all pages, with the rules that they use: 50 KB instead of 450.

A page waits for its style sheets before it shows a word. As a Sphinx extension this
joins those of the theme, of the extensions and of the book into one, at the end of a
build; of what the book did not write, PurgeCSS leaves the rules that match something in
the built pages. The style of formulas stays alone, for the pages that have some.
"""

import posixpath
import re
import subprocess
from pathlib import Path

import formulas
import web_files
from sphinx.application import Sphinx

SHEET = "styles.css"
SCRIPT = Path(__file__).with_suffix(".js")
FIRST = ["basic.css", "styles/bootstrap.css", "styles/pydata-sphinx-theme.css"]
OWN = Path(__file__).resolve().parents[1] / "_static"


class Styles:
    """The names of the sheets to join, as a page would have loaded them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def gather(
        self, _app: Sphinx, _page: str, _template: str, context: dict, _tree: object
    ) -> None:
        """Take the sheets from a page's list, which the one sheet replaces."""
        files = sorted(context["css_files"], key=lambda css: css.priority)
        context["css_files"] = [css for css in files if name(css) == formulas.STYLE]
        for css in files:
            if name(css) not in [formulas.STYLE, *self.names]:
                self.names.append(name(css))

    def write(self, app: Sphinx, error: Exception | None) -> None:
        """Write the sheet, when all pages are there."""
        if error is not None or app.builder.format != "html" or not self.names:
            return
        static = Path(app.outdir) / "_static"
        theirs, own = [], []
        for sheet in [*FIRST, *self.names]:
            to = own if (OWN / sheet).exists() else theirs
            to.append(read(static, sheet))
        rules = used("\n".join(theirs), Path(app.outdir))
        (static / SHEET).write_text("\n".join([rules, *own]))


def name(css: object) -> str:
    """A sheet's name in the folder of static files."""
    return str(css.filename).removeprefix("_static/")


def read(static: Path, sheet: str) -> str:
    """A sheet as it reads in the folder above, without what holds at its top alone."""
    text = (static / sheet).read_text()
    text = re.sub(r'@charset "[^"]*";|/\*# sourceMappingURL=.*?\*/', "", text)
    folder = posixpath.dirname(sheet)
    return re.sub(
        r"""url\((["']?)(?!["']|data:|https?:|/|#)""",
        lambda found: f"url({found[1]}{folder}/" if folder else found[0],
        text,
    )


def used(sheet: str, pages: Path) -> str:
    """The rules that match something in the pages; all, where npm could not install."""
    purge = web_files.MODULES / "purgecss"
    if not purge.exists():
        return sheet
    command = [web_files.program("node"), str(SCRIPT), str(purge), str(pages)]
    done = subprocess.run(
        command, input=sheet, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"PurgeCSS failed: {done.stderr.strip()}")
    return done.stdout


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; after all others have said what a page loads."""
    styles = Styles()
    app.connect("html-page-context", styles.gather, priority=950)
    # The theme writes its colors of code when a build has finished, too.
    app.connect("build-finished", styles.write, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
