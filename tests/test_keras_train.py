"""Training in Keras: what it ends with, what it leaves behind, what it refuses."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import helpers.keras
from helpers import parity, scores, shapes
from helpers.augment import Augment
from helpers.batches import Batches
from helpers.keras import average, callbacks, store, train
from helpers.keras.data import loader
from helpers.recipe import ARTICLE, CHOICES, Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(2, 4), convs=1, norm="batch", dropout=0.2)
RECIPE = Recipe(
    epochs=3, ema=0.9, clip=1.0, augment=Augment(color=0.2), weight_decay=0.1, seed=3
)


def samples(count: int = 12) -> Samples:
    """Ellipses in images of 16x16."""
    return shapes.make(count, size=16, seed=1, ellipses=(1, 2), others=(0, 1))


def weights(model) -> list[np.ndarray]:
    return [np.asarray(value) for value in model.get_weights()]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """An uninterrupted run: the folder, the model and the history."""
    out = tmp_path_factory.mktemp("run")
    model = helpers.keras.build(SPEC, seed=5)
    history = helpers.keras.fit(
        model, samples(), samples(4), RECIPE, out=out, verbose=False
    )
    return out, model, history


CHILD = """
import os, signal, sys, zipfile
import helpers.keras
from tests import test_keras_train as t

written = []
whole = zipfile.ZipFile.writestr
def killed(archive, name, data, *rest):
    written.append(name)
    if written.count("training.json") == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(archive, name, data, *rest)
