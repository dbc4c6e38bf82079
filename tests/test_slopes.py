"""The figures of the losses hold what they were given, and nothing is cut off."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers import slopes, style
from tests.test_figures import texts

X = np.linspace(-3, 3, 7)
SERIES = {name: {0.5: [0.9, 0.8], 0.005: [0.1, 0.3]} for name in "abcd"}
DRAWN = {
    "lines": lambda: slopes.lines(
        {"loss": {"a": X, "b": -X}, "slope": {"a": np.exp(X), "b": np.exp(-X)}},
        X,
        "logit",
        logarithmic=True,
        mark=1.0,
        limits=(0.01, 30),
    ),
    "shares": lambda: slopes.shares(SERIES, "share", "Dice"),
    "shares, here": lambda: slopes.shares(SERIES, "share", "Dice", {"c": {0.5: 0.7}}),
    "maps": lambda: slopes.maps({"one": np.eye(8), "two": 5 * np.eye(8)}, "weight"),
    "counted": lambda: slopes.counted(
        np.zeros((2, 8, 8, 1), np.uint8),
        {"true": np.arange(128).reshape(2, 8, 8) % 9},
        ["first", "second"],
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_text_is_large_enough_and_not_cut_off(name):
    figure = DRAWN[name]()
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in texts(figure):
        box = text.get_window_extent()
        assert text.get_fontsize() >= 9
        assert 0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height, text


def test_lines_hold_the_values():
    top, bottom = DRAWN["lines"]().axes
    np.testing.assert_array_equal(top.lines[1].get_ydata(), -X)
    assert (top.get_yscale(), bottom.get_yscale()) == ("linear", "log")
    assert bottom.get_ylim() == (0.01, 30)
    assert list(top.lines[2].get_xdata()) == [1, 1]  # the mark


def test_shares_fall_to_the_right_and_show_every_run():
    (axis,) = DRAWN["shares"]().axes
    left, right = axis.get_xlim()
    assert left > 0.5 > 0.005 > right
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [0.85, 0.2])
    assert sum(len(dots.get_offsets()) for dots in axis.collections) == 16


def test_a_run_on_the_page_has_the_color_of_its_name():
    (axis,) = DRAWN["shares, here"]().axes
    here = axis.collections[-1]
    np.testing.assert_allclose(here.get_offsets(), [[0.5, 0.7]])
    assert to_rgb(here.get_facecolor()[0][:3]) == to_rgb(axis.lines[2].get_color())
    assert axis.lines[-1].get_label() == "on this page"
    assert sum(len(dots.get_offsets()) for dots in axis.collections) == 17
    with pytest.raises(ValueError):
        slopes.shares(SERIES, "share", "Dice", {"nobody": {0.5: 0.7}})


def test_maps_share_one_scale():
    figure = DRAWN["maps"]()
    assert [axis.images[0].get_clim() for axis in figure.axes[:2]] == [(0, 5)] * 2


def test_objects_have_their_colors_and_the_ground_is_gray():
    figure = DRAWN["counted"]()
    colors = figure.axes[1].images[0].get_array()
    np.testing.assert_allclose(colors[0, 0], to_rgb(style.GROUND))
    np.testing.assert_allclose(colors[0, 2], to_rgb(style.CLASSES[1]))
    assert figure.axes[0].get_ylabel() == "first"
