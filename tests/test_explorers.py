"""Explorers in the built pages: figures with range inputs, and no widget left."""

import io
import json
from pathlib import Path

import build
import explorers
import ipywidgets
import nbformat
import pytest
from bs4 import BeautifulSoup
from ipywidgets.embed import embed_data
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from sphinx.application import Sphinx

from helpers.explore import explore
from helpers.style import DPI, picture

ROOT = Path(__file__).parents[1]
STATE = "application/vnd.jupyter.widget-state+json"


def draw(depth, noise=0.0):
    figure = picture(1 + 0.1 * depth, 2)
    figure.text(0.1, 0.4, f"{depth} {noise}")
    return figure


def alt(depth, noise=0.0):
    return f'depth {depth} & "{noise}" <</script>'


def notebook(*widgets):
    """A notebook that shows the widgets, as it is saved after a run."""
    cells = [new_markdown_cell("# Title")]
    data = embed_data(views=widgets) if widgets else {"view_specs": []}
    for view in data["view_specs"]:
        shown = {explorers.VIEW: view, "text/plain": "Widget()"}
        output = new_output("display_data", shown)
        cells.append(new_code_cell("shown", outputs=[output]))
    state = {STATE: data["manager_state"]} if widgets else {}
    return new_notebook(cells=cells, metadata={"widgets": state} if state else {})


@pytest.fixture
def book(tmp_path):
    """Builds a book of notebooks; gives its folder and what Sphinx warned about."""

    def build_it(**pages):
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        for name, page in pages.items():
            nbformat.write(page, source / f"{name}.ipynb")
        warnings = io.StringIO()
        app = Sphinx(
            source,
            None,
            tmp_path / "_build" / "html",
            tmp_path / "_build" / "doctrees",
            "html",
            confoverrides={
                "extensions": ["myst_nb", "explorers"],
                # Sphinx keeps what an earlier one in this process took for its default.
                "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb"},
                "nb_execution_mode": "off",
                "master_doc": "index",
                "html_theme": "basic",
                "html_static_path": [str(ROOT / "book" / "_static")],
            },
            status=None,
            warning=warnings,
        )
        app.build()
        return tmp_path / "_build" / "html", warnings.getvalue()

    return build_it


def soup(page):
    return BeautifulSoup(page.read_text(), "html.parser")


def test_an_explorer_becomes_a_figure(book):
    noises = {"none": 0.0, "a <b>lot": 0.5, "x": 1}
    said = "Deeper & <wider>."
    box = explore(draw, alt=alt, caption=said, depth=[1, 2], noise=noises)
    html, warnings = book(index=notebook(box), other=notebook())
    assert "widget" not in warnings
    page = soup(html / "index.html")
    (figure,) = page.select(".cell_output figure.explorer#explorer-index-1")
    assert [label.span.text for label in figure.select("label")] == ["depth", "noise"]
    assert [
        (control["type"], control["min"], control["max"], control["aria-valuetext"])
        for control in figure.select("label input")
    ] == [("range", "0", "1", "1"), ("range", "0", "2", "none")]
    assert [output.text for output in figure.select("label output")] == ["1", "none"]
    assert figure.figcaption.text == said

    data = json.loads(figure.script.text)
    assert data["shape"] == [2, 3]
    assert data["labels"] == [["1", "2"], ["none", "a <b>lot", "x"]]
    settings = [(depth, noise) for depth in (1, 2) for noise in noises.values()]
    assert [frame["alt"] for frame in data["frames"]] == [alt(*s) for s in settings]
    (image,) = figure.select("img")
    assert (image["src"], image["alt"]) == tuple(data["frames"][0].values())
    # The place of the highest frame, in pixels of a page: none makes the page jump.
    assert (image["width"], image["height"]) == ("200", "120")
    sources = [frame["src"] for frame in data["frames"]]
    assert len(set(sources)) == 6
    for (depth, _), name in zip(settings, sources):
        tall = round(DPI * (1 + 0.1 * depth))
        assert Image.open(html / name).size == (2 * DPI, tall)


def test_the_page_carries_no_widget_and_loads_only_what_it_needs(book):
    box = explore(draw, alt=alt, caption="Said.", depth=[1, 2])
    html, _ = book(
        index=notebook(box, explore(draw, alt=alt, caption="Said.", depth=[3, 4]))
    )
    text = (html / "index.html").read_text()
    for left in ("vnd.jupyter.widget", "requirejs", "embed-amd", "base64", "Widget()"):
        assert left not in text
    page = soup(html / "index.html")
    assert [f["id"] for f in page.select("figure")] == [
        "explorer-index-1",
        "explorer-index-2",
    ]
    names = [tag["src"].partition("?")[0] for tag in page.select("script[src]")]
    assert names.count("_static/explorers.js") == 1
    assert page.select('link[href^="_static/explorers.css"]')

    html, _ = book(index=notebook(box), other=notebook())
    assert "explorers." not in (html / "other.html").read_text()


def test_another_widget_is_warned_about_and_not_shown(book):
    html, warnings = book(index=notebook(ipywidgets.IntSlider(3)))
    assert "index.ipynb" in warnings and "helpers.explore" in warnings
    text = (html / "index.html").read_text()
    assert "vnd.jupyter.widget" not in text and "Widget()" in text


def test_an_explorer_of_an_older_ipywidgets_is_not_taken_for_one(monkeypatch):
    monkeypatch.delattr(ipywidgets, "Stack")
    box = explore(draw, alt=alt, caption="Said.", depth=[1, 2])
    data = embed_data(views=[box])
    assert explorers.read(data["manager_state"]["state"], box.model_id) is None
    assert explorers.read({}, box.model_id) is None


def test_frames_are_written_whole_and_once(tmp_path):
    file = tmp_path / "a.png"
    explorers._keep(file, b"first")
    explorers._keep(file, b"never, as the name says what is inside")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_too_heavy_for_a_page(tmp_path):
    frames = [{"src": f"../_images/{k}.png", "alt": "x"} for k in (0, 1, 0)]
    script = (
        f'<script type="application/json">{json.dumps({"frames": frames})}</script>'
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "_images").mkdir()
    page = tmp_path / "book" / "a.html"
    page.write_text(f'<figure class="explorer">{script}</figure>')
    for k in (0, 1):
        (tmp_path / "_images" / f"{k}.png").write_bytes(b"x" * (build.MOST_BYTES // 2))
    assert build.heavy_explorers([page]) == []
    (tmp_path / "_images" / "1.png").write_bytes(b"x" * (build.MOST_BYTES // 2 + 1))
    assert build.heavy_explorers([page]) == [
        f"a.html: {build.MOST_BYTES + 1:,} bytes, at most {build.MOST_BYTES:,}"
    ]