zipfile.ZipFile.writestr = killed
model = helpers.keras.build(t.SPEC, seed=5)
helpers.keras.fit(model, t.samples(), t.samples(4), t.RECIPE, out=sys.argv[1])
"""


def test_killed_while_writing_and_resumed_ends_the_same(run, tmp_path):
    """SIGKILL in the middle of the third checkpoint: the second is whole."""
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert child.stdout.count("epoch") == 2
    assert len(store.read_state(tmp_path / callbacks.CHECKPOINT)["rows"]) == 2
    helpers.keras.load(tmp_path / callbacks.MODEL)
    resumed = helpers.keras.build(SPEC, seed=99)  # its weights have to be replaced
    history = helpers.keras.fit(
        resumed, samples(), samples(4), RECIPE, out=tmp_path, resume=True, verbose=False
    )
    _, model, expected = run
    for ours, theirs in zip(weights(resumed), weights(model)):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("epoch", "loss", "val_loss", "val_mean_iou", "learning_rate"):
        assert history[name] == expected[name]
    assert not list(tmp_path.glob(".*"))  # what the killed run left is gone


def test_a_run_that_is_over_is_not_continued(run):
    out, model, _ = run
    again = helpers.keras.build(SPEC)
    history = helpers.keras.fit(
        again, samples(), samples(4), RECIPE, out=out, resume=True, verbose=False
    )
    assert len(history) == 3
    for ours, theirs in zip(weights(again), weights(model)):
        np.testing.assert_array_equal(ours, theirs)


def test_files_and_history(run):
    out, model, history = run
    assert sorted(path.name for path in out.iterdir()) == [
        "checkpoint.keras",
        "history.json",
        "model.keras",
    ]
    assert json.loads((out / "history.json").read_text())["rows"] == history.rows
    again = helpers.keras.load(out / "model.keras", SPEC)
    for ours, theirs in zip(weights(again), weights(model)):
        np.testing.assert_array_equal(ours, theirs)
    assert again.spec == SPEC
    assert (again.size, again.image_range) == ((16, 16), 1.0)
    assert again.class_names == samples().class_names
    # No optimizer in it, and Keras reads it by itself.
    assert os.path.getsize(out / "model.keras") < os.path.getsize(
        out / "checkpoint.keras"
    )
    plain = keras.saving.load_model(out / "model.keras")
    images = samples(3).images
    np.testing.assert_array_equal(
        helpers.keras.predict(plain, images), helpers.keras.predict(model, images)
    )


def test_last_row_scores_the_weights_that_are_kept(run):
    """Validation in `fit`, on the averages, against `evaluate` at the end."""
    _, model, history = run
    found = helpers.keras.evaluate(model, samples(4))
    row = history.rows[-1]
    assert row["val_cross_entropy"] == pytest.approx(found["cross_entropy"], rel=1e-4)
    assert row["val_mean_iou"] == pytest.approx(found["mean_iou"], abs=1e-5)
    probabilities = helpers.keras.predict(model, samples(4).images, batch_size=3)
    assert probabilities.shape == (4, 16, 16, 1)
    assert probabilities.dtype == np.float32
    matrix = scores.confusion(samples(4).masks, probabilities[..., 0] > 0.5, 1)
    np.testing.assert_array_equal(matrix, found["confusion"])
    assert found["accuracy"] == scores.accuracy(matrix)


def test_both_frameworks_train_alike():
    """The same weights, recipe and samples: the same weights after two epochs.

    Plain descent and no clipping, which do not blow rounding errors up.
    """
    import helpers.pytorch

    spec = SPEC.replace(dropout=0.0)
    recipe = RECIPE.replace(
        epochs=2, optimizer="sgd", learning_rate=0.1, schedule=None, clip=None
    ).replace(precision="float32")
    model, net = helpers.keras.build(spec), helpers.pytorch.build(spec)
    parity.copy_weights(model, net)
    before = weights(model)
    ours = helpers.keras.fit(model, samples(), samples(4), recipe, verbose=False)
    theirs = helpers.pytorch.fit(net, samples(), samples(4), recipe, verbose=False)
    other = helpers.keras.build(spec)
    parity.copy_weights(net.cpu(), other)
    for name in ("loss", "val_loss", "learning_rate"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, err_msg=name)
    for variable, old, a, b in zip(
        model.weights, before, weights(model), weights(other)
    ):
        # PyTorch's running variance divides by one fewer pixel.
        limit = 0.02 if "variance" in variable.path else 0.01
        moved, apart = np.abs(a - old).max(), np.abs(a - b).max()
        assert apart <= limit * moved + 1e-5, variable.path


@pytest.mark.parametrize("name", CHOICES["optimizer"])
def test_optimizers_are_those_of_pytorch(name):
    """Ten steps by the same gradients, a kernel's and a bias's."""
    from helpers.pytorch import optimizers

    # Keras puts the rate into the momentum, PyTorch on it: they part if it changes.
    recipe = RECIPE.replace(optimizer=name, learning_rate=0.01, clip=0.5)
    optimizer = train.make_optimizer(recipe)
    net = torch.nn.Conv2d(2, 3, 1)
    twin = optimizers.make(net, recipe)
    start = [p.detach().numpy().copy() for p in net.parameters()]
    ours = [
        keras.Variable(start[0], name="kernel"),
        keras.Variable(start[1], name="bias"),
    ]
    rng = np.random.default_rng(0)
    for _ in range(10):
        gradients = [rng.normal(size=p.shape).astype(np.float32) for p in start]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], ours)
        for parameter, gradient in zip(net.parameters(), gradients):
            parameter.grad = torch.from_numpy(gradient.copy())
        torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
        twin.step()
    for a, b, old in zip(ours, net.parameters(), start):
        np.testing.assert_allclose(a, b.detach(), atol=1e-4)
        assert np.abs(np.asarray(a) - old).max() > 1e-3


def test_average_starts_soon_and_moves_statistics():
    model = helpers.keras.build(SPEC)
    mean = average.Average(0.99)
    mean.set_model(model)
    mean.start(model)
    values = [1.0, 3.0, 5.0]
    expected = values[0]
    for step, value in enumerate(values):
        for weight in model.weights:
            if "float" in weight.dtype:
                weight.assign(np.full(weight.shape, value))
        mean.on_train_batch_end(step)
        keep = (1 + step) / (10 + step)
        expected = keep * expected + (1 - keep) * value if step else value
    with mean.applied():
        for weight in model.weights:
            if "float" in weight.dtype:
                np.testing.assert_allclose(weight, expected, rtol=1e-6)
    assert any("moving" in weight.path for weight in model.weights)
    for weight in model.trainable_weights:
        np.testing.assert_allclose(weight, 5.0)


def test_loader_shows_what_batches_hold():
    """In every epoch, at another size too, also through Keras's own threads."""
    recipe = RECIPE.replace(batch_size=5)
    plain = Batches(samples(), 5, recipe.augment, recipe.seed)
    data = loader(samples(), recipe)
    assert len(data) == 3
    for epoch, size in ((0, None), (1, 8)):
        data.epoch, data.size = epoch, size
        for number in range(3):
            for ours, theirs in zip(data[number], plain.batch(epoch, number, size)):
                np.testing.assert_array_equal(ours, theirs)
                assert ours.dtype == theirs.dtype
    data.on_epoch_end()
    assert data.epoch == 2
    endless, data.size = data.endless(1), None
    for ours, theirs in zip(endless[4], plain.batch(2, 1)):
        np.testing.assert_array_equal(ours, theirs)
    held_out = loader(samples(), ARTICLE, training=False)
    images, masks = held_out[1]
    np.testing.assert_array_equal(masks, samples().masks[8:])
    np.testing.assert_array_equal(images, samples().images[8:].astype(np.float32))


