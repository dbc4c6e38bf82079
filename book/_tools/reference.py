"""Pages of reference: the package `helpers`, from its docstrings, by Sphinx's autodoc.

Docstrings here are prose with `names` in single backticks; this makes
reStructuredText of them, with links between names. And where a chapter shows code by
`helpers.source`, the name of the piece becomes a link to its entry.
"""

import ast
import functools
import inspect
import os
import re
from collections.abc import Container, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
MODULE = re.compile(r"^\.\. automodule:: (\S+)$", re.M)
CODE = re.compile(r"(`[^`]+`)")
ENTRY = re.compile(r'^- <a id="([\w-]+)"></a>(?:.+\n?)(?:  .+\n?)*', re.M)
ARXIV = re.compile(r"\barXiv\s+(\d{4}\.\d{4,5})")
PIECE = re.compile(r'<figure data-name="([\w.]+)"><figcaption><strong>([^<]*)</strong>')
SECTIONS = ("Args:", "Returns:", "Raises:", "Yields:", "Attributes:", "Example:")
log = logging.getLogger(__name__)


def path_of(module: str, root: Path = ROOT) -> Path:
    """The file of a module."""
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def first_line(module: str) -> str:
    """What a module is for, in one line."""
    return ast.get_docstring(ast.parse(path_of(module).read_text())).splitlines()[0]


def pages(root: Path = ROOT) -> dict[str, list[str]]:
    """The modules of each page of the reference, in the order of the contents."""
    contents = (root / "_toc.yml").read_text()
    names = [
        f"{name}.md" for name in re.findall(r"book/(reference_\w+)$", contents, re.M)
    ]
    return {name: MODULE.findall((root / "book" / name).read_text()) for name in names}


def public(module: str) -> Iterator[str]:
    """The names that a module documents: itself, functions, classes, their methods."""
    yield module
    kinds = (ast.FunctionDef, ast.ClassDef)
    for node in ast.parse(path_of(module).read_text()).body:
        if not isinstance(node, kinds) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node):
            yield f"{module}.{node.name}"
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            told = isinstance(inner, kinds) and ast.get_docstring(inner)
            if told and not inner.name.startswith("_"):
                yield f"{module}.{node.name}.{inner.name}"


# Docstrings


def prose(text: str, module: str, known: set[str], parameters: set[str]) -> str:
    """A docstring as reStructuredText.

    module: where it stands, from where names are looked up among the `known` ones.
    parameters: of the function that it describes, set as code where it tells of them.
    """
    blocks = re.split(r"\n\s*\n", text)
    done = [_block(block, module, known, parameters) for block in blocks]
    return "\n\n".join(done)


def _block(block: str, module: str, known: set[str], parameters: set[str]) -> str:
    lines = block.splitlines()
    if lines[0].strip() in SECTIONS or lines[0].startswith(" "):
        return "\n".join(_inline(line, module, known) for line in lines)
    if any(line.startswith(" ") for line in lines):  # fields with a hanging indent
        items = re.split(r"\n(?=\S)", block)
        joined = [_told(" ".join(item.split()), module, known, None) for item in items]
        return "\n".join(f"- {item}" for item in joined)
    return _told(block, module, known, parameters)


def _told(text: str, module: str, known: set[str], names: set[str] | None) -> str:
    """Prose in which "name: what it is" has the name set as code."""

    def mark(match: re.Match) -> str:
        told = re.split(r"(, | and )", match[1])
        if names is not None and not names.issuperset(told[::2]):
            return match[0]
        return "".join(f"`{n}`" if not k % 2 else n for k, n in enumerate(told)) + ": "

    at = r"^" if names is None else r"(?:^|(?<=[.;)] )|(?<=[.;)]\n))"
    marked = re.sub(at + r"(\w+(?:(?:, | and )\w+)*): ", mark, text)
    return _inline(marked, module, known)


def _inline(text: str, module: str, known: set[str]) -> str:
    parts = CODE.split(text)
    return "".join(
        _code(part[1:-1], module, known) if k % 2 else _escaped(part)
        for k, part in enumerate(parts)
    )


