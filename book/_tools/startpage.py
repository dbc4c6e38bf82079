"""What the start page says of the book, counted when the book is built.

Like the pages of reference, the start page has places, `<!-- made: facts -->` and
`<!-- made: verdicts -->`, which this extension fills before Sphinx reads it. It is read
after the claims, whose tally it shows.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
PAGE, CLAIMS = "book/index", "book/claims"
PLACE = re.compile(r"^<!-- made: (\w+) -->$", re.M)


def contents(root: Path = ROOT) -> list[str]:
    """Every page in the order of the table of contents, the start page first."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())

    def below(entries: Sequence[dict]) -> Iterator[str]:
        for entry in entries:
            yield entry["file"]
            yield from below(entry.get("sections", ()))

    files = [file for part in toc["parts"] for file in below(part["chapters"])]
    return [toc["root"], *files]


def numbered(root: Path = ROOT) -> dict[str, int]:
    """The chapters in order: the page of each, and its number in the contents."""
    parts = yaml.safe_load((root / "_toc.yml").read_text())["parts"]
    files = [
        entry["file"]
        for part in parts
        if part.get("numbered")
        for entry in part["chapters"]
    ]
    return {name: number for number, name in enumerate(files, 1)}


def facts(chapters: Sequence[str], others: Sequence[str] = ()) -> dict[str, int]:
    """How much there is, by what it is: counted in the code of the pages.

    chapters, others: the code of each chapter, and of each page that is none.
    """
    code, calls, asserts = [*chapters, *others], [], 0
    for node in [node for text in code for node in ast.walk(ast.parse(text))]:
        asserts += isinstance(node, ast.Assert)
        if isinstance(node, ast.Call):
            calls.append(ast.unparse(node.func).rpartition(".")[2])
    checkers = {name for name in calls if name.startswith("check_")}
    return {
        "chapters": len(chapters),
        "explorers that move on the page": calls.count("explore"),
        "exercises, each with its solution": len(checkers),
        "assertions that the build runs": asserts,
    }


def code_of(page: str, root: Path = ROOT) -> str:
    """The code of a page, without the lines that only IPython reads; empty for none.

    page: as the contents name it. Its file is a notebook, or Markdown with cells.
    """
    notebook, text = (root / f"{page}.{kind}" for kind in ("ipynb", "md"))
    if notebook.exists():
        cells = nbformat.read(notebook, as_version=4).cells
    elif text.exists():
        cells = read_myst_markdown_notebook(text.read_text()).cells
    else:
        return ""
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return re.sub(r"^\s*[%!].*$", "", code, flags=re.M)


def verdicts(env: BuildEnvironment) -> str:
    """The tally of the claims, as their page shows it; empty where there is none."""
    if CLAIMS not in env.found_docs:
        return ""
    shown = env.get_doctree(CLAIMS).findall(nodes.raw)
    return next((raw.astext() for raw in shown if "unet-tally" in raw.astext()), "")


def fill(app: Sphinx, name: str, text: list[str]) -> None:
    """Put in their places what was counted, when Sphinx reads the start page."""
    if name != PAGE:
        return
    chapters = list(numbered())
    others = [page for page in contents() if page not in chapters]
    counted = facts([*map(code_of, chapters)], [*map(code_of, others)])
    lines = [f"- **{number:,}** {what}" for what, number in counted.items()]
    made = {"facts": "\n".join(lines), "verdicts": verdicts(app.env)}
    text[0] = PLACE.sub(lambda place: made[place[1]], text[0])


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("source-read", fill, priority=400)  # before indexes.py asks
    return {"version": "1", "parallel_read_safe": True}
