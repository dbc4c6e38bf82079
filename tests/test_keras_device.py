"""Where Keras runs, in which precision, and how quietly."""

import logging
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow

import helpers.keras
from helpers import shapes
from helpers.keras import device
from helpers.recipe import CHOICES, Recipe
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(2, 4), convs=1)
COMMAND_LINE = "helpers.frameworks.framework('keras').part()"


@pytest.mark.parametrize(
    ("found", "policy"),
    [
        ([], "float32"),
        ([("Tesla T4", (7, 5))], "mixed_float16"),
        ([("NVIDIA A100", (8, 0))], "mixed_bfloat16"),
        ([("NVIDIA H200", (9, 0))], "mixed_bfloat16"),
        ([("Apple M3", None)], "float32"),
    ],
)
def test_precision_follows_the_device(monkeypatch, found, policy):
    monkeypatch.setattr(device, "gpus", lambda: found)
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: False)
    assert device.precision() == policy
    info = device.info()
    assert info["precision"] == policy
    assert info["device"] == found[0][0] if found else "CPU" in info["device"]
    assert info["versions"]["keras"] == keras.__version__


@pytest.mark.parametrize(
    ("able", "policy"), [(True, "mixed_bfloat16"), (False, "float32")]
)
def test_precision_on_a_cpu(monkeypatch, able, policy):
    monkeypatch.setattr(device, "gpus", list)
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: able)
    assert device.precision() == policy
    assert device.precision("float32") == "float32"


def test_every_precision_of_a_recipe_is_a_policy():
    for name in CHOICES["precision"]:
        assert keras.dtype_policies.get(device.precision(name)).name
    with pytest.raises(ValueError, match=r"'half' is not known.*float16"):
        device.precision("half")


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_mixed_precision_trains_and_is_saved(name, tmp_path):
    """Weights and logits stay float32, float16 gets a scaled loss."""
    model = helpers.keras.build(SPEC, dtype=device.precision(name))
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.get_layer("encoder_0_conv1").compute_dtype == name
    data = shapes.make(8, size=16, seed=0)
    recipe = Recipe(epochs=1, ema=0.9)
    history = helpers.keras.fit(model, data, None, recipe, verbose=False)
    assert np.isfinite(history["loss"][0])
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (name == "float16")
    helpers.keras.save(model, tmp_path / "m.keras")
    p = helpers.keras.predict(model, data.images)
    assert p.dtype == np.float32
    again = helpers.keras.load(tmp_path / "m.keras")
    np.testing.assert_array_equal(helpers.keras.predict(again, data.images), p)
    exact = helpers.keras.load(tmp_path / "m.keras", dtype="float32")
    assert exact.get_layer("encoder_0_conv1").compute_dtype == "float32"
    assert 0 < np.abs(helpers.keras.predict(exact, data.images) - p).max() < 0.02


def test_build_stays_float32():
    assert helpers.keras.build(SPEC).dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("way", ["import helpers.keras", COMMAND_LINE])
def test_importing_says_nothing(way):
    """TensorFlow announces itself on the error stream, from C++."""
    code = (
        "import sys, helpers; assert 'tensorflow' not in sys.modules; "
        f"{way}; assert 'tensorflow' in sys.modules"
    )
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={name: os.environ[name] for name in os.environ if "TF_CPP" not in name},
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "", "")


def test_a_failed_import_shows_what_was_held_back(capfd):
    with pytest.raises(ImportError), device._without_stderr():
        os.write(2, b"no such library\n")
        raise ImportError
    assert capfd.readouterr().err == "no such library\n"
    with device._without_stderr():
        os.write(2, b"hello\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [(None, "ERROR"), ("3", "ERROR"), ("2", "ERROR"), ("0", "INFO"), ("1", "INFO")],
)
def test_warnings_are_shown_to_who_asks_for_them(monkeypatch, asked, shown):
    """A notebook's kernel may inherit the variable from the program that runs it."""
    log = tensorflow.get_logger()
    before = log.level
    if asked is None:
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    else:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", asked)
    try:
        log.setLevel("INFO")
        device.setup()
        assert logging.getLevelName(log.level) == shown
    finally:
        log.setLevel(before)


def test_setup_lets_memory_grow_on_every_card(monkeypatch):
    asked = []
    config = tensorflow.config
    monkeypatch.setattr(config, "list_physical_devices", lambda _: ["a", "b"])
    grow = lambda *arguments: asked.append(arguments)  # noqa: E731
    monkeypatch.setattr(config.experimental, "set_memory_growth", grow)
    device.setup()
    assert asked == [("a", True), ("b", True)]

    def refuse(*_):
        raise RuntimeError("already initialized")

    monkeypatch.setattr(config.experimental, "set_memory_growth", refuse)
    device.setup()


def test_another_backend_is_told_before_training(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    model = helpers.keras.build(SPEC)
    with pytest.raises(RuntimeError, match=r"on 'torch'.*KERAS_BACKEND=tensorflow"):
        helpers.keras.fit(model, shapes.make(4, size=16, seed=0))
