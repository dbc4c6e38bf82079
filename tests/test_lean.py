"""What a page loads: what it asks for, by scripts that do not hold its text up."""

from types import SimpleNamespace

import lean
import pytest

LISTING = '<div class="highlight-python notranslate"><div class="highlight"><pre>'


def asset(name: str | None, **attributes: str) -> SimpleNamespace:
    return SimpleNamespace(filename=name, attributes=attributes)


@pytest.mark.parametrize(
    ("loaded", "asking", "silent"),
    [
        (asset("togglebutton.js"), '<div class="admonition dropdown">', "dropdown"),
        (asset(None, body="let toggleHintShow"), '<p class="toggle">', "toggle"),
        (asset("design-tabs.js"), '<div class="sd-tab-set">', '<div class="sd-card">'),
    ],
)
def test_a_page_loads_what_it_asks_for(loaded, asking, silent):
    assert lean.used(loaded, asking)
    assert not lean.used(loaded, silent)


def test_what_every_page_needs_stays_and_what_none_needs_goes():
    assert lean.used(asset("page.js"), "")
    assert lean.used(asset(None, body="let x = 1"), "")
    everything = LISTING + '<div class="thebe cell sd-tab-set toggle">'
    assert not lean.used(asset("sphinx-thebe.js"), everything)
    assert not lean.used(asset("scripts/sphinx-book-theme.js"), everything)
    assert not lean.used(asset("copybutton.js"), everything)
    selector = "const THEBE_JS_URL = 1; const thebe_selector = 2"
    assert not lean.used(asset(None, body=selector), everything)


@pytest.mark.parametrize(
    ("template", "waits"), [("page.html", True), ("search.html", False)]
)
def test_scripts_wait_for_the_text_but_where_others_call_them(template, waits):
    context = {
        "body": "text",
        "script_files": [asset("doctools.js"), asset("sphinx-thebe.js")],
        "js_tag": lambda script: f'<script src="{script.filename}"></script>',
    }
    lean.lighten(None, "page", template, context, None)
    [script] = context["script_files"]
    assert ("defer src=" in context["js_tag"](script)) == waits
    assert (
        lean._defer('<script defer="defer" src="a.js">')
        == '<script defer="defer" src="a.js">'
    )