def test_growing_sizes_and_on_epoch(monkeypatch, later):
    whole, shown, calls = Batches.item, set(), []

    def noted(batches, epoch, index, size=None):
        shown.add((epoch, size))
        return whole(batches, epoch, index, size)

    monkeypatch.setattr(Batches, "item", noted)
    model = helpers.keras.build(UNetSpec(widths=(2, 2), convs=1))
    recipe = RECIPE.replace(epochs=3, sizes=((0.5, 8),), ema=0.0)

    def on_epoch(current, history):
        later(1000)
        calls.append((current is model, len(history)))

    fit = helpers.keras.fit
    history = fit(model, samples(), None, recipe, verbose=False, on_epoch=on_epoch)
    assert history["seconds"][-1] < 1000, "what is done between epochs takes no time"
    assert calls == [(True, 1), (True, 2), (True, 3)]
    # Keras reads ahead: at most an epoch that is not trained on.
    assert {(0, 8), (1, 8), (2, None)} <= shown
    assert (2, 8) not in shown or len(shown) > 3
    assert not {(0, None), (1, None)} & shown
    with pytest.raises(ValueError, match="nearest sizes that fit are 6 and 8"):
        helpers.keras.fit(model, samples(), None, RECIPE.replace(sizes=((0.5, 7),)))


@pytest.mark.parametrize("up", helpers.spec.CHOICES["up"])
def test_one_graph_takes_several_sizes(up):
    model = helpers.keras.build(UNetSpec(1, widths=(2, 2), convs=1, up=up))
    any_size = tf.TensorSpec((None, None, None, 1))
    graph = tf.function(lambda images: model(images), input_signature=[any_size])
    for size in (6, 8):
        images = np.random.default_rng(size).random((2, size, size, 1), np.float32)
        np.testing.assert_allclose(graph(images), model(images), atol=1e-6)


def test_minutes_end_a_run_and_keep_best_keeps_the_best(capsys):
    model = helpers.keras.build(UNetSpec(widths=(2, 2), convs=1))
    recipe = RECIPE.replace(minutes=4 / 60, keep="best", learning_rate=0.05, ema=0.0)
    history = helpers.keras.fit(model, samples(), samples(4), recipe)
    assert history["seconds"][-1] >= 4
    assert all(a <= b for a, b in zip(history["seconds"], history["seconds"][1:]))
    assert history["learning_rate"][-1] < 0.05 * 0.05
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(history)
    assert "left" in lines[0]
    found = helpers.keras.evaluate(model, samples(4))["cross_entropy"]
    best = min(history.rows, key=lambda row: row["val_loss"])
    assert found == pytest.approx(best["val_cross_entropy"], rel=1e-4)


