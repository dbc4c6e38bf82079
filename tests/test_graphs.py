"""The graph of a model, where graphviz is missing."""

import io

import keras
import PIL.Image
import pytest
from keras import layers

import helpers.keras
from helpers import graphs
from helpers.keras import graph
from helpers.spec import UNetSpec


def model():
    images = keras.Input((8, 8, 1), name="images")
    a = layers.Conv2D(2, 3, padding="same", name="a")(images)
    b = layers.ReLU(name="b")(a)
    c = layers.Concatenate(name="c")([a, b])
    return keras.Model(images, c)


def test_edges_are_the_models():
    net = model()
    names = [layer.name for layer in net.layers]
    pairs = {(names[a], names[b]) for a, b in graph.edges(net)}
    assert pairs == {("images", "a"), ("a", "b"), ("a", "c"), ("b", "c")}


def test_a_unets_skips_are_among_its_edges():
    net = helpers.keras.build(UNetSpec(widths=(2, 3, 4)), size=(16, 16))
    names = [layer.name for layer in net.layers]
    pairs = {(names[a], names[b]) for a, b in graph.edges(net)}
    assert ("encoder_0_relu2", "skip_0_join") in pairs
    assert ("up_1_conv", "skip_1_join") in pairs
    assert len(pairs) == len(names) - 1 + 2  # a chain, and two skips


def test_our_own_drawing_says_that_it_is(monkeypatch, capsys):
    monkeypatch.setattr(graph, "find_spec", lambda name: None)
    figure = graph.plot(model())
    assert "not installed" in capsys.readouterr().out
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "Conv2D  a  8x8x2" in words and len(words) == 4
    assert len(figure.axes[0].patches) == 4


def test_graphviz_draws_where_it_is_there(monkeypatch, capsys):
    def draw(net, path, **_options):
        assert len(net.layers) == 4
        PIL.Image.new("L", (3, 2)).save(path)

    monkeypatch.setattr(graph, "find_spec", lambda name: object())
    monkeypatch.setattr(graph.shutil, "which", lambda program: f"/bin/{program}")
    monkeypatch.setattr(keras.utils, "plot_model", draw)
    shown = graph.plot(model())
    assert PIL.Image.open(io.BytesIO(shown.data)).size == (3, 2)
    assert capsys.readouterr().out == ""


def test_an_edge_has_to_lead_on():
    with pytest.raises(ValueError, match=r"edge \(1, 1\)"):
        graphs.graph(["a", "b"], [(1, 1)])
