"""The claims of the two articles, and what the book's numbers make of each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import counted, printed, record, repository

OPEN = "open"
VERDICTS = (*record.VERDICTS, OPEN)
COUNTED = "claims"  # the chapter of numbers that the page of claims counts itself
SHOWN = Path("_build", "shown")  # where a build keeps what its pages show

Numbers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Claim:
    """A claim in our words: where it stands, and the numbers that settle it.

    begins: the first words of its sentence. records: names of recorded numbers.
    needs: for a claim without any, what it would take to measure it.
    """

    id: str
    source: str
    section: str
    begins: str
    text: str
    records: tuple[str, ...] = ()
    needs: str = ""

    def is_open(self, numbers: Numbers) -> bool:
        """Whether a number that would settle it is not there."""
        return not self.records or any(name not in numbers for name in self.records)

    def verdict(self, numbers: Numbers) -> str:
        """One of `VERDICTS`: that of its numbers, or "holds when" if they differ."""
        if self.is_open(numbers):
            return OPEN
        found = {numbers[name]["verdict"] for name in self.records}
        return found.pop() if len(found) == 1 else "holds when"


def read(path: str | os.PathLike | None = None) -> list[Claim]:
    """The claims of book/claims.yml, in the order of the articles.

    Raises FileNotFoundError where only `helpers` is installed, and TypeError for a
    field that a claim does not have.
    """
    import yaml  # the book has it; an installed `helpers` may not

    if path is None:
        root = repository.root()
        if root is None:
            raise FileNotFoundError(
                "book/claims.yml is not here: open the page in the book's folder"
            )
        path = root / "book" / "claims.yml"
    sections = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return [
        Claim(
            source=section["source"],
            section=section["section"],
            **{**fields, "records": tuple(fields.get("records", ()))},
        )
        for section in sections
        for fields in section["claims"]
    ]


def numbers() -> dict[str, dict[str, Any]]:
    """What the pages of this build show, and what is counted without a training.

    Outside a build, what chapters have recorded so far.
    """
    root = repository.root()
    built = root / SHOWN if root else None
    kept = record.load(built if built and built.is_dir() else None)
    pages = {path.stem for path in (root / "book").iterdir()} if root else set()
    shown = {
        name: entry
        for name, entry in kept.items()
        if chapter(name) in pages and chapter(name) != COUNTED
    }
    return shown | count()


def count() -> dict[str, dict[str, Any]]:
    """The numbers that need no training, by the name they are recorded under."""
    return {
        f"{COUNTED}.{name}": entry
        for group in (*counted.GROUPS, *printed.GROUPS)
        for name, entry in group().items()
    }


def tally(claims: list[Claim], numbers: Numbers) -> dict[str, int]:
    """How many claims got each verdict, or are open."""
    found = [claim.verdict(numbers) for claim in claims]
    return {verdict: found.count(verdict) for verdict in VERDICTS}


def chapter(name: str) -> str:
    """The page that recorded a number."""
    return name.split(".")[0]


def address(name: str) -> str:
    """Where a recorded number stands: the page and the very line, from another page."""
    return f"{chapter(name)}.html#{record.anchor(name)}"


def title(page: str) -> str:
    """The title of a page of the book, or its name where it has none."""
    root = repository.root()
    for ending in (".ipynb", ".md"):
        path = root / "book" / f"{page}{ending}" if root else None
        if path and path.is_file():
            text = path.read_text(encoding="utf-8").replace("\\n", "\n")
            lines = (line.strip(' "') for line in text.splitlines())
            return next((n[2:].strip() for n in lines if n.startswith("# ")), page)
    return page
