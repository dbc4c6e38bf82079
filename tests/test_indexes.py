"""Pages of reference: glossary, references, and the lists that the build makes."""

import re
from pathlib import Path
from types import SimpleNamespace

import indexes
import pytest
from docutils import nodes
from explorers import explorer

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = indexes.chapters()
GLOSSARY = (ROOT / "book/glossary.md").read_text()
REFERENCES = (ROOT / "book/references.md").read_text()
TERMS = {
    indexes.default_slugify(term): term
    for term in re.findall(r"^### (.+)$", GLOSSARY, re.M)
}
ENTRIES = {match[1]: match[0] for match in indexes.ENTRY.finditer(REFERENCES)}
PAGES = {chapter.file: chapter.text for chapter in CHAPTERS} | {
    path.name: path.read_text() for path in (ROOT / "book").glob("*.md")
}

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.file)


def linked(page: str, pages: dict[str, str] = PAGES) -> set[str]:
    """The places of a page that links of the book, or of some pages, name."""
    found = [re.findall(rf"\]\({page}#([\w-]+)\)", text) for text in pages.values()]
    return {place for places in found for place in places}


# Glossary and references


def test_a_term_stands_once_and_says_where_it_is_measured():
    parts = re.split(r"^### ", GLOSSARY, flags=re.M)[1:]
    assert len(TERMS) == len(parts)
    for part in parts:
        assert re.search(r"\]\(\w+\.ipynb#[\w-]+\)", part), part


def test_links_to_terms_and_references_lead_somewhere():
    assert linked("glossary.md") <= set(TERMS)
    assert linked("references.md") <= set(ENTRIES)


@pytest.mark.parametrize("page, places", [("glossary", TERMS), ("references", ENTRIES)])
def test_what_can_be_looked_up_is_linked_by_a_chapter(page, places):
    notebooks = {chapter.file: chapter.text for chapter in CHAPTERS}
    assert not set(places) - linked(f"{page}.md", notebooks)


def test_references_stand_in_order_and_once():
    keys = [match[1] for match in indexes.ENTRY.finditer(REFERENCES)]
    assert keys == sorted(set(keys)) and len(keys) == REFERENCES.count('<a id="')


def test_a_reference_has_a_doi_or_says_why_not():
    for key, entry in ENTRIES.items():
        text = " ".join(entry.split())
        found = re.findall(r"\[doi:(\S+)\]\(https://doi\.org/(\S+)\)", text)
        if not found:
            assert re.search(r"\(no DOI: .+\)", text), text
            continue
        assert len(found) == 1 and found[0][0] == found[0][1]
        assert re.fullmatch(r"10\.\d{4,5}/[\w.-]+", found[0][0]), text
        if arxiv := re.search(r"arXiv (\d{4}\.\d{5}|\d{4}\.\d{4})", text):
            assert found[0][0] == f"10.48550/arXiv.{arxiv[1]}", key


def test_a_reference_names_the_chapters_that_link_it():
    one = indexes.Chapter("a.ipynb", "A", "See [it](references.md#b-1).")
    text = '# R\n\n- <a id="a-1"></a>A: *x*.\n- <a id="b-1"></a>B:\n  *y*.\n'
    made = indexes.with_citations(text, indexes.cited([one]))
    assert made == text.rstrip("\n") + "\\\n  *In:* [A](a.ipynb).\n"


# Exercises


@each_chapter
def test_the_list_has_the_three_exercises_of_a_chapter(chapter):
    lines = indexes.exercises_of(chapter)
    kinds = [re.match(r"- \*\*(\w+):\*\* \[.+?\]\(\S+\)\. \S", line) for line in lines]
    assert [kind[1] for kind in kinds] == ["Predict", "Change", "Build"]


def test_the_list_has_all_questions():
    asked = sum(chapter.text.count('<div class="predict">') for chapter in CHAPTERS)
    assert sum(len(indexes.questions_of(chapter)) for chapter in CHAPTERS) == asked
    made = indexes.exercises(CHAPTERS)
    assert made.count("\n- ") == 3 * len(CHAPTERS) + asked


def test_a_question_is_linked_to_the_heading_above_it():
    text = '## Why from *logits*\n\n<div class="predict">\n\n**Predict.** How many?\n'
    chapter = indexes.Chapter("a.ipynb", "A", "## First\n\n" + text + "\n## Last")
    (line,) = indexes.questions_of(chapter)
    assert line == "- [Why from *logits*](a.ipynb#why-from-logits): How many?"


def test_what_is_shortened_ends_with_a_sentence():
    short = "Write a function. It takes 3.5 and gives 4."
    assert indexes.shortened(short.replace(" It", "\nIt")) == short
    assert indexes.shortened(short + " And so on." * 40).endswith(".")
    assert len(indexes.shortened(short + " And so on." * 40)) <= indexes.LONGEST + 1
    assert indexes.shortened("x" * 500) == "x" * 500


# Explorers


def page_with_explorer(heading: str = "Where it moves") -> nodes.document:
    """A page with one explorer, below a second heading."""
    page = nodes.document(None, None)
    outer = nodes.section("", nodes.title("", "Page"))
    inner = nodes.section("", nodes.title("", heading))
    figure = explorer(
        controls=[("gap", ["-4", "0"]), ("many", [str(100 * k) for k in range(20)])],
        ids=["explorer-a-1"],
    )
    figure += nodes.caption("", "It moves.")
    inner += nodes.container("", figure)
    outer += inner
    page += outer
    return page


def test_explorers_are_listed_with_what_moves_and_what_to_conclude():
    env = SimpleNamespace(docname="book/a", metadata={"book/a": {}})
    app = SimpleNamespace(env=env)
    indexes.note_explorers(app, page_with_explorer())
    assert "explorer-a-1" in env.metadata["book/a"]["myst_slugs"]
    made = indexes.explorers([indexes.Chapter("a.ipynb", "A", "")], indexes.kept(env))
    assert "**[Where it moves](a.ipynb#explorer-a-1).** It moves." in made
    assert "*gap* -4, 0; *many* 0 to 1900 (20 settings)" in made
    indexes.forget(app, env, "book/a")
    assert indexes.explorers(CHAPTERS, indexes.kept(env)).strip() == ""


def test_the_explorer_of_the_start_page_is_listed_first():
    env = SimpleNamespace(docname="book/index", metadata={"book/index": {}})
    app, text = SimpleNamespace(env=env), ["<!-- made: explorers -->"]
    indexes.note_explorers(app, page_with_explorer("What moves?"))
    indexes.write(app, "book/explorers", text)
    assert text[0].startswith(
        "## [The start page](index.md)\n"
        "- **[What moves?](index.md#explorer-a-1)** It moves. (Moves:"
    )
