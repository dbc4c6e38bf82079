"""Figures of the task: panels, names, and what lies where."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers import style, views
from helpers.boxes import Box


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)


def parts():
    found = np.zeros((2, 30, 40), bool)
    found[0, 5:15, 5:15] = found[1, 5:15, 20:35] = True
    return found


def answers(image, names):
    box = Box(5, 5, 15, 15)
    vector = {name: float(k == 1) for k, name in enumerate(names)}
    semantic = parts().any(0).astype(np.uint8)
    found = [("cat", box), ("dog", Box(5, 20, 15, 35))]
    return views.answers(image, vector, box, found, semantic, parts())


def test_five_answers_beside_the_picture(image):
    figure = answers(image, ["cat", "spotted_dog"])
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[0] == "the picture" and titles[-1] == "instance masks"
    assert len(titles) == 6
    _, vector, one, many, semantic, each = figure.axes
    assert [t.get_text() for t in vector.texts] == ["0  cat", "1  spotted dog"]
    assert [t.get_text() for t in many.texts] == ["cat", "dog"]
    frame = one.patches[-1]
    assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (
        4.5, 4.5, 10, 10,
    )  # fmt: skip
    colors = semantic.images[0].get_array(), each.images[0].get_array()
    assert np.allclose(colors[0][7, 7], colors[0][7, 25])
    assert not np.allclose(colors[1][7, 7], colors[1][7, 25])


def test_of_many_classes_only_the_greatest_is_named(image):
    figure = answers(image, [f"breed {k}" for k in range(37)])
    assert [t.get_text() for t in figure.axes[1].texts] == ["1  breed 1"]
    assert len(figure.axes[1].patches) == 37


def test_touching_shows_each_reading(image):
    readings = {"merged": parts().any(0)[None], "apart": parts()}
    figure = views.touching(image, readings)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["the picture", "merged", "apart"]
    merged = figure.axes[1].images[0].get_array()
    assert np.allclose(merged[7, 7], merged[7, 25])


def test_changed_shows_errors_and_numbers():
    mask, other = (part.astype(np.uint8) for part in parts())
    figure = views.changed(mask, other, {"accuracy": 0.75, "IoU": 0.0})
    left, right = figure.axes
    shades = left.images[0].get_array()
    assert np.allclose(shades[7, 7], to_rgb(style.SKY), atol=0.01)
    assert np.allclose(shades[7, 25], to_rgb(style.VERMILION), atol=0.01)
    assert [t.get_text() for t in right.texts] == ["0.750", "0.000"]


def test_lines_have_names_and_marks():
    series = {"a": [1, 2], "b": [2, 3]}
    figure = views.lines([0, 4], series, ("pixels", "IoU"), {"constant": 0.5})
    axis = figure.axes[0]
    assert [line.get_label() for line in axis.lines] == ["a", "b", "constant"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("pixels", "IoU")
    assert axis.lines[1].get_ydata().tolist() == [2, 3]
