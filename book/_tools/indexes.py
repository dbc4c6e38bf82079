"""Pages of reference: lists made of the book itself while it is built.

A comment such as `<!-- made: exercises -->` in a page stands for a list that this
extension writes in its place, as Markdown, before Sphinx reads the page. So the lists
are never older than the notebooks, and nobody types them. `read_last` in _config.yml
names those pages: they are read after the chapters, in every build.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import reference
import yaml
from docutils import nodes
from explorers import explorer
from myst_parser.mdit_to_docutils.base import default_slugify
from reference import ENTRY
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"^<!-- made: (\w+) -->$", re.M)
LINK = re.compile(r"\]\((?:\./)?references\.md#([\w-]+)\)")
HEADING = re.compile(r"^#{2,3} (.+)$", re.M)
EXERCISE = re.compile(r"^### (Predict|Change|Build): (.+)\n+((?:.+\n?)+)", re.M)
QUESTION = re.compile(r'<div class="predict">\s+\*\*Predict\.\*\* (.+)')
SENTENCE = re.compile(r"(?<=[.?!:]) (?=[A-Z`$*])")
LONGEST = 240
"""How many letters of an exercise stand in the list, in whole sentences."""


@dataclass(frozen=True)
class Chapter:
    """A notebook: its file name, its title, its Markdown."""

    file: str
    title: str
    text: str

    def link(self, words: str, heading: str) -> str:
        """A link to one of its headings."""
        return f"[{words}]({self.file}#{default_slugify(heading)})"


START = Chapter("index.md", "The start page", "")
"""It has an explorer, too; its text has neither exercises nor questions."""


@dataclass(frozen=True)
class Moved:
    """An explorer: its place, the heading above it, its controls, its caption."""

    name: str
    section: str
    controls: tuple[tuple[str, tuple[str, ...]], ...]
    caption: str


def chapters(root: Path = ROOT) -> list[Chapter]:
    """The notebooks in the order of the table of contents."""
    contents = yaml.safe_load((root / "_toc.yml").read_text())
    entries = [entry for part in contents["parts"] for entry in part["chapters"]]
    found = []
    for path in [root / (entry["file"] + ".ipynb") for entry in entries]:
        if path.exists():
            cells = nbformat.read(path, as_version=4).cells
            text = [cell.source for cell in cells if cell.cell_type == "markdown"]
            title = re.search(r"^# (.+)$", text[0], re.M)[1]
            found.append(Chapter(path.name, title, "\n\n".join(text)))
    return found


# References


def cited(found: Iterable[Chapter]) -> dict[str, list[Chapter]]:
    """The chapters that link each entry of the references, by its key."""
    by_key: dict[str, list[Chapter]] = {}
    for chapter in found:
        for key in dict.fromkeys(LINK.findall(chapter.text)):
            by_key.setdefault(key, []).append(chapter)
    return by_key


def with_citations(text: str, by_key: dict[str, list[Chapter]]) -> str:
    """The references, each followed by links to the chapters that name it."""

    def add(match: re.Match) -> str:
        links = [f"[{c.title}]({c.file})" for c in by_key.get(match[1], [])]
        said = f"\\\n  *In:* {', '.join(links)}." if links else ""
        return match[0].rstrip("\n") + said + "\n"

    return ENTRY.sub(add, text)


# Exercises and questions


def shortened(text: str) -> str:
    """Whole sentences of a paragraph, as many as fit."""
    kept = ""
    for sentence in SENTENCE.split(" ".join(text.split())):
        if kept and len(kept) + len(sentence) > LONGEST:
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def exercises_of(chapter: Chapter) -> list[str]:
    """A line for each exercise: its kind, a link, how it begins."""
    lines = []
    for kind, title, told in EXERCISE.findall(chapter.text):
        link = chapter.link(title, f"{kind}: {title}")
        lines.append(f"- **{kind}:** {link}. {shortened(told)}")
    return lines


def questions_of(chapter: Chapter) -> list[str]:
    """A line for each predict-question: what it asks, linked to its section."""
    lines = []
    for match in QUESTION.finditer(chapter.text):
        above = HEADING.findall(chapter.text, 0, match.start())[-1]
        lines.append(f"- {chapter.link(plain(above), above)}: {match[1]}")
    return lines


def plain(heading: str) -> str:
    """A heading's words without links and marks."""
    return re.sub(r"\[(.+?)\]\(.+?\)", r"\1", heading)


