"""Models and the state of a training run in `.keras` files, whole or not at all."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from helpers.files import replacing
from helpers.keras.build import UNet
from helpers.keras.laddernet import LadderNet
from helpers.keras.sigmoid import WithSigmoid
from helpers.laddernet import LadderSpec, read_spec
from helpers.spec import UNetSpec

STATE, AVERAGES = "training.json", "averages.npz"
"""Members of a checkpoint beside Keras's: how far training was, averaged weights."""


def save(model: UNet | WithSigmoid, path: str | os.PathLike) -> None:
    """Write weights, spec and notes to a `.keras` file, whole or not at all.

    The optimizer stays out of it. Raises ValueError for another ending, OSError that
    names the file where it cannot be written; a file that was there then stays.
    """
    with _replacing(Path(path)) as temporary, _without_optimizer(model):
        model.save(temporary)


def save_state(
    model: UNet | WithSigmoid,
    path: str | os.PathLike,
    state: dict,
    averages: list[np.ndarray],
) -> None:
    """Write a checkpoint: model, optimizer, `state` as JSON, and averaged weights.

    Raises as `save` does.
    """
    with _replacing(Path(path)) as temporary:
        model.save(temporary)
        arrays = io.BytesIO()
        np.savez(arrays, *averages)
        with zipfile.ZipFile(temporary, "a") as archive:
            seeds = [seed.numpy().tolist() for seed in _seeds(model)]
            archive.writestr(STATE, json.dumps({**state, "seeds": seeds}))
            archive.writestr(AVERAGES, arrays.getvalue())


def load(
    path: str | os.PathLike, spec: UNetSpec | None = None, dtype: str | None = None
) -> UNet | WithSigmoid:
    """The model that `save` wrote, ready to predict; `compile` it to train on.

    spec: what its spec has to be. dtype: the policy to run it in, None for the one
    that it was built with; its weights are float32 all the same. No code in the file
    is run. Raises FileNotFoundError, ValueError for a file that holds no such model
    or one of another spec, naming the fields that differ.
    """
    kind, config = _read_config(Path(path))
    found = read_spec(_net_config(config)["spec"])
    if spec is not None:
        _check_spec(found, spec, path)
    if dtype is not None:
        _net_config(config)["dtype"] = dtype
    model = kind.from_config(config)
    model.load_weights(path)
    return model


def load_weights(model: UNet | WithSigmoid, path: str | os.PathLike) -> None:
    """Give `model` the weights in a `.keras` file; raises as `load` does."""
    _check_file(model, path)
    with _without_optimizer(model):
        model.load_weights(path)


def load_state(
    model: UNet | WithSigmoid, path: str | os.PathLike, state: dict
) -> list[np.ndarray]:
    """Put `model` and its optimizer where a checkpoint was; returns the averages.

    state: what `read_state` said of it. Raises as `load` does.
    """
    _check_file(model, path)
    model.load_weights(path)
    # Keras leaves out how far dropout's numbers were.
    for seed, value in zip(_seeds(model), state["seeds"]):
        seed.assign(value)
    with zipfile.ZipFile(path) as archive:
        arrays = np.load(io.BytesIO(archive.read(AVERAGES)))
        return [arrays[name] for name in arrays.files]


def read_state(path: str | os.PathLike) -> dict:
    """The state that `save_state` wrote.

    Raises as `load` does, and ValueError for a file without a state.
    """
    _read_config(Path(path))
    with zipfile.ZipFile(path) as archive:
        if STATE not in archive.namelist():
            raise ValueError(
                f"{path} holds a model but not how far its training was; resume from "
                "the checkpoint that `fit` writes, or start afresh without resume"
            )
        return json.loads(archive.read(STATE))


def _read_config(path: Path) -> tuple[type[keras.Model], dict]:
    """The class and the arguments of the model in a file, after a look at the file."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; check the path")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} is not a Keras file ({error}); expected a `.keras` file that "
            "`helpers.keras.save` wrote"
        ) from error
    if damaged:
        raise ValueError(f"{path} is damaged ({damaged} in it); take another copy")
    kinds = {kind.__name__: kind for kind in (UNet, LadderNet, WithSigmoid)}
    if config.get("class_name") not in kinds:
        raise ValueError(
            f"{path} holds a {config.get('class_name')!r}, not a U-Net of "
            "`helpers.keras.build`; load it with keras.saving.load_model"
        )
    return kinds[config["class_name"]], keras.saving.deserialize_keras_object(
        config["config"]
    )


def _net_config(config: dict) -> dict:
    return config.get("net", config)


def _check_file(model: UNet | WithSigmoid, path: str | os.PathLike) -> None:
    _, config = _read_config(Path(path))
    _check_spec(read_spec(_net_config(config)["spec"]), model.spec, path)


def _check_spec(
    found: UNetSpec | LadderSpec,
    wanted: UNetSpec | LadderSpec,
    path: str | os.PathLike,
) -> None:
    if found == wanted:
        return
    theirs, ours = asdict(found), asdict(wanted)
    different = ", ".join(
        f"{name} ({theirs.get(name)!r} in the file, {ours[name]!r} expected)"
        for name in ours
        if theirs.get(name) != ours[name]
    )
    raise ValueError(
        f"{path} holds the weights of another spec: it differs in {different}; build "
        "the network from the file's spec, or take other weights"
    )


def _replacing(path: Path) -> AbstractContextManager[Path]:
    """A temporary file beside `path` that takes its place at the end."""
    if path.suffix != ".keras":
        raise ValueError(f"{path} does not end in .keras; Keras goes by the ending")
    return replacing(path, ending=".keras")


@contextmanager
def _without_optimizer(model: keras.Model) -> Iterator[None]:
    """The model as if it were not compiled; its optimizer is twice its size."""
    compiled, optimizer = model.compiled, getattr(model, "optimizer", None)
    model.compiled, model.optimizer = False, None
    try:
        yield
    finally:
        model.compiled, model.optimizer = compiled, optimizer


def _seeds(model: keras.Model) -> list[keras.Variable]:
    """How far the random numbers of each layer are."""
    return [
        layer.seed_generator.state
        for layer in model.layers
        if hasattr(layer, "seed_generator")
    ]
