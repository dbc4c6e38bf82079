"""Explorers hold a frame for each setting, linked so that no kernel is needed."""

import re

import ipywidgets
import numpy as np
import pytest

from helpers import explore as module
from helpers.explore import explore
from helpers.style import picture

SAID = "What to conclude."


def draw(**values):
    figure = picture(1, 2)
    figure.text(0.1, 0.4, str(values))
    return figure


def alt(**values):
    return f"shows {sorted(values.items())} & more"


def states(widget):
    """Every widget under this one, as the static page stores it."""
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += states(child)
    return found


def test_one_control():
    box = explore(draw, alt=alt, caption=SAID, depth=[1, 2, 3])
    slider, stack, _ = box.children
    assert isinstance(stack, ipywidgets.Stack) and stack.selected_index == 0
    assert [
        re.search('alt="(.*?)"', page.value).group(1) for page in stack.children
    ] == [f"shows [(&#x27;depth&#x27;, {n})] &amp; more" for n in (1, 2, 3)]
    assert len({page.value for page in stack.children}) == 3
    assert "index" in slider.keys and "selected_index" in stack.keys


def test_two_controls_reach_every_frame():
    box = explore(
        draw,
        alt=alt,
        caption=SAID,
        depth=[1, 2],
        noise={"none": 0.0, "much": 0.5, "x": 1},
    )
    first, second, outer, _ = box.children
    assert [list(s.options) for s in (first, second)] == [
        ["1", "2"],
        ["none", "much", "x"],
    ]
    for i, depth in enumerate([1, 2]):
        for j, noise in enumerate([0.0, 0.5, 1]):
            page = outer.children[i].children[j]
            assert f"&#x27;depth&#x27;, {depth}" in page.value
            assert f"&#x27;noise&#x27;, {noise}" in page.value


def test_three_controls_reach_every_frame():
    box = explore(draw, alt=alt, caption=SAID, a=[1, 2], b=[3, 4, 5], c=["x", "y"])
    *sliders, outer, _ = box.children
    assert [len(s.options) for s in sliders] == [2, 3, 2]
    for i, a in enumerate([1, 2]):
        for j, b in enumerate([3, 4, 5]):
            for k, c in enumerate("xy"):
                page = outer.children[i].children[j].children[k].value
                for name, value in (("a", a), ("b", b), ("c", f"&#x27;{c}&#x27;")):
                    assert f"&#x27;{name}&#x27;, {value}" in page


def test_caption_stands_under_the_picture():
    box = explore(draw, alt=alt, caption="Deeper is <wider> & slower.", depth=[1, 2])
    *_, stack, caption = box.children
    assert isinstance(stack, ipywidgets.Stack)
    assert caption.value == "<p>Deeper is &lt;wider&gt; &amp; slower.</p>"
    assert "explorer-caption" in caption._dom_classes


def test_no_caption():
    with pytest.raises(ValueError, match="no caption"):
        explore(draw, alt=alt, caption=" ", depth=[1, 2])


def test_links_run_in_the_browser(monkeypatch):
    links = []
    monkeypatch.setattr(ipywidgets, "jslink", lambda a, b: links.append((a, b)))
    box = explore(draw, alt=alt, caption=SAID, a=[1, 2], b=[1, 2])
    first, second, outer, _ = box.children
    expected = [((second, "index"), (row, "selected_index")) for row in outer.children]
    assert links == [*expected, ((first, "index"), (outer, "selected_index"))]


def test_without_stack_the_kernel_swaps(monkeypatch):
    monkeypatch.delattr(ipywidgets, "Stack")
    slider, shown, _ = explore(draw, alt=alt, caption=SAID, depth=[1, 2]).children
    before = shown.children[0].value
    slider.index = 1
    assert shown.children[0].value != before


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({}, "0 controls"),
        ({name: [1, 2] for name in "abcd"}, "4 controls"),
        ({"a": [1]}, "'a' has 1 value"),
        ({"a": range(90)}, "90 frames"),
        ({"a": range(9), "b": range(9)}, "81 frames"),
    ],
)
def test_wrong_controls(controls, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, alt=alt, caption=SAID, **controls)


def test_too_heavy_and_no_alt(monkeypatch):
    with pytest.raises(ValueError, match="alt text"):
        explore(draw, alt=lambda depth: " ", caption=SAID, depth=[1, 2])

    def noise(seed):
        figure = picture(3, 4)
        figure.figimage(np.random.default_rng(seed).random((480, 640)))
        return figure

    monkeypatch.setattr(module, "MOST_BYTES", 200_000)
    with pytest.raises(ValueError, match=r"of 4 frames weigh .* at most 200,000"):
        explore(noise, alt=lambda seed: "noise", caption=SAID, seed=range(4))