def _code(name: str, module: str, known: set[str]) -> str:
    package = module.rpartition(".")[0] or "helpers"
    whole = name.removeprefix("helpers.")
    for full in (f"{module}.{name}", f"{package}.{whole}", f"helpers.{whole}"):
        if full in known and full != module:
            return f":py:obj:`{name} <{full}>`\\ "
    return f"``{name}``"


def _escaped(text: str) -> str:
    text = re.sub(r"([\\*|]|_(?!\w))", r"\\\1", text)
    return ARXIV.sub(_paper, text)


def _paper(match: re.Match) -> str:
    """A link to the paper's entry among the references, where it has one."""
    key = papers().get(match[1])
    return f":ref:`arXiv {match[1]} <{key}>`" if key else match[0]


@functools.cache
def papers() -> dict[str, str]:
    """The keys of the references, by arXiv number."""
    text = (ROOT / "book/references.md").read_text()
    entries = [match[0] for match in ENTRY.finditer(text)]
    found = [(ARXIV.search(" ".join(e.split())), ENTRY.match(e)[1]) for e in entries]
    return {number[1]: key for number, key in found if number}


class Docstrings:
    """Makes reStructuredText of each docstring, before napoleon reads its sections."""

    def __init__(self) -> None:
        modules = [module for names in pages().values() for module in names]
        self.known = {name for module in modules for name in public(module)}

    def __call__(
        self, app: Sphinx, what: str, name: str, thing: object, _: object, lines: list
    ) -> None:
        """What autodoc calls for each docstring."""
        module = module_of(name)
        try:
            parameters = set(inspect.signature(thing).parameters)
        except (TypeError, ValueError):
            parameters = set()
        text = prose("\n".join(lines).strip("\n"), module, self.known, parameters)
        lines[:] = [*text.splitlines(), ""]


# Links from the code that chapters show


def entry(name: str, objects: Container[str]) -> str | None:
    """The name of the entry for a piece of code: its own, or its class's.

    A piece whose name opens with an underscore has none, so it gets its file's.
    """
    module, found = module_of(name), name
    while found not in objects and len(found) > len(module):
        found = found.rpartition(".")[0]
    private = "._" in name.removeprefix(module)
    return found if found in objects and (found != module or private) else None


def link_pieces(app: Sphinx, page: nodes.document, docname: str) -> None:
    """Write the name of each piece of code that a page shows, linked to its entry."""
    objects = app.env.get_domain("py").objects

    def add(match: re.Match) -> str:
        name = match[1]
        if not name.startswith("helpers."):
            return match[0]
        found = entry(name, objects)
        if found is None:
            log.warning("%s is shown, and the reference has no entry for it", name)
            return match[0]
        there = app.builder.get_relative_uri(docname, objects[found].docname)
        said = name.removeprefix(module_of(name) + ".")
        place = found if objects[found].objtype != "module" else f"module-{found}"
        link = f'<a class="unet-entry" href="{there}#{place}"><code>{said}</code></a>'
        return match[0].replace("</strong>", f"</strong> {link}")

    for raw in page.findall(nodes.raw):
        if raw.get("format") == "html" and "data-name" in raw.astext():
            raw.children = [nodes.Text(PIECE.sub(add, raw.astext()))]


def module_of(name: str) -> str:
    """The longest beginning of a dotted name that is a module of helpers."""
    while not path_of(name).is_file():
        name = name.rpartition(".")[0]
    return name


def name_toggles(
    _app: Sphinx, _name: str, _template: str, context: dict, _page: nodes.document
) -> None:
    """Say what unfolds in the sidebar, where pages lie below a page.

    The theme draws an arrow that has no name for those who hear the page.
    """
    if make := context.get("generate_toctree_html"):
        named = '<summary aria-label="The pages below this one">'
        context["generate_toctree_html"] = lambda *args, **options: str(
            make(*args, **options)
        ).replace("<summary>", named)


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # autodoc imports TensorFlow
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", Docstrings(), priority=400)
    app.connect("doctree-resolved", link_pieces)
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme
    app.add_css_file("reference.css")
    return {"version": "1", "parallel_read_safe": True}
