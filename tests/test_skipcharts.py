"""The lines of the charts say what went in."""

import numpy as np

from helpers import skipcharts


def test_several_seeds_give_their_median_and_a_band():
    seeds = np.array([[1.0, 2.0, 9.0], [2.0, 4.0, 5.0], [6.0, 3.0, 7.0]])
    alone = [0.1, 0.2, 0.3]
    figure = skipcharts.ranges(
        [0, 1, 2], {"a": seeds, "b": alone}, ("x", "y"), log=True
    )
    (axis,) = figure.axes
    first, second = axis.lines
    np.testing.assert_array_equal(first.get_ydata(), np.median(seeds, 0))
    np.testing.assert_array_equal(second.get_ydata(), alone)
    (band,) = axis.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1.0, 9.0)
    assert axis.get_yscale() == "log"
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["a", "b"]


def test_each_layer_has_its_place_and_none_falls_off_the_axis():
    norms = {"encoder.0.conv1": 1e-12, "up.0.conv": 0.5, "head": 2.0}
    figure = skipcharts.by_layer({"none": norms}, (1e-8, 10))
    (axis,) = figure.axes
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), [1e-8, 0.5, 2.0])
    ticks = [text.get_text() for text in axis.get_xticklabels()]
    assert ticks == ["encoder.0", "up.0", "head"]
    assert axis.get_ylim() == (1e-8, 10)
