"""The start page: its chapters are those of the contents, what it counts is counted."""

import re
from types import SimpleNamespace

import nbformat
import pytest
import startpage
from docutils import nodes
from docutils.utils import new_document

INDEX = (startpage.ROOT / f"{startpage.PAGE}.md").read_text()
NUMBERED = startpage.numbered()
LISTED = re.findall(
    r"^(\d+)\. \[([^]]+)\]\((\w+)\.ipynb\)(.*?)\*([^*]+)\*$", INDEX, re.M | re.S
)
MINUTES = {
    "half an hour": "30 min",
    "40 minutes": "40 min",
    "forty minutes": "40 min",
    "three quarters of an hour": "45 min",
    "an hour": "60 min",
    "in five minutes": "5 min a section",
}


def first_cell(page):
    return nbformat.read(startpage.ROOT / f"{page}.ipynb", as_version=4).cells[0].source


def test_chapters_have_the_numbers_of_the_contents():
    told = {f"book/{page}": int(number) for number, _, page, *_ in LISTED}
    assert told == NUMBERED
    assert list(NUMBERED.values()) == list(range(1, len(NUMBERED) + 1))


def test_only_notebooks_are_chapters():
    pages = {path.stem for path in (startpage.ROOT / "book").glob("*.ipynb")}
    assert {page.removeprefix("book/") for page in NUMBERED} == pages


@pytest.mark.parametrize(
    ("title", "page", "minutes"), [(e[1], f"book/{e[2]}", e[4]) for e in LISTED]
)
def test_a_chapter_is_called_what_it_is_called_and_takes_what_it_says(
    title, page, minutes
):
    text = " ".join(first_cell(page).split())
    assert re.search(r"^# (.+)$", first_cell(page), re.M)[1] == title
    takes = text.partition("**It takes**")[2]
    words = next(words for words in MINUTES if words in takes)
    assert MINUTES[words] == minutes


def test_what_is_counted():
    found = startpage.facts(
        [
            "explore(draw)\nassert True\nhelpers.explore(f)\nassert 1 == 1, 'assert'",
            "exercises.check_a(1)\nexercises.check_a(2)\nexercises.check_b()",
        ]
    )
    assert list(found.values()) == [2, 2, 2, 2]


def test_what_stands_outside_the_chapters_is_counted_but_no_chapter():
    found = startpage.facts(["explore(draw)"], ["explore(draw)\nassert True", ""])
    assert list(found.values()) == [1, 2, 0, 1]


def test_the_start_page_counts_its_own_explorer():
    code = [startpage.code_of(page) for page in (*NUMBERED, startpage.PAGE)]
    moves = startpage.facts(code)["explorers that move on the page"]
    assert moves == startpage.facts(code[:-1])["explorers that move on the page"] + 1
    text = ["<!-- made: facts -->"]
    startpage.fill(app_with(), startpage.PAGE, text)
    assert f"- **{moves}** explorers that move on the page\n" in text[0]


def test_the_code_of_a_page(tmp_path):
    assert startpage.code_of("nothing", tmp_path) == ""
    listing, cell = "```python\nexplore(no)\n```", "```{code-cell}\n%run it\nx = 1\n```"
    (tmp_path / "a.md").write_text(f"# A\n\n{listing}\n\n{cell}\n")
    assert startpage.code_of("a", tmp_path).strip() == "x = 1"
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("y = 2")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert startpage.code_of("a", tmp_path) == "y = 2"


def test_every_chapter_has_three_exercises_and_the_start_page_counts_them():
    code = [startpage.code_of(page) for page in NUMBERED]
    found = startpage.facts(code)
    assert found["exercises, each with its solution"] == 3 * len(NUMBERED)
    assert found["explorers that move on the page"] >= len(NUMBERED)
    assert found["assertions that the build runs"] > 100


def app_with(*outputs):
    page = new_document("claims")
    for text in outputs:
        page += nodes.raw("", text, format="html")
    env = SimpleNamespace(found_docs={startpage.CLAIMS}, get_doctree=lambda name: page)
    return SimpleNamespace(env=env)


def test_the_tally_is_that_of_the_claims():
    tally = '<p>3 claims</p><div class="unet-tally"></div>'
    app = app_with("<p>other</p>", tally)
    text = ["a\n\n<!-- made: facts -->\n\n<!-- made: verdicts -->\nb\n"]
    startpage.fill(app, startpage.PAGE, text)
    assert tally in text[0]
    assert f"- **{len(NUMBERED)}** chapters" in text[0]
    assert "made:" not in text[0]
    assert startpage.verdicts(app_with("<p>other</p>").env) == ""
    assert startpage.verdicts(SimpleNamespace(found_docs=set())) == ""


def test_other_pages_stay_as_they_are():
    text = ["<!-- made: facts -->"]
    startpage.fill(None, "book/other", text)
    assert text == ["<!-- made: facts -->"]


def test_the_start_page_types_no_count():
    """Numbers of claims, explorers, exercises: counted, or they grow old."""
    prose = re.sub(r"^```.*?^```", "", INDEX, flags=re.M | re.S)
    what = "claims|explorers|exercises|chapters|assertions"
    assert not re.search(rf"\b\d+ (?:{what})\b", prose)
