"""Shows code in a chapter as it is in the files, both frameworks side by side."""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from helpers import repository

FRAMEWORKS = {"pytorch": "PyTorch", "keras": "Keras"}

# Token colors on a light and on a dark pane, each at least 4.5:1 on its pane.
LIGHT = {
    "pane": "#f6f5f1", "bar": "#e9e7e0", "line": "#d6d3cb", "text": "#22262b",
    "quiet": "#5b6169", "keyword": "#8a2f74", "string": "#1d6b3c",
    "number": "#9a4a00", "name": "#00508a", "link": "#00508a",
}  # fmt: skip
DARK = {
    "pane": "#1c2127", "bar": "#272d35", "line": "#3a424c", "text": "#e4e2dc",
    "quiet": "#9aa3ad", "keyword": "#e79fd2", "string": "#8fd3a4",
    "number": "#f0b36b", "name": "#7cc4f2", "link": "#7cc4f2",
}  # fmt: skip
# How the book, JupyterLab, VS Code and Colab say that a page is dark.
DARK_PAGES = (
    'html[data-theme="dark"]',
    'body[data-jp-theme-light="false"]',
    'body[data-vscode-theme-kind="vscode-dark"]',
    "html[theme=dark]",
)
RULES = """
.unet-source {{ {light} display: grid; gap: .75rem; margin: .5rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, var(--wide)), 1fr)); }}
{dark_pages} {{ {dark} }}
.unet-source figure {{ margin: 0; padding: 0; min-width: 0; overflow: hidden;
  border: 1px solid var(--line); border-radius: 8px; background: var(--pane);
  container-type: inline-size; }}
.unet-source strong {{ font-weight: 600; }}
.unet-source figcaption {{ display: flex; flex-wrap: wrap; gap: 0 .75em; margin: 0;
  align-items: baseline; justify-content: space-between; padding: .3em .9em;
  background: var(--bar); color: var(--text); font-size: .85rem; text-align: left; }}
.unet-source figcaption code, .unet-source figcaption a {{ color: var(--link);
  background: none; border: 0; padding: 0; font-size: .78rem; }}
.unet-source pre {{ margin: 0; padding: .7em .9em; overflow-x: auto; border: 0;
  background: none; box-shadow: none; color: var(--text); line-height: 1.5;
  font-size: clamp(11px, calc((100cqi - 34px) / (var(--columns) * .605)), 13px);
  white-space: pre; tab-size: 4; }}
.unet-source pre code {{ background: none; color: inherit; padding: 0; border: 0;
  font: inherit; white-space: inherit; }}
.unet-source :is(.k, .kn, .kc, .kd, .kr, .ow) {{ color: var(--keyword); }}
.unet-source :is(.s, .s1, .s2, .sa, .sd, .se, .si) {{ color: var(--string); }}
.unet-source :is(.c, .c1) {{ color: var(--quiet); font-style: italic; }}
.unet-source :is(.mi, .mf) {{ color: var(--number); }}
.unet-source :is(.nf, .nc, .fm, .nd) {{ color: var(--name); }}
.unet-source :is(.nf, .nc) {{ font-weight: 600; }}
"""


@dataclass(frozen=True)
class Piece:
    """One function or class as text, with where it stands."""

    name: str
    label: str
    path: str
    first: int
    last: int
    code: str


@dataclass(frozen=True)
class Listing:
    """Pieces of code that a notebook shows in panes, or as text elsewhere."""

    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        return "\n\n".join(
            f"# {piece.label}: {piece.path}\n{piece.code}" for piece in self.pieces
        )

    def _repr_html_(self) -> str:
        longest = max(len(line) for p in self.pieces for line in p.code.splitlines())
        # A letter of a monospaced face is .605 of its size wide. Panes share a row
        # if both fit at 11.5 px; the rules let the size grow to 13 px with the room.
        columns = max(min(longest, 88), 24)
        wide = columns * 0.605 * 11.5 + 34
        panes = "\n".join(_pane(piece) for piece in self.pieces)
        sizes = f"--columns: {columns}; --wide: {wide:.0f}px"
        return (
            f"<style>{_css()}</style>\n"
            f'<div class="unet-source" style="{sizes}">\n{panes}\n</div>'
        )


