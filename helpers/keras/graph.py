"""The graph of a Keras model: plotted by graphviz where it is there, else by us."""

import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import keras
from matplotlib.figure import Figure

from helpers import graphs


def plot(model: keras.Model) -> object:
    """A picture of every layer and what it feeds, for a notebook to show.

    `keras.utils.plot_model` draws it where pydot and graphviz are installed; elsewhere
    one line says so, and the picture is our own.
    """
    if find_spec("pydot") is not None and shutil.which("dot"):
        from IPython.display import Image

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.png"
            keras.utils.plot_model(model, str(path), show_layer_names=True)
            return Image(data=path.read_bytes())
    print("graphviz or pydot is not installed: drawn by helpers.graphs instead")
    return drawn(model)


def drawn(model: keras.Model) -> Figure:
    """Our own picture: each layer's class, its name and the shape that leaves it."""
    layers = keras.Model(model.inputs, model.outputs).layers
    names = [
        f"{type(layer).__name__}  {layer.name}  {_shape(layer.output)}"
        for layer in layers
    ]
    return graphs.graph(names, edges(model))


def edges(model: keras.Model) -> list[tuple[int, int]]:
    """What feeds what: pairs of places in the list of the model's layers."""
    config = keras.Model(model.inputs, model.outputs).get_config()
    place = {layer["name"]: k for k, layer in enumerate(config["layers"])}
    found = [
        (place[source], place[layer["name"]])
        for layer in config["layers"]
        for source in _sources(layer["inbound_nodes"])
    ]
    return sorted(found)


def _sources(part: object) -> list[str]:
    """The names of the layers in a piece of a functional model's configuration."""
    if isinstance(part, dict):
        if "keras_history" in part:
            return [part["keras_history"][0]]
        part = list(part.values())
    if isinstance(part, list | tuple):
        return [name for each in part for name in _sources(each)]
    return []


def _shape(tensor: object) -> str:
    return "x".join("any" if n is None else str(n) for n in tensor.shape[1:])
