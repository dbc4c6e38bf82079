"""The figures of the family show what went in."""

import numpy as np
import pytest

from helpers import familyview, figures  # noqa: F401  figures sets the style


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_each_member_has_a_panel_and_every_arrow_has_its_ends():
    figure = familyview.wiring()
    assert [axis.get_title() for axis in figure.axes] == list(familyview.WIRING)
    for axis, (nodes, arrows) in zip(figure.axes, familyview.WIRING.values()):
        assert texts(axis) == [label for *_, label in nodes]
        assert len(axis.patches) == len(arrows)
        assert max(max(first, last) for first, last, *_ in arrows) < len(nodes)
    new = {name: sum(a[3] for a in arrows) for name, (_, arrows) in
           familyview.WIRING.items()}  # fmt: skip
    assert new.pop("plain") == 0 and min(new.values()) > 0


def test_gates_share_one_scale_and_name_their_sizes():
    maps = [np.full((2, 8, 8), 0.25), np.full((2, 4, 4), 0.75)]
    figure = familyview.show_gates(
        np.zeros((2, 8, 8, 3)), np.eye(8, dtype=np.uint8)[None].repeat(2, 0), maps
    )
    assert len(figure.axes) == 6
    assert [axis.get_title() for axis in figure.axes[:3]] == [
        "image", "level 0, 8x8", "level 1, 4x4"
    ]  # fmt: skip
    for axis, level in zip(figure.axes[1:3], maps):
        (image,) = axis.images
        assert image.get_clim() == (0, 1)
        np.testing.assert_array_equal(image.get_array(), level[0])


def test_gains_have_a_dot_for_each_seed_and_a_bar_at_the_median():
    rows = {"one": {"a": [0.1, 0.3, 0.2], "b": [-0.1, 0.0, 0.4]}, "two": {"a": [0.5]}}
    (axis,) = familyview.gains(rows, "gained").axes
    dots = [points.get_offsets()[:, 0].tolist() for points in axis.collections]
    assert dots == [[0.1, 0.3, 0.2], [-0.1, 0.0, 0.4], [0.5]]
    bars = [line.get_xdata()[0] for line in axis.lines]
    assert bars == pytest.approx([0.2, 0.0, 0.5, 0.0])  # the last is the line at zero
    assert [label.get_text() for label in axis.get_yticklabels()] == ["one", "two"]
    assert len(axis.figure.legends[0].get_texts()) == 2


def test_costs_keep_their_axis_and_say_their_numbers():
    (axis,) = familyview.costs(
        {"parameters": 1.5, "reach": 3.0}, {"parameters": "12", "reach": "9 px"}, "t", 5
    ).axes
    assert axis.get_xlim() == (0, 5)
    assert [bar.get_width() for bar in axis.patches] == [1.5, 3.0]
    assert texts(axis) == ["1.50x, 12", "3.00x, 9 px"]
