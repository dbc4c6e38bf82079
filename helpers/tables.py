"""What recorded experiments measured, as tables of text, whatever a file holds."""

from __future__ import annotations

import html
import json
import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from helpers import record
from helpers.spec import UNetSpec

Row = Mapping[str, Any]
Table = tuple[str, list[str], list[list[str]]]

GIVEN = ("task", "recipe", "sizes", "epochs", "ellipses", "pets", "seeds")
GIVEN += ("look", "gaps", "crop", "losses", "shares", "cuts")
"""Fields that say what a network was given, not what it reached."""
NO_SCORES = ("seed", "epoch", "epochs", "label")
FIRST = ("mean_iou", "iou", "boundary_iou", "dice", "cross_entropy", "seconds")


def tables_of(values: Row) -> list[Table]:
    """What an experiment measured, as tables: title, head and rows of text.

    Runs of several seeds become mean ± standard deviation; numbers in lists, too;
    numbers by name stay as they are. What a run scored under a name has a table of
    its own. What is none of these is left in the file.
    """
    found = []
    runs = values.get("runs")
    if isinstance(runs, Mapping):
        found += [_by_network(runs, values), *_nested(runs)]
    elif isinstance(runs, Sequence):
        rows = [[text(value) for value in row.values()] for row in runs]
        found.append(("", [words(key) for key in runs[0]], rows))
    scored = {name: v for name, v in _scored(values) if "mean_iou" in v}
    if scored:
        found.append(_by_network({name: [v] for name, v in scored.items()}, {}))
    found += _by_name(
        {
            name: each
            for name, each in values.items()
            if name not in ("runs", "targets", *scored, *GIVEN)
            and _is_numbers(each)
            and ("parameters" not in name or "runs" not in values)
        }
    )
    if values.get("targets"):
        head = ["target", "measured", "wanted", "met"]
        found.append(("", head, [_target(row) for row in values["targets"]]))
    return found


def _by_name(fields: Mapping[str, Mapping]) -> list[Table]:
    """A table for the fields that hold numbers of the same names, a column each."""
    alike: dict[tuple, list[str]] = {}
    for field, each in fields.items():
        alike.setdefault(tuple(each), []).append(field)
    found = []
    for names, together in alike.items():
        rows = [
            [html.escape(name), *(_spread(fields[field][name]) for field in together)]
            for name in names
        ]
        titles = [words(field) for field in together]
        title, head = ("", titles) if len(titles) > 1 else (titles[0], [""])
        found.append((title, ["", *head], rows))
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


def _nested(runs: Mapping) -> list[Table]:
    """A table for each name that runs have scores under.

    Where the scores have a second name, such as a level, the rows are named by both.
    """
    under: dict[str, dict[str, list[Row]]] = {}
    for network, rows in runs.items():
        for row in rows:
            for key, each in row.items():
                if not isinstance(each, Mapping):
                    continue
                deep = all(isinstance(v, Mapping) for v in each.values())
                for short, scores in (each if deep else {"": each}).items():
                    name = f"{network}, {short}" if short else network
                    under.setdefault(key, {}).setdefault(name, []).append(scores)
    found = []
    for key, each in under.items():
        title, head, table = _by_network(each, {})
        title = f"{words(key)}: {title}" if title else words(key)
        if len(head) > 1:
            found.append((title, head, table))
    return found


def _by_network(runs: Mapping, values: Row) -> Table:
    """A row per network: what it costs, then the scores over its seeds."""
    costs = {name: _costs(name, values) for name in runs}
    head = list(dict.fromkeys(k for cost in costs.values() for k in cost))
    each = [row for rows in runs.values() for row in rows]
    scores = dict.fromkeys(k for row in each for k, v in row.items() if is_number(v))
    scores = [k for k in scores if k not in (*NO_SCORES, *head)]
    scores.sort(key=lambda k: (*FIRST, k).index(k))
    table = []
    for name, rows in runs.items():
        cells = [text(costs[name].get(k, "")) for k in head]
        for k in scores:
            cells.append(_spread([row[k] for row in rows if is_number(row.get(k))]))
        table.append([html.escape(name), *cells])
    seeds = max(map(len, runs.values()))
    title = f"mean ± standard deviation of {seeds} seeds" if seeds > 1 else ""
    return title, ["", *map(words, (*head, *scores))], table


def _costs(name: str, values: Row) -> dict[str, float]:
    """What a network costs, where the experiment says so for its name."""
    task, _, short = name.partition(", ")
    costs = values.get("costs", {})
    found = costs.get(name) or costs.get(task, {}).get(short) or {}
    counted = values.get("parameters")
    one = counted.get(name) if isinstance(counted, Mapping) else counted
    spec = values.get("specs", {}).get(name, {})
    if counted is None and "widths" in spec:
        one = UNetSpec(**spec).parameters()
    return {"parameters": one, **found} if is_number(one) else dict(found)


def _target(row: Row) -> list[str]:
    sign = "≥" if row["above"] else "≤"
    return [
        html.escape(row["name"]),
        text(row["measured"]),
        f"{sign} {text(row['bound'])}",
        "yes" if row["met"] else "no",
    ]


def is_number(value: Any) -> bool:
    """Whether it is a number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numbers(value: Any) -> bool:
    """Whether it holds numbers, or lists of them, by name."""
    return isinstance(value, Mapping) and all(
        is_number(v) or (isinstance(v, list) and v and all(map(is_number, v)))
        for v in value.values()
    )


def _spread(values: float | Sequence[float]) -> str:
    """A number, or the mean of several ± their standard deviation."""
    values = [values] if is_number(values) else list(values)
    if not values:
        return ""
    several = statistics.stdev(values) if len(values) > 1 else None
    entry = {"value": statistics.fmean(values), "spread": several, "unit": ""}
    return record.number(entry)


def text(value: Any) -> str:
    """A value as HTML: numbers as `record.number` writes them, other things as JSON."""
    if is_number(value):
        return record.number({"value": value, "spread": None, "unit": ""})
    return html.escape(value if isinstance(value, str) else json.dumps(value))


def words(key: str) -> str:
    """The name of a field as a reader sees it."""
    return re.sub(r"\biou\b", "IoU", key.replace("_", " "))
