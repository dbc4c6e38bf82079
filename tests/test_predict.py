"""Predict-questions: asked before the measurement, one answer right, each with why."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))

OPENING = '<div class="predict">'
QUESTION = re.compile(
    re.escape(OPENING) + r"\n\n"
    r"\*\*Predict\.\*\* (?P<asked>.+?)\n\n"
    r"(?P<answers>(?:<details><summary>[^\n]+</summary>\n\n.+?\n\n</details>\n)+)"
    r"</div>",
    re.S,
)
ANSWER = re.compile(
    r"<details><summary>(?P<said>[^\n]+)</summary>\n\n"
    r"(?P<verdict>Right|No)\. (?P<why>.+?)\n\n</details>\n",
    re.S,
)
EXAMPLE = """<div class="predict">

**Predict.** A mask is all zeros, and so is the prediction. What is the IoU?

<details><summary>0: nothing was found</summary>

No. Nothing was there to be found, so nothing was missed, and 0 says the opposite.

</details>
<details><summary>1: they are equal</summary>

No. The union is empty, and a division by 0 gives no number, not even a good one.

</details>
<details><summary>It has none</summary>

Right. Neither holds the class, so the score is not defined, and a mean leaves it out.

</details>
</div>"""

RIGHT = re.search("Right. (.*)", EXAMPLE)[1]
SECOND = list(ANSWER.finditer(EXAMPLE))[1][0]

each_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def complaints(question: str) -> list[str]:
    """What is wrong with one question, from its opening to its closing tag."""
    match = QUESTION.fullmatch(question)
    if match is None:
        return ["its markup is not that of the others"]
    answers = list(ANSWER.finditer(match["answers"]))
    said = [answer["said"] for answer in answers]
    right = [answer for answer in answers if answer["verdict"] == "Right"]
    found = []
    if "".join(answer[0] for answer in answers) != match["answers"]:
        found.append('an explanation opens with neither "Right." nor "No."')
    if len(answers) not in (3, 4):
        found.append(f"{len(answers)} answers, expected 3 or 4")
    if len(right) != 1:
        found.append(f"{len(right)} answers are right, expected one")
    if len(set(said)) < len(said):
        found.append("two answers read alike")
    found += [f"too short a why: {a['why']}" for a in answers if len(a["why"]) < 40]
    # A summary is HTML, in which Markdown is not read.
    found += [f"Markdown in a summary: {s}" for s in said if re.search(r"[$`*\[\]]", s)]
    return found


def questions(path: Path) -> list[tuple[int, str]]:
    """The chapter's questions and the places of their cells."""
    notebook = nbformat.read(path, as_version=4)
    return [
        (place, text)
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
        for text in re.findall(rf"{OPENING}.*?</div>", cell.source, re.S)
    ]


@each_chapter
def test_a_chapter_asks_three_times_or_more(path):
    asked = questions(path)
    cells = nbformat.read(path, as_version=4).cells
    opened = sum(cell.source.count('class="predict"') for cell in cells)
    assert len(asked) == opened >= 3


@each_chapter
def test_one_answer_is_right_and_each_says_why(path):
    for _, question in questions(path):
        assert complaints(question) == [], question


@each_chapter
def test_a_question_stands_before_what_measures_it(path):
    """In its section there is code to come, and an assert in it."""
    cells = nbformat.read(path, as_version=4).cells
    for place, question in questions(path):
        after = []
        for cell in cells[place + 1 :]:
            if cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
                break
            after.append(cell)
        code = "\n".join(cell.source for cell in after if cell.cell_type == "code")
        assert re.search(r"^\s*assert ", code, re.M), question


@each_chapter
def test_the_right_answer_has_no_place_of_its_own(path):
    """Or a reader would find it without a thought."""
    places = Counter()
    for _, question in questions(path):
        verdicts = re.findall(r"^(Right|No)\. ", question, re.M)
        places[verdicts.index("Right")] += 1
    assert max(places.values(), default=0) <= (places.total() + 1) // 2, dict(places)


def test_the_example_is_sound():
    assert complaints(EXAMPLE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Right. ", "No. ", "0 answers are right"),
        ("No. The", "Right. The", "2 answers are right"),
        ("No. The", "Well. The", 'neither "Right." nor "No."'),
        ("1: they are equal", "0: nothing was found", "two answers read alike"),
        ("1: they are equal", "$1$", "Markdown in a summary"),
        (RIGHT, "It has none.", "too short a why"),
        ("**Predict.**", "Predict.", "markup"),
        ("</details>\n</div>", "</details></div>", "markup"),
        (SECOND, "", "2 answers, expected 3 or 4"),
    ],
)
def test_an_unsound_question_is_refused(old, new, said):
    assert EXAMPLE.count(old) == 1
    found = complaints(EXAMPLE.replace(old, new))
    assert found and said in "; ".join(found)
