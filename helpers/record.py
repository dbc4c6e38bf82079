"""Keeps a number under a name, for the claims page, and the record of experiments.

A name is "chapter.number", such as "ellipses.iou_with_skips": each chapter has a file
of its own, so that chapters can run at the same time.
"""

from __future__ import annotations

import datetime
import html
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import repository
from helpers.files import write_atomically
from helpers.machine import machine

if TYPE_CHECKING:
    from IPython.display import HTML

VERDICTS = ("holds", "holds when", "does not hold")
COLORS = {"holds": "#00694c", "holds when": "#7a5200", "does not hold": "#a63f00"}
NO_VERDICT = "#595959"
FOLDER = "UNET_BOOK_RECORDS"  # an environment variable with the folder of the records
_memory: dict[str, dict[str, dict]] = {}  # chapter -> name -> entry


class Number(float):
    """A number that has been shown already: a cell that ends in it shows no more."""

    def _ipython_display_(self) -> None:
        pass


def record(
    name: str,
    value: float,
    claim: str = "",
    verdict: str = "holds",
    source: str = "",
    spread: float | None = None,
    unit: str = "",
) -> Number:
    """Keep a number, show it in one line and return it.

    name: "chapter.number"; the same name again overwrites. claim: the sentence that
    the number bears on, source: who said it. verdict: one of `VERDICTS`. spread: a
    standard deviation or half range in the unit of the value.

    Raises ValueError for an unknown verdict, a name of other form, or a value or
    spread that is not finite.
    """
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", name):
        raise ValueError(
            f"name {name!r} must be chapter.number in lower case, like "
            '"ellipses.iou_with_skips"'
        )
    if verdict not in VERDICTS:
        raise ValueError(f"verdict {verdict!r} must be one of {VERDICTS}")
    for label, given in (("value", value), ("spread", spread)):
        if given is not None and not math.isfinite(given):
            raise ValueError(
                f"{name}: the {label} is {float(given)}, which no reader can use; "
                "find out where it came from before it is kept"
            )
    entry = {
        "value": float(value),
        "spread": None if spread is None else float(spread),
        "unit": unit,
        "claim": claim,
        "verdict": verdict,
        "source": source,
    }
    chapter = name.split(".")[0]
    known = {**_memory.get(chapter, {}), name: entry}
    _memory[chapter] = known
    _keep(chapter, name, entry)
    _show(name, entry)
    return Number(value)


def load(folder: str | os.PathLike | None = None) -> dict[str, dict[str, Any]]:
    """Every number kept: name -> value, spread, unit, claim, verdict and source.

    folder: where to look; the usual places by default. Sorted by name.
    """
    entries: dict[str, dict[str, Any]] = {}
    for place in [Path(folder)] if folder else _folders():
        for file in sorted(place.glob("*.json")):
            entries.update(json.loads(file.read_text(encoding="utf-8")))
    if folder is None:
        for known in _memory.values():
            entries.update(known)
    return dict(sorted(entries.items()))


def anchor(name: str) -> str:
    """The id of the line that `record` shows, for links to the very cell."""
    return "claim-" + re.sub("[._]", "-", name)


def number(entry: Mapping[str, Any]) -> str:
    """The number of an entry as text, as exact as its spread, with its unit."""
    value, spread = entry["value"], entry["spread"]
    text = f"{value:.4g}"
    if spread and 1e-6 < abs(spread) < 1e6:
        decimals = max(0, 1 - math.floor(math.log10(abs(spread))))
        text = f"{value:,.{decimals}f} ± {spread:,.{decimals}f}"
    elif spread is not None:
        text += f" ± {spread:.2g}"
    elif float(value).is_integer() and abs(value) < 1e9:
        text = f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.0f}"
    return f"{text} {entry['unit']}".rstrip()


def badge(verdict: str) -> str:
    """A verdict as HTML, white on its color; gray for one that is none of ours."""
    look = (
        f"background:{COLORS.get(verdict, NO_VERDICT)};color:#fff;padding:.1em .6em;"
        "border-radius:1em;font-size:.8em;white-space:nowrap"
    )
    return f'<span style="{look}">{html.escape(verdict)}</span>'


def as_html(text: str) -> HTML:
    """The text as a notebook shows HTML."""
    from IPython.display import HTML

    return HTML(text)


def experiment(path: str | os.PathLike) -> dict[str, Any]:
    """A recorded experiment: values, machine, versions, date and command.

    path: a file, or the name of one in `benchmarks/results`, with or without .json.
    Raises FileNotFoundError naming where it was looked for, ValueError for a file
    that lacks one of the fields.
    """
    path = _with_ending(path)
    folder = repository.root()
    places = [path, repository.HERE / "results" / path.name]
    if folder is not None:
        places.insert(1, folder / "benchmarks" / "results" / path.name)
    for place in places:
        if place.is_file():
            break
    else:
        raise FileNotFoundError(
            f"no recorded experiment {path.stem!r}; looked for "
            f"{', '.join(map(str, places))}. `make bench` and `make "
            "experiments` record them"
        )
    found = json.loads(place.read_text(encoding="utf-8"))
    missing = {"values", "machine", "versions", "date", "command"} - set(found)
    if missing:
        raise ValueError(f"{place} lacks {', '.join(sorted(missing))}")
    return found


def save_experiment(
    path: str | os.PathLike, values: dict[str, Any], command: str
) -> Path:
    """Write an experiment as `experiment` reads it, whole or not at all.

    values: what was measured, as JSON takes it. command: what repeats it. Machine,
    versions and date are added.
    """
    path = _with_ending(path)
    here = machine()
    content = {
        "values": values,
        "machine": {k: v for k, v in here.items() if k != "versions"},
        "versions": here["versions"],
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "command": command,
    }
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
    return path


def _with_ending(path: str | os.PathLike) -> Path:
    return Path(f"{os.fspath(path).removesuffix('.json')}.json")


def _folders() -> list[Path]:
    """Where records may be, the place to write to last."""
    if os.environ.get(FOLDER):
        return [Path(os.environ[FOLDER])]
    folder = repository.root()
    if folder is not None:
        return [folder / "_build" / "records"]
    return [Path(tempfile.gettempdir()) / "unet-book-records"]


def _keep(chapter: str, name: str, entry: dict) -> None:
    file = _folders()[-1] / f"{chapter}.json"
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there yet, or not one of ours
        entries = {}
    entries[name] = entry
    text = json.dumps(dict(sorted(entries.items())), indent=1) + "\n"
    try:
        write_atomically(file, text.encode())
    except OSError as error:  # a chapter goes on; its numbers stay in memory
        print(f"{name} is kept for this session only: {error}", file=sys.stderr)


def _show(name: str, entry: dict) -> None:
    claim, found = entry["claim"] or name, number(entry)
    text = f"{entry['verdict']}: {claim} ({found})"
    if "IPython" not in sys.modules or not _in_notebook():
        print(text)
        return
    from IPython.display import display

    # The line carries its entry, for the build to read what the page shows.
    line = (
        f'<p class="unet-record" id="{anchor(name)}" style="margin:.4em 0" '
        f'data-record="{html.escape(json.dumps({name: entry}))}">'
        f"{badge(entry['verdict'])} {html.escape(claim)} "
        f"<strong>{html.escape(found)}</strong></p>"
    )
    display({"text/html": line, "text/plain": text}, raw=True)


def _in_notebook() -> bool:
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
