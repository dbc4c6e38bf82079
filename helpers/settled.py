"""The page "Claims, settled": each claim with the numbers that settle it, as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers import claims, record
from helpers.claims import OPEN, VERDICTS, Claim, Numbers

if TYPE_CHECKING:
    from IPython.display import HTML

WORDS = {
    "holds": "hold",
    "holds when": "hold under a condition",
    "does not hold": "do not hold",
    OPEN: "are open",
}


def overview(found: list[Claim], numbers: Numbers) -> HTML:
    """How many claims there are and how many got each verdict, with a bar."""
    counts = claims.tally(found, numbers)
    told = ", ".join(f"<b>{counts[v]}</b> {WORDS[v]}" for v in VERDICTS)
    parts = "".join(
        f'<span style="flex: {counts[v]}; background: {_color(v)}"></span>'
        for v in VERDICTS
        if counts[v]
    )
    return record.as_html(
        f"<p><b>{len(found)}</b> claims: {told}.</p>"
        f'<div class="unet-tally" aria-hidden="true">{parts}</div>'
    )


def section(found: list[Claim], numbers: Numbers, source: str, title: str) -> HTML:
    """The claims of one section of an article, in its order.

    Raises ValueError for a section without claims, naming those that have some.
    """
    picked = [c for c in found if (c.source, c.section) == (source, title)]
    if not picked:
        known = dict.fromkeys(c.section for c in found if c.source == source)
        raise ValueError(
            f"{source!r} has no claims in {title!r}; sections are {', '.join(known)}"
        )
    return record.as_html("\n".join(_item(claim, numbers) for claim in picked))


def still_open(found: list[Claim], numbers: Numbers) -> HTML:
    """The claims that nothing has settled yet, and what each would take."""
    rows = [
        f'<li><a href="#{claim.id}">{html.escape(claim.text)}</a> '
        f"{_missing(claim, numbers)}</li>"
        for claim in found
        if claim.is_open(numbers)
    ]
    return record.as_html(f"<ul>{''.join(rows)}</ul>" if rows else "<p>None.</p>")


class Evidence:
    """Shows the numbers that a text rests on, and keeps what was shown."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.names: set[str] = set()

    def __call__(self, verdicts: Mapping[str, str]) -> HTML:
        """The named numbers, each with its verdict and a link to its cell.

        verdicts: by name, as the text above has them. Raises ValueError where one has
        changed, because the text then says what is not so.
        """
        rows = []
        for name, expected in verdicts.items():
            self.names.add(name)
            if name not in self.numbers:
                rows.append(f"<li>not measured yet: {html.escape(name)}</li>")
                continue
            found = self.numbers[name]["verdict"]
            if found != expected:
                raise ValueError(
                    f"{name}: {found!r}, but the text says {expected!r}; read it again"
                )
            rows.append(_measured(name, self.numbers, badge=True))
        return record.as_html(f'<ul class="unet-evidence">{"".join(rows)}</ul>')

    def left_out(self, found: list[Claim]) -> HTML:
        """The claims that do not hold and whose numbers no text has shown."""
        rows = [
            f'<li><a href="claims.html#{claim.id}">{html.escape(claim.text)}</a></li>'
            for claim in found
            if claim.verdict(self.numbers) == "does not hold"
            and not self.names & {*claim.records}
        ]
        return record.as_html(f"<ul>{''.join(rows)}</ul>" if rows else "<p>None.</p>")


def counted() -> None:
    """Record what is counted without a training, each on a line of its own."""
    for name, entry in claims.count().items():
        record.record(name, **entry)


def _item(claim: Claim, numbers: Numbers) -> str:
    verdict = claim.verdict(numbers)
    if verdict == OPEN:
        rows = [f"<li>{_missing(claim, numbers)}</li>"]
    else:
        several = len(claim.records) > 1
        rows = [_measured(name, numbers, several) for name in claim.records]
    return (
        f'<div class="unet-claim" id="{claim.id}" '
        f'style="border-left-color: {_color(verdict)}">'
        f"<p>{record.badge(verdict)} {html.escape(claim.text)}</p>"
        f'<p class="place">where it says “{html.escape(claim.begins)} …”</p>'
        f"<ul>{''.join(rows)}</ul></div>"
    )


def _measured(name: str, numbers: Numbers, badge: bool) -> str:
    entry = numbers[name]
    own = f"{record.badge(entry['verdict'])} " if badge else ""
    said = html.escape(entry["claim"] or name)
    text = html.escape(record.number(entry))
    page = html.escape(claims.title(claims.chapter(name)))
    link = f'<a href="{claims.address(name)}">{page}</a>'
    return f"<li>{own}{said} <strong>{text}</strong> ({link})</li>"


def _missing(claim: Claim, numbers: Numbers) -> str:
    gone = [name for name in claim.records if name not in numbers]
    needs = claim.needs or f"a record of {', '.join(gone)}"
    return f"needs: {html.escape(needs)}"


def _color(verdict: str) -> str:
    return record.COLORS.get(verdict, record.NO_VERDICT)
