"""Pages of reference: lists made of the book itself while it is built.

A comment such as `<!-- made: exercises -->` in a page stands for a list that this
extension writes in its place, as Markdown, before Sphinx reads the page. So the lists
are never older than the notebooks, and nobody types them.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"^<!-- made: (\w+) -->$", re.M)
REFERENCE = re.compile(r'^- <a id="([\w-]+)"></a>(?:.+\n?)(?:  .+\n?)*', re.M)
LINK = re.compile(r"\]\((?:\./)?references\.md#([\w-]+)\)")


@dataclass(frozen=True)
class Chapter:
    """A notebook: its file name, its title, its cells."""

    file: str
    title: str
    cells: tuple[nbformat.NotebookNode, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending, as addresses have it."""
        return Path(self.file).stem


def chapters(root: Path = ROOT) -> list[Chapter]:
    """The notebooks in the order of the table of contents."""
    contents = yaml.safe_load((root / "_toc.yml").read_text())
    found = []
    for part in contents["parts"]:
        for entry in part["chapters"]:
            path = root / (entry["file"] + ".ipynb")
            if path.exists():
                cells = nbformat.read(path, as_version=4).cells
                title = re.search(r"^# (.+)$", cells[0].source, re.M)[1]
                found.append(Chapter(path.name, title, tuple(cells)))
    return found


def cited(found: list[Chapter]) -> dict[str, list[Chapter]]:
    """The chapters that link each entry of the references, by its key."""
    by_key: dict[str, list[Chapter]] = {}
    for chapter in found:
        text = "\n".join(c.source for c in chapter.cells if c.cell_type == "markdown")
        for key in dict.fromkeys(LINK.findall(text)):
            by_key.setdefault(key, []).append(chapter)
    return by_key


def with_citations(text: str, by_key: dict[str, list[Chapter]]) -> str:
    """The references, each followed by links to the chapters that name it."""

    def add(match: re.Match) -> str:
        entry = match[0].rstrip("\n")
        links = [f"[{c.title}]({c.file})" for c in by_key.get(match[1], [])]
        said = f"\n  *In:* {', '.join(links)}." if links else ""
        return f"{entry}{said}\n"

    return REFERENCE.sub(add, text)


def write(app: Sphinx, name: str, text: list[str]) -> None:
    """Put the lists in their places, when Sphinx reads a page."""
    if name == "book/references":
        text[0] = with_citations(text[0], cited(chapters()))


def note_keys(app: Sphinx, page: object) -> None:
    """Let `references.md#key` lead to the entry: MyST knows headings alone."""
    if app.env.docname != "book/references":
        return
    source = Path(app.env.doc2path(app.env.docname)).read_text()
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for match in REFERENCE.finditer(source):
        slugs[match[1]] = (0, match[1], match[1])


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("source-read", write)
    app.connect("doctree-read", note_keys)
    return {"version": "1", "parallel_read_safe": True}
