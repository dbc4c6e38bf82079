"""What `make book` left: its pages as files, and whether they can be tested."""

import json
import os
import posixpath
import re
import shutil
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import startpage
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build"
HTML = BUILT / "html"
MOST_BYTES = 2_500_000
"""What a page may bring: on a first visit, and with all that its explorers show."""
SOURCES = [
    "book",
    "helpers",
    "benchmarks/results",
    "_config.yml",
    "_toc.yml",
    "requirements.txt",
]
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
        if path.parts[0] not in ("_sources", "_static")
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


def count_calls(name: str, function: str) -> int:
    """How often the cells of a page call a function; 0 for one without cells."""
    code = startpage.code_of(name.removesuffix(".html"), ROOT)
    return len(re.findall(rf"\b{re.escape(function)}\(", code))


def count_explorers(name: str) -> int:
    """How many explorers the cells of a page call for."""
    return count_calls(name, "explore")


def moving() -> tuple[str, ...]:
    """The pages whose cells call for an explorer."""
    return tuple(name for name in names() if count_explorers(name))


def brought(name: str) -> set[Path]:
    """The page and every file that it can bring, the frames of its explorers too.

    Fonts are not among them: a browser loads those whose letters the text has.
    """
    page = soup(name)
    tags = page.select("script[src], img[src], link[rel=stylesheet], link[rel~=icon]")
    links = [tag.get("src") or tag["href"] for tag in tags]
    for script in page.select("figure.explorer script"):
        links += [frame["src"] for frame in json.loads(script.get_text())["frames"]]
    inside = [urlsplit(link) for link in links]
    paths = [unquote(of.path) for of in inside if not (of.scheme or of.netloc)]
    folder = posixpath.dirname(name)
    return {HTML / name} | {
        HTML / posixpath.normpath(posixpath.join(folder, path)) for path in paths
    }


@cache
def soup(name: str) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup((HTML / name).read_text(), "html.parser")
