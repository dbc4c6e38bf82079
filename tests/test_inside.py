"""Figures of a network's inside."""

import numpy as np
import pytest

from helpers import charts, inside


def test_maps_show_the_channels_that_vary_most():
    rng = np.random.default_rng(0)
    top = rng.random((8, 8, 6)) * np.array([1, 5, 2, 9, 3, 4])
    figure = inside.show_maps(
        {"encoder 0": top, "bottom": top[::2, ::2]}, 3, np.zeros((8, 8, 1), np.uint8)
    )
    axes = np.array(figure.axes).reshape(3, 3)
    shown = [axis.images[0].get_array() for axis in axes[1]]
    assert all((a == top[..., c]).all() for a, c in zip(shown, (3, 1, 5)))
    assert axes[2, 0].get_ylabel() == "bottom\n4x4"
    assert axes[0, 0].get_ylabel() == "image" and not axes[0, 1].images


def test_fields_have_their_frames():
    field = np.outer([0, 1, 4, 1, 0], [0, 1, 4, 1, 0])
    figure = inside.show_fields({"a": field, "b": field}, [(1, 1, 4, 4), None])
    one, two = figure.axes
    assert one.patches[0].get_bbox().bounds == (0.5, 0.5, 3, 3)
    assert not two.patches
    assert np.allclose(one.images[0].get_array(), np.sqrt(field / 16))


def test_curves_draw_medians_dots_and_bounds():
    series = {"one": {1: [1, 2, 9], 2: [3, 4, 5]}, "two": {1: 2.0, 2: 1.0}}
    figure = charts.curves(series, "depth", "IoU", {"known": {1: 1, 2: 2}})
    axis = figure.axes[0]
    assert [list(line.get_ydata()) for line in axis.lines] == [[2, 4], [2, 1], [1, 2]]
    assert len(axis.collections) == 2  # dots where there are several values
    assert [t.get_text() for t in axis.get_xticklabels()] == ["1", "2"]
    assert axis.get_xlabel() == "depth" and axis.get_ylabel() == "IoU"
    logs = charts.curves(series, "x", "y", scale="log").axes[0]
    assert logs.get_xscale() == logs.get_yscale() == "log"


def test_a_figure_draws(tmp_path):
    maps = {"encoder 0": np.random.default_rng(0).random((8, 8, 4))}
    inside.show_maps(maps).savefig(tmp_path / "maps.png")
    series = {"a": {1: [1.0, 2.0], 3: [2.0, 3.0]}}
    charts.curves(series, "x", "y", scale="log").savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
    with pytest.raises(StopIteration):
        inside.show_fields({})