def exercises(found: Iterable[Chapter]) -> str:
    """All exercises and questions, by chapter."""
    parts = []
    for chapter in found:
        parts += [f"## [{chapter.title}]({chapter.file})", *exercises_of(chapter), ""]
        if asked := questions_of(chapter):
            number = "1 question" if len(asked) == 1 else f"{len(asked)} questions"
            opening = f"<details><summary>{number} on the way</summary>"
            parts += [opening, "", *asked, "", "</details>", ""]
    return "\n".join(parts)


# Explorers


def note_explorers(app: Sphinx, page: nodes.document) -> None:
    """Keep what the page's explorers are, and let links lead to them."""
    env, found = app.env, []
    for figure in page.findall(explorer):
        heading, node = "", figure.parent
        while node is not None and not heading:
            if isinstance(node, nodes.section):
                heading = node.next_node(nodes.title).astext()
            node = node.parent
        caption = "".join(part.astext() for part in figure.findall(nodes.caption))
        controls = tuple((name, tuple(of)) for name, of in figure["controls"])
        name = figure["ids"][0]
        found.append(Moved(name, heading, controls, caption))
        slugs = env.metadata[env.docname].setdefault("myst_slugs", {})
        slugs[name] = (0, name, heading)
    if found:
        kept(env)[env.docname] = found


def kept(env: BuildEnvironment) -> dict[str, list[Moved]]:
    """The explorers of each page, as long as Sphinx remembers the page."""
    if not hasattr(env, "unet_explorers"):
        env.unet_explorers = {}
    return env.unet_explorers


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Drop the explorers of a page that is read again or is gone."""
    kept(env).pop(name, None)


def span(labels: tuple[str, ...]) -> str:
    """The labels of a control: all of them, or the first and the last."""
    if len(", ".join(labels)) <= 48:
        return ", ".join(labels)
    return f"{labels[0]} to {labels[-1]} ({len(labels)} settings)"


def explorers(found: Iterable[Chapter], moved: dict[str, list[Moved]]) -> str:
    """All explorers, by page."""
    parts = []
    for chapter in found:
        here = moved.get(f"book/{Path(chapter.file).stem}", [])
        if here:
            parts.append(f"## [{chapter.title}]({chapter.file})")
        for each in here:
            moves = "; ".join(f"*{name}* {span(of)}" for name, of in each.controls)
            link = f"[{each.section}]({chapter.file}#{each.name})"
            stop = "" if each.section.endswith(("?", "!")) else "."
            parts.append(f"- **{link}{stop}** {each.caption} (Moves: {moves}.)")
        parts.append("")
    return "\n".join(parts)


# Modules


def modules() -> str:
    """A line for each module of the reference, by page."""
    parts = []
    for page, names in reference.pages().items():
        title = (ROOT / "book" / page).read_text().splitlines()[0].removeprefix("# ")
        parts += [f"## [{title}]({page})", ""]
        for name in names:
            short = name.removeprefix("helpers.")
            link = f"[`{short}`]({page}#{default_slugify(short)})"
            parts.append(f"- {link}: {reference.first_line(name)}")
        parts.append("")
    return "\n".join(parts)


# Sphinx


def write(app: Sphinx, name: str, text: list[str]) -> None:
    """Put the lists in their places, when Sphinx reads a page."""
    made: dict[str, Callable[[], str]] = {
        "exercises": lambda: exercises(chapters()),
        "explorers": lambda: explorers([START, *chapters()], kept(app.env)),
        "modules": modules,
    }
    text[0] = PLACE.sub(lambda place: made[place[1]](), text[0])
    if name == "book/references":
        text[0] = with_citations(text[0], cited(chapters()))


def note_keys(app: Sphinx, page: nodes.document) -> None:
    """Let links and `:ref:` lead to an entry by its key; MyST knows headings alone."""
    if app.env.docname == "book/references":
        source = Path(app.env.doc2path(app.env.docname)).read_text()
        slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
        labels = app.env.get_domain("std").anonlabels
        for match in ENTRY.finditer(source):
            slugs[match[1]] = (0, match[1], match[1])
            labels[match[1]] = (app.env.docname, match[1])


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; the lists wait for the chapters, so no two pages at a time."""
    app.connect("env-purge-doc", forget)
    app.connect("source-read", write)
    app.connect("doctree-read", note_explorers)
    app.connect("doctree-read", note_keys)
    return {"version": "1", "parallel_read_safe": False}
