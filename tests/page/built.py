"""What `make book` left: its pages as files, and whether they can be tested."""

import os
import re
import shutil
from functools import cache
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build"
HTML = BUILT / "html"
NOT_PAGES = {"genindex.html", "py-modindex.html"}  # made by Sphinx, linked by nothing
SOURCES = ["book", "helpers", "_config.yml", "_toc.yml", "requirements.txt"]
REQUIRED = "BROWSER_TESTS"  # in the environment: to skip these tests is to fail
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser that the tests drive: what CHROMIUM names, or one on the path."""
    named = [os.environ.get("CHROMIUM", ""), *BROWSERS]
    return next(filter(None, map(shutil.which, filter(None, named))), None)


def missing(*, browser: bool = True) -> str:
    """Why the pages cannot be tested, with the way out; empty where they can."""
    if (BUILT / "unfinished").exists():
        return "the last `make book` did not finish: run it again"
    made = BUILT / "made-from.txt"  # written when a build begins
    if not made.exists() or not (HTML / "index.html").exists():
        return f"there is no book at {HTML}: run `make book` first"
    if newer := changed_since(made.stat().st_mtime):
        return f"{newer} is newer than the pages: run `make book` first"
    if browser and not chromium():
        return (
            f"no browser ({', '.join(BROWSERS)}) is on the path: install Debian's "
            "package chromium, or name one in CHROMIUM"
        )
    return ""


def changed_since(moment: float) -> str:
    """A file that the pages are made of and that was changed after this moment."""
    for name in SOURCES:
        start = ROOT / name
        for path in [start, *sorted(start.rglob("*"))]:
            ours = path.is_file() and "__pycache__" not in path.parts
            if ours and path.stat().st_mtime > moment:
                return path.relative_to(ROOT).as_posix()
    return ""


@cache
def names() -> tuple[str, ...]:
    """Every page, by its path in the built book."""
    paths = [path.relative_to(HTML) for path in sorted(HTML.rglob("*.html"))]
    return tuple(
        path.as_posix()
        for path in paths
        if path.parts[0] not in ("_sources", "_static") and path.name not in NOT_PAGES
    )


def chapters() -> tuple[str, ...]:
    """The pages that are made of notebooks."""
    return tuple(name for name in names() if notebook(name).exists())


def in_order() -> list[str]:
    """The pages that _toc.yml names, in its order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    files = re.findall(r"'(?:root|file)': '([^']+)'", str(contents))
    return [f"{file}.html" for file in files]


def notebook(name: str) -> Path:
    """The notebook that a page is made of, whether there is one or not."""
    return ROOT / Path(name).with_suffix(".ipynb")


def count_explorers(name: str) -> int:
    """How many explorers the notebook of a page calls for; 0 for other pages."""
    if not notebook(name).exists():
        return 0
    cells = nbformat.read(notebook(name), as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return len(re.findall(r"\bexplore\(", code))


@cache
def soup(name: str) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup((HTML / name).read_text(), "html.parser")
