"""Pages made of what others measured: read last, in every build, from what is shown."""

import json
from types import SimpleNamespace

import afterwards
import pytest
from docutils import nodes
from docutils.utils import new_document

from helpers import record


@pytest.fixture
def app(tmp_path):
    (tmp_path / "_build").mkdir()
    return SimpleNamespace(
        config=SimpleNamespace(read_last=["book/claims", "book/results"]),
        env=SimpleNamespace(docname="book/pets", found_docs={"book/claims", "book/a"}),
        outdir=tmp_path / "_build" / "html",
    )


def page(*outputs):
    document = new_document("page")
    for text in outputs:
        document += nodes.raw("", text, format="html")
    return document


def test_pages_are_read_behind_all_others_in_every_build(app):
    names = ["book/a", "book/claims", "book/pets", "book/results", "book/task"]
    afterwards.order(app, app.env, names)
    assert names == ["book/a", "book/pets", "book/task", "book/claims", "book/results"]
    assert afterwards.again(app, app.env, set(), set(), set()) == ["book/claims"]


def test_what_a_page_shows_is_kept_and_nothing_older(app, monkeypatch, tmp_path):
    lines = []
    monkeypatch.setenv(record.FOLDER, str(tmp_path / "records"))
    monkeypatch.setattr(record, "_memory", {})
    monkeypatch.setattr(record, "_in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display", lambda given, raw: lines.append(given["text/html"])
    )
    record.record("pets.gain", 0.25, "x < y", "holds when", spread=0.01, unit="IoU")
    record.record("pets.other", 3, '"so"')
    shown = app.outdir.parent / "shown"
    afterwards.keep(app, page(*lines, "<p>data-record</p>", "<b>other</b>"))
    assert record.load(shown) == record.load()
    afterwards.keep(app, page(lines[1]))
    assert list(record.load(shown)) == ["pets.other"]
    afterwards.keep(app, page())
    assert json.loads((shown / "pets.json").read_text()) == {}
