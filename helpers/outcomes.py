"""The page "Results": the recorded experiments as tables, whatever a file holds."""

from __future__ import annotations

import ast
import html
import json
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import record, repository

if TYPE_CHECKING:
    from IPython.display import HTML

Row = Mapping[str, Any]

GIVEN = ("task", "recipe", "sizes", "epochs", "ellipses", "pets", "seeds")
NO_SCORES = ("seed", "epoch", "epochs", "label")
FIRST = ("mean_iou", "iou", "boundary_iou", "dice", "cross_entropy", "seconds")


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
        tables = "\n".join(_titled(*each) for each in tables_of(found["values"]))
        versions = ", ".join(map(" ".join, found["versions"].items()))
        told = f"{found['date']}, on {_machine(found)}; {versions}."
        return (
            f'<div id="result-{html.escape(name)}" class="unet-result">'
            f"<p><b>{html.escape(name)}</b>: {_question(found)}</p>{tables}"
            f"{_setting(found['values'])}"
            f'<p class="origin">{html.escape(told)} To repeat it: '
            f"<code>{html.escape(found['command'])}</code></p></div>"
        )


def asked(command: str) -> str:
    """What the module of a command asks: the first line of its docstring."""
    words = command.removeprefix("python -m benchmarks").lstrip(". ").split()
    root = repository.root()
    path = root / "benchmarks" / f"{words[0]}.py" if root and words else None
    if path is None or not path.is_file():
        return ""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]


def tables_of(values: Row) -> list[tuple[str, list[str], list[list[str]]]]:
    """What an experiment measured, as tables: title, head and rows of text.

    Runs of several seeds become mean ± standard deviation; numbers in lists, too;
    numbers by name stay as they are. What is neither is left in the file.
    """
    found = []
    runs = values.get("runs")
    if isinstance(runs, Mapping):
        found.append(_by_network(runs, values))
    elif isinstance(runs, Sequence):
        rows = [[_text(value) for value in row.values()] for row in runs]
        found.append(("", [_words(key) for key in runs[0]], rows))
    scored = {name: v for name, v in _scored(values) if "mean_iou" in v}
    if scored:
        found.append(_by_network({name: [v] for name, v in scored.items()}, {}))
    for name, each in values.items():
        if name not in ("runs", "targets", *scored, *GIVEN) and _is_numbers(each):
            rows = [[html.escape(k), _spread(v)] for k, v in each.items()]
            if "parameters" not in name or "runs" not in values:
                found.append((_words(name), ["", ""], rows))
    if values.get("targets"):
        head = ["target", "measured", "wanted", "met"]
        found.append(("", head, [_target(row) for row in values["targets"]]))
    return found


def _scored(values: Row) -> list[tuple[str, Row]]:
    """What has scores beside its name, and of epochs the kept and the last."""
    found = [(k, v) for k, v in values.items() if isinstance(v, Mapping)]
    for name, each in list(found):
        if isinstance(each.get("kept"), Mapping):
            best = max(each["epochs"], key=lambda row: row["mean_iou"])
            found.append((f"{name}, best epoch", best))
            found.append((f"{name}, epoch kept", each["kept"]))
    return found


def _by_network(runs: Mapping, values: Row) -> tuple[str, list[str], list[list[str]]]:
    """A row per network: what it costs, then the scores over its seeds."""
    costs = {name: _costs(name, values) for name in runs}
    head = list(dict.fromkeys(k for cost in costs.values() for k in cost))
    each = [row for rows in runs.values() for row in rows]
    scores = dict.fromkeys(k for row in each for k, v in row.items() if _is_number(v))
    scores = [k for k in scores if k not in (*NO_SCORES, *head)]
    scores.sort(key=lambda k: (*FIRST, k).index(k))
    table = []
    for name, rows in runs.items():
        cells = [_text(costs[name].get(k, "")) for k in head]
        for k in scores:
            cells.append(_spread([row[k] for row in rows if _is_number(row.get(k))]))
        table.append([html.escape(name), *cells])
    seeds = max(map(len, runs.values()))
    title = f"mean ± standard deviation of {seeds} seeds" if seeds > 1 else ""
    return title, ["", *map(_words, (*head, *scores))], table


def _costs(name: str, values: Row) -> dict[str, float]:
    """What a network costs, where the experiment says so for its name."""
    task, _, short = name.partition(", ")
    costs = values.get("costs", {})
    found = costs.get(name) or costs.get(task, {}).get(short) or {}
    counted = values.get("parameters")
    one = counted.get(name) if isinstance(counted, Mapping) else counted
    return {"parameters": one, **found} if _is_number(one) else dict(found)


def _setting(values: Row) -> str:
    """The data, the recipe and what else was given, folded."""
    rows = [
        f"<li>{html.escape(_words(name))}: {_plain(value)}</li>"
        for name, value in values.items()
        if name in GIVEN or _is_number(value) or isinstance(value, str)
    ]
    if not rows:
        return ""
    return f"<details><summary>Setting</summary><ul>{''.join(rows)}</ul></details>"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        named = (f"{_words(k)} {_plain(v)}" for k, v in value.items())
        return ", ".join(named)
    if isinstance(value, (list, tuple)):
        return " to ".join(map(_plain, value)) if len(value) == 2 else _text(value)
    return _text(value)


def _target(row: Row) -> list[str]:
    sign = "≥" if row["above"] else "≤"
    return [
        html.escape(row["name"]),
        _text(row["measured"]),
        f"{sign} {_text(row['bound'])}",
        "yes" if row["met"] else "no",
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numbers(value: Any) -> bool:
    """Whether it holds numbers, or lists of them, by name."""
    return isinstance(value, Mapping) and all(
        _is_number(v) or (isinstance(v, list) and v and all(map(_is_number, v)))
        for v in value.values()
    )


def _spread(values: float | Sequence[float]) -> str:
    """A number, or the mean of several ± their standard deviation."""
    values = [values] if _is_number(values) else list(values)
    if not values:
        return ""
    several = statistics.stdev(values) if len(values) > 1 else None
    entry = {"value": statistics.fmean(values), "spread": several, "unit": ""}
    return record.number(entry)


def _text(value: Any) -> str:
    if _is_number(value):
        return record.number({"value": value, "spread": None, "unit": ""})
    return html.escape(value if isinstance(value, str) else json.dumps(value))


def _question(found: Row) -> str:
    return re.sub("`(.*?)`", r"<code>\1</code>", html.escape(asked(found["command"])))


def _words(key: str) -> str:
    return re.sub(r"\biou\b", "IoU", key.replace("_", " "))


def _machine(found: Row) -> str:
    here = found["machine"]
    gpu = f", {here['gpu']}" if here.get("gpu") else ""
    memory = f", {here['memory_gb']:g} GB" if here.get("memory_gb") else ""
    return f"{here['cpu']}, {here['cores']} cores{memory}{gpu}"


def _titled(title: str, head: list[str], rows: list[list[str]]) -> str:
    title = f'<p class="title">{html.escape(title)}</p>' if title else ""
    return title + _table([*map(html.escape, head)], rows)


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