def show(*objects: Any, docstring: bool = False) -> Listing:
    """Show functions or classes, in panes beside or, if too wide, below each other.

    objects: Python objects or their dotted names, such as "pytorch.blocks.ConvBlock"
    (below `helpers`) or "keras.blocks.conv_block". docstring: keep the docstrings.

    Raises ValueError for no object or a name that does not exist, and TypeError for
    an object without Python source.
    """
    if not objects:
        raise ValueError('nothing to show; name it, like "pytorch.blocks.ConvBlock"')
    return Listing(tuple(_piece(thing, docstring) for thing in objects))


def _piece(thing: Any, docstring: bool) -> Piece:
    thing = inspect.unwrap(_find(thing) if isinstance(thing, str) else thing)
    try:
        lines, first = inspect.getsourcelines(thing)
    except (TypeError, OSError) as error:
        raise TypeError(
            f"{thing!r} has no Python source to show; pass a function, a class or a "
            'name like "pytorch.blocks.ConvBlock"'
        ) from error
    module = inspect.getmodule(thing).__name__
    code = textwrap.dedent("".join(lines)).rstrip()
    if not docstring:
        code = _without_docstrings(code)
    parts = module.split(".")
    label = next((FRAMEWORKS[p] for p in parts if p in FRAMEWORKS), parts[-1])
    path = "/".join(parts) + ".py"
    name = f"{module}.{thing.__qualname__}"
    return Piece(name, label, path, first, first + len(lines) - 1, code)


def _find(name: str) -> Any:
    """The object of a dotted name below `helpers`."""
    parts = name.removeprefix("helpers.").split(".")
    for cut in range(len(parts), 0, -1):
        module = ".".join(["helpers", *parts[:cut]])
        try:
            thing = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not module.startswith(error.name):
                raise  # the module is there, and something that it needs is not
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                raise ValueError(f"{name}: {module} has no {part!r}")
            thing = getattr(thing, part)
        return thing
    raise ValueError(f"{name}: helpers has no module {parts[0]!r}")


def _without_docstrings(code: str) -> str:
    """The code without the docstrings of its functions and classes."""
    lines = code.splitlines()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, kinds) or ast.get_docstring(node) is None:
            continue
        text = node.body[0]
        for number in range(text.lineno - 1, text.end_lineno):
            lines[number] = None
        if len(node.body) == 1:
            lines[text.lineno - 1] = " " * text.col_offset + "..."
        elif text.end_lineno < len(lines) and not lines[text.end_lineno].strip():
            lines[text.end_lineno] = None  # the blank line after it
    return "\n".join(line for line in lines if line is not None)


def _pane(piece: Piece) -> str:
    web = repository.link(piece.path, piece.first, piece.last)
    place = html.escape(piece.path)
    place = f'<a href="{web}">{place}</a>' if web else f"<code>{place}</code>"
    label = html.escape(piece.label)
    return (
        f'<figure data-name="{html.escape(piece.name)}">'
        f"<figcaption><strong>{label}</strong>{place}</figcaption>"
        f'<pre tabindex="0" role="group" aria-label="{label} code">'
        f"<code>{_colored(piece.code)}</code></pre></figure>"
    )


def _colored(code: str) -> str:
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:  # plain text shows as well
        return html.escape(code)
    return highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()


def _css() -> str:
    def variables(colors: dict[str, str]) -> str:
        return " ".join(f"--{name}: {value};" for name, value in colors.items())

    pages = ", ".join(f"{page} .unet-source" for page in DARK_PAGES)
    rules = RULES.format(light=variables(LIGHT), dark=variables(DARK), dark_pages=pages)
    return re.sub(r"\n\s*", "\n", rules).strip()
