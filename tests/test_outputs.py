"""Outputs in the page: long ones fold, short and folded ones stay as they are."""

import outputs
import pytest
from docutils import nodes
from docutils.utils import new_document
from myst_nb.sphinx_ import HideCodeCellNode


def folded(lines: int, *, kind: str = "cell_output", around: type = nodes.container):
    """A page with one block of so many lines, after the transform."""
    page = new_document("page")
    text = "\n".join(f"line {number}" for number in range(lines)) + "\n"
    block = nodes.literal_block(text, text, language="none", classes=["output"])
    page += around("", nodes.container("", block, classes=[kind]))
    fold = outputs.Fold.__new__(outputs.Fold)
    fold.document = page
    fold.run()
    return page


def test_a_long_output_shows_its_first_lines_and_unfolds_the_others():
    page = folded(outputs.LONGEST + 1)
    head, tail = page.findall(nodes.literal_block)
    said = (head.astext() + "\n" + tail.astext()).split("\n")
    assert said == [f"line {number}" for number in range(outputs.LONGEST + 1)]
    assert len(head.astext().split("\n")) == outputs.FIRST
    for part in (head, tail):
        assert part.rawsource == part.astext()  # or Sphinx would leave it uncolored
        assert part["language"] == "none"
        assert part["classes"] == ["output"]
    opening, closing = page.findall(nodes.raw)
    assert opening.astext().endswith("<summary>11 more lines</summary>")
    assert opening.astext().startswith("<details ")
    assert closing.astext() == "</details>"
    order = [type(node).__name__ for node in head.parent]
    assert order == ["literal_block", "raw", "literal_block", "raw"]


@pytest.mark.parametrize(
    "page",
    [
        folded(outputs.LONGEST),
        folded(99, kind="cell_input"),
        folded(99, around=HideCodeCellNode),
    ],
    ids=["short", "code", "folded by its author"],
)
def test_other_blocks_stay(page):
    assert len(list(page.findall(nodes.literal_block))) == 1
    assert not list(page.findall(nodes.raw))


def test_a_fold_is_read_out_as_it_shows():
    context = {"body": '<summary aria-label="Toggle hidden content">Show</summary>'}
    outputs.name(None, "page", "page.html", context, None)
    assert context["body"] == "<summary>Show</summary>"
