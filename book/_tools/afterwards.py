"""A Sphinx extension for pages made of what the other pages measured.

The pages that `read_last` in _config.yml names are read, and so run, after all others
and in every build: Sphinx takes them for unchanged where only a chapter's numbers are
new. Their own heads ask for `execution_mode: force`, past the cache of executions.

What a page shows by `record` is kept in _build/shown when Sphinx reads the page,
whether its notebook ran now or came from the cache: so they find the numbers of the
pages beside them, and no others.
"""

import json
from pathlib import Path

from address import replace
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def again(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """The pages to read although their text did not change."""
    return [name for name in app.config.read_last if name in env.found_docs]


def order(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Put the pages behind all others, in the order of the setting."""
    last = app.config.read_last
    names.sort(key=lambda name: last.index(name) if name in last else -1)


def keep(app: Sphinx, page: nodes.document) -> None:
    """Keep what the page shows by `record`, as `record.load` reads it."""
    shown: dict[str, dict] = {}
    for output in page.findall(nodes.raw):
        if "data-record" in output.astext():
            soup = BeautifulSoup(output.astext(), "html.parser")
            for line in soup.select("[data-record]"):
                shown |= json.loads(line["data-record"])
    file = Path(app.outdir).parent / "shown" / f"{Path(app.env.docname).name}.json"
    file.parent.mkdir(exist_ok=True)
    replace(file, json.dumps(shown, indent=1))


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; pages wait for others, so no two are read at a time."""
    app.add_config_value("read_last", [], "env")
    app.connect("env-get-outdated", again)
    app.connect("env-before-read-docs", order)
    app.connect("doctree-read", keep)
    return {"version": "1", "parallel_read_safe": False}