def test_interrupt_leaves_a_usable_model(tmp_path, capsys):
    model = helpers.keras.build(UNetSpec(widths=(2, 2), convs=1))

    def stop(current, history):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        helpers.keras.fit(model, samples(), None, RECIPE, out=tmp_path, on_epoch=stop)
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"{tmp_path / 'checkpoint.keras'} holds epoch 1" in last
    assert "resume=True" in last
    again = helpers.keras.load(tmp_path / "model.keras")
    for ours, theirs in zip(weights(again), weights(model)):
        np.testing.assert_array_equal(ours, theirs)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    model = helpers.keras.build(UNetSpec(widths=(2, 2), convs=1))
    head = model.get_layer("head")
    head.bias.assign([np.nan])
    with pytest.raises(FloatingPointError, match=r"nan at step 1 of epoch 1.*float32"):
        helpers.keras.fit(model, samples(), None, RECIPE, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_fit_refuses(run, tmp_path):
    out, _, _ = run
    model = helpers.keras.build(SPEC)
    fit = helpers.keras.fit
    with pytest.raises(ValueError, match=r"pass validation.*keep='last'"):
        fit(model, samples(), None, RECIPE.replace(keep="best"))
    with pytest.raises(ValueError, match=r"resume=True needs.*out="):
        fit(model, samples(), None, RECIPE, resume=True)
    with pytest.raises(ValueError, match=r"learning_rate is 0.003 there and 0.1 here"):
        recipe = RECIPE.replace(learning_rate=0.1)
        fit(model, samples(), samples(4), recipe, out=out, resume=True)
    other = helpers.keras.build(SPEC.replace(widths=(2, 6)))
    with pytest.raises(ValueError, match=r"widths \(\(2, 4\) in the file, \(2, 6\)"):
        fit(other, samples(), samples(4), RECIPE, out=out, resume=True)
    bad = Samples(samples().images, samples().masks * 255)
    with pytest.raises(ValueError, match="divide by 255"):
        fit(model, bad, None, RECIPE)
    sigmoid = helpers.keras.with_sigmoid(model)
    with pytest.raises(ValueError, match=r"ends in a sigmoid.*model.net"):
        fit(sigmoid, samples(), None, RECIPE)


def test_article_model_with_sigmoid(tmp_path):
    """Trained as the article does, with inputs in 0..255, saved and loaded."""
    spec = UNetSpec(classes=3, widths=(2, 4), convs=1, norm="batch")
    data = Samples(samples().images, samples().masks + 1)
    net = helpers.keras.build(spec)
    model = helpers.keras.with_sigmoid(net)
    recipe = ARTICLE.replace(epochs=1)
    history = helpers.keras.fit(model, data, data, recipe, out=tmp_path, verbose=False)
    found = helpers.keras.evaluate(model, data)
    assert history["val_loss"][0] == pytest.approx(found["cross_entropy"], rel=1e-3)
    again = helpers.keras.load(tmp_path / "model.keras", spec)
    assert (again.image_range, again.size) == (255.0, (16, 16))
    scored = model.predict(data.images.astype(np.float32), verbose=0)
    assert 0 <= scored.min() <= scored.max() <= 1
    p = helpers.keras.predict(again, data.images)
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(p.argmax(-1), scored.argmax(-1))
    np.testing.assert_array_equal(p, helpers.keras.predict(model, data.images))
    logits = net(data.images.astype(np.float32))
    np.testing.assert_allclose(p, keras.ops.softmax(logits), atol=1e-5)
    other = helpers.keras.predict(model, data.images, image_range=1.0)
    assert np.abs(other - p).max() > 1e-3
