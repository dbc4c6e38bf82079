"""The reference of helpers: every file once, and prose made reStructuredText."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import indexes
import nbformat
import pytest
import reference
from docutils import nodes

ROOT = Path(__file__).resolve().parents[1]
LISTED = [module for names in reference.pages().values() for module in names]
KNOWN = {name for module in LISTED for name in reference.public(module)}


def told(text: str, *parameters: str) -> str:
    """A docstring of `helpers.scores` as reStructuredText."""
    return reference.prose(text, "helpers.scores", KNOWN, set(parameters))


def test_every_file_stands_on_one_page():
    files = [p for p in (ROOT / "helpers").rglob("*.py") if p.parent != ROOT]
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in files]
    modules = {name.removesuffix(".__init__") for name in names} - {"helpers"}
    assert set(LISTED) == modules and len(LISTED) == len(modules)


def test_a_heading_names_the_file_below_it():
    for page in reference.pages():
        text = (ROOT / "book" / page).read_text()
        for heading, module in re.findall(
            r"^### `(.+)`\n\n```\{eval-rst\}\n\.\. automodule:: (\S+)$", text, re.M
        ):
            assert f"helpers.{heading}" == module
        assert text.count("\n### ") == text.count("automodule::")


def test_the_overview_has_a_line_for_each():
    made = indexes.modules()
    assert made.count("\n- [`") == len(LISTED)
    assert "- [`scores`](reference_scores.md#scores): Scores of predicted masks" in made
    assert "](reference_house.md#__main__): The command line" in made


def test_functions_classes_and_methods_are_known():
    assert {"helpers.scores", "helpers.scores.iou", "helpers.spec.UNetSpec"} <= KNOWN
    assert "helpers.spec.UNetSpec.parameters" in KNOWN or "helpers.spec.preset" in KNOWN
    assert not [name for name in KNOWN if "._" in name.replace(".__main__", "")]


def test_what_chapters_show_has_an_entry():
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for call in re.findall(r"source\.show\(([^)]*)\)", cell.source):
                for name in re.findall(r'"([\w.]+)"', call):
                    whole = "helpers." + name.removeprefix("helpers.")
                    assert reference.entry(whole, KNOWN), f"{path.name}: {name}"


# Docstrings


def test_names_become_links_and_other_code_code():
    assert told("As `iou` does, see `spec.UNetSpec`; `(N, H)`.") == (
        "As :py:obj:`iou <helpers.scores.iou>`\\  does, see "
        ":py:obj:`spec.UNetSpec <helpers.spec.UNetSpec>`\\ ; ``(N, H)``."
    )


def test_marks_of_restructuredtext_are_only_letters():
    assert told("a * b, |x|, icnr_ and *args, in_channels") == (
        "a \\* b, \\|x\\|, icnr\\_ and \\*args, in_channels"
    )


def test_what_is_told_of_parameters_shows_their_names_as_code():
    text = "true, predicted: masks. classes: at least 1. Mind: no more."
    assert told(text, "true", "predicted", "classes") == (
        "``true``, ``predicted``: masks. ``classes``: at least 1. Mind: no more."
    )


def test_fields_with_a_hanging_indent_become_a_list():
    text = "Title.\n\nup: how sizes\n    double.\nskip: how they join."
    assert (
        told(text)
        == "Title.\n\n- ``up``: how sizes double.\n- ``skip``: how they join."
    )


def test_sections_keep_their_indent():
    text = "Title.\n\nArgs:\n    size: a side,\n        or both."
    assert told(text) == text


def test_papers_are_linked_to_the_references():
    assert told("See arXiv 1708.02002.") == "See :ref:`arXiv 1708.02002 <lin-2017>`."
    assert told("See arXiv 9999.00000.") == "See arXiv 9999.00000."


# Links from code


PANE = '<figure data-name="{}"><figcaption><strong>PyTorch</strong><code>x</code>'


def linked(name: str) -> str:
    """A page's HTML after the links came, where the reference knows one class."""
    here = SimpleNamespace(docname="book/reference_pytorch", objtype="class")
    objects = {"helpers.pytorch.blocks.ConvBlock": here}
    app = SimpleNamespace(
        env=SimpleNamespace(get_domain=lambda _: SimpleNamespace(objects=objects)),
        builder=SimpleNamespace(get_relative_uri=lambda a, b: Path(b).name + ".html"),
    )
    page = nodes.document(None, None)
    page += nodes.raw("", PANE.format(name), format="html")
    reference.link_pieces(app, page, "book/a")
    return page.astext()


@pytest.mark.parametrize("end", ["ConvBlock", "ConvBlock.forward"])
def test_a_piece_is_linked_to_its_entry_or_its_classs(end):
    there = "reference_pytorch.html#helpers.pytorch.blocks.ConvBlock"
    link = f'<a class="unet-entry" href="{there}"><code>{end}</code></a>'
    assert f"<strong>PyTorch</strong> {link}<code>" in linked(
        f"helpers.pytorch.blocks.{end}"
    )


def test_a_private_piece_is_linked_to_its_file():
    assert reference.entry("helpers.keras.sliding._pool_all", KNOWN) == (
        "helpers.keras.sliding"
    )


def test_code_of_a_notebook_is_left_alone():
    assert linked("__main__.f") == PANE.format("__main__.f")


def test_a_piece_without_an_entry_is_a_warning(monkeypatch):
    said = []
    monkeypatch.setattr(reference.log, "warning", lambda *words: said.append(words))
    linked("helpers.pytorch.blocks.nothing")
    assert said


def test_what_unfolds_in_the_sidebar_has_a_name():
    made = "<details><summary><i></i></summary></details>"
    context = {"generate_toctree_html": lambda kind, depth: f"{kind}{depth}{made}"}
    reference.name_toggles(None, "a", "page.html", context, None)
    found = context["generate_toctree_html"]("sidebar", depth=2)
    assert found.startswith("sidebar2<details><summary aria-label=")
    reference.name_toggles(None, "genindex", "genindex.html", {}, None)


def test_the_built_pages_have_every_public_name():
    pages = [ROOT / "_build/html/book" / p for p in reference.pages()]
    pages = [path.with_suffix(".html") for path in pages]
    if not all(path.exists() for path in pages):
        pytest.skip("the book is not built")
    ids = {
        i for path in pages for i in re.findall(r' id="([\w.-]+)"', path.read_text())
    }
    assert KNOWN - set(LISTED) <= ids


def test_modules_say_what_they_are_for_in_one_line():
    for module in LISTED:
        line = reference.first_line(module)
        assert line.endswith(".") and len(line) < 90, module
        assert ast.get_docstring(ast.parse(reference.path_of(module).read_text()))
