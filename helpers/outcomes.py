"""The page "Results": the recorded experiments as tables, whatever a file holds."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import record, repository
from helpers.tables import GIVEN, Row, is_number, tables_of, text, words

if TYPE_CHECKING:
    from IPython.display import HTML

MOST = 16
"""Rows that a table has unfolded, unless it is the first of its experiment."""


class Results:
    """The files of `benchmarks/results`, shown once each.

    folder: where the files are; the book's by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        root = repository.root()
        here = root / "benchmarks" if root else repository.HERE
        self.folder = folder or here / "results"
        self.shown: list[str] = []

    @property
    def names(self) -> list[str]:
        """The experiments that are recorded."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def read(self, name: str) -> dict[str, Any]:
        """An experiment, as `record.experiment` gives it."""
        return record.experiment(self.folder / name)

    def overview(self) -> HTML:
        """Every experiment: what it asks, when and where it ran."""
        rows = []
        for name in self.names:
            found = self.read(name)
            where = f'<a href="#result-{name}">{html.escape(name)}</a>'
            told = html.escape(f"{found['date']}, {_machine(found)}")
            question = f"{where}: {_question(found)}"
            rows.append(f'<li>{question} <span class="origin">{told}</span></li>')
        return record.as_html(f'<ul class="unet-result">{"".join(rows)}</ul>')

    def show(self, *names: str) -> HTML:
        """Experiments with what they reached, on what, and what repeats them."""
        self.shown += names
        return record.as_html("\n".join(self._section(name) for name in names))

    def others(self) -> HTML:
        """The experiments that the page has not shown."""
        rest = [name for name in self.names if name not in self.shown]
        return self.show(*rest) if rest else record.as_html("<p>None.</p>")

    def _section(self, name: str) -> str:
        if name not in self.names:
            return f"<p><i>{html.escape(name)}: not recorded yet.</i></p>"
        found = self.read(name)
        tables = "\n".join(
            _titled(*each, folds=number > 0 and len(each[2]) > MOST)
            for number, each in enumerate(tables_of(found["values"]))
        )
        versions = ", ".join(map(" ".join, found["versions"].items()))
        told = f"{found['date']}, on {_machine(found)}; {versions}."
        return (
            f'<div id="result-{html.escape(name)}" class="unet-result">'
            f"<p><b>{html.escape(name)}</b>: {_question(found)}</p>{tables}"
            f"{_same(found['values'])}{_setting(found['values'])}"
            f'<p class="origin">{html.escape(told)} To repeat it: '
            f"<code>{html.escape(found['command'])}</code></p></div>"
        )


def asked(command: str) -> str:
    """What the module of a command asks: the first line of its docstring."""
    parts = command.removeprefix("python -m benchmarks").lstrip(". ").split()
    root = repository.root()
    path = root / "benchmarks" / f"{parts[0]}.py" if root and parts else None
    if path is None or not path.is_file():
        return ""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]


def _same(values: Row) -> str:
    """A line on the names without a row: another name has their network."""
    tasks: dict[str, list[str]] = {}
    for task, named in values.get("same", {}).items():
        for name, other in named.items():
            pair = f"“{name}” is the same network as “{other}”"
            tasks.setdefault(pair, []).append(task)
    if not tasks:
        return ""
    told = "; ".join(f"{pair} ({', '.join(on)})" for pair, on in tasks.items())
    return f'<p class="title">No rows of their own: {html.escape(told)}.</p>'


def _setting(values: Row) -> str:
    """The data, the recipe and what else was given, folded."""
    rows = [
        f"<li>{html.escape(words(name))}: {_plain(value)}</li>"
        for name, value in values.items()
        if name in GIVEN or is_number(value) or isinstance(value, str)
    ]
    if not rows:
        return ""
    return f"<details><summary>Setting</summary><ul>{''.join(rows)}</ul></details>"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        named = (f"{words(k)} {_plain(v)}" for k, v in value.items())
        return ", ".join(named)
    if isinstance(value, (list, tuple)):
        return " to ".join(map(_plain, value)) if len(value) == 2 else text(value)
    return text(value)


def _question(found: Row) -> str:
    return re.sub("`(.*?)`", r"<code>\1</code>", html.escape(asked(found["command"])))


def _machine(found: Row) -> str:
    here = found["machine"]
    gpu = f", {here['gpu']}" if here.get("gpu") else ""
    memory = f", {here['memory_gb']:g} GB" if here.get("memory_gb") else ""
    return f"{here['cpu']}, {here['cores']} cores{memory}{gpu}"


def _titled(title: str, head: list[str], rows: list[list[str]], folds: bool) -> str:
    """A table under its title, which unfolds it where it `folds`."""
    title, table = html.escape(title), _table([*map(html.escape, head)], rows)
    if folds:
        told = f"{title or 'more'} ({len(rows)} rows)"
        return f"<details><summary>{told}</summary>{table}</details>"
    return (f'<p class="title">{title}</p>' if title else "") + table


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table that scrolls by itself where the page is narrow; cells are HTML."""
    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    top = f"<thead><tr>{top}</tr></thead>" if any(head) else ""
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return (
        f'<div class="unet-table" tabindex="0"><table>{top}'
        f"<tbody>{body}</tbody></table></div>"
    )
