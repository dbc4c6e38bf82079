"""Predict-questions: raw HTML around Markdown that nests rightly in the built page."""

import io
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

STATIC = Path(__file__).parents[1] / "book" / "_static"
QUESTION = """\
# A page

## A part

<div class="predict">

**Predict.** What becomes of *it*?

<details><summary>It grows</summary>

No. It has `code`:

- one
- two

</details>
<details><summary>It shrinks</summary>

Right. So it is.

</details>
</div>

## The next part

Text.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "index.md").write_text(QUESTION)
    (folder / "other.md").write_text("---\norphan: true\n---\n# Another page\n")
    warnings = io.StringIO()
    settings = {
        "extensions": ["myst_nb", "questions"],  # as the book has it
        # Sphinx keeps what an earlier one in this process took for its default.
        "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb"},
        "html_theme": "basic",
        "html_static_path": [str(STATIC)],
    }
    out = folder / "_build"
    Sphinx(
        folder, None, out, out / "doctrees", "html", settings, None, warnings
    ).build()
    said = warnings.getvalue().splitlines()  # a second Sphinx in a process says that
    assert [line for line in said if "already registered" not in line] == []
    return out


def test_a_question_nests_rightly(built):
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    (question,) = page.select("section#a-part > div.predict")
    tags = [tag.name for tag in question.find_all(recursive=False)]
    assert tags == ["p", "details", "details"]
    wrong, right = question.select("details")
    assert [tag.name for tag in wrong.find_all(recursive=False)] == [
        "summary",
        "p",
        "ul",
    ]
    assert wrong.summary.text == "It grows" and wrong.p.text.startswith("No. It has")
    assert right.p.text == "Right. So it is."
    assert page.select_one("section#the-next-part > p").text == "Text."


def test_only_a_page_with_a_question_loads_script_and_style(built):
    for name in ("predict.js", "predict.css"):
        assert (STATIC / name).exists()
        assert f"_static/{name}" in (built / "index.html").read_text()
        assert f"_static/{name}" not in (built / "other.html").read_text()
