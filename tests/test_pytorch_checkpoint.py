"""A run that was broken off, in any way, ends as one that was not."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.augment import Augment
from helpers.pytorch import build, checkpoint, fit, load, train
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(1, 2, (4, 8), norm="batch", dropout=0.3)
RECIPE = Recipe(epochs=4, batch_size=4, ema=0.9, augment=Augment(rotate=20, color=0.2))
RECIPES = {
    "averaged": RECIPE,
    "best": RECIPE.replace(keep="best", ema=0.0, optimizer="rmsprop", schedule=None),
    "exact": RECIPE.replace(precision="float32", optimizer="sgd"),
}
HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def samples(count: int = 10, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, 16, 16, 1), np.uint8)
    return Samples(images, (images[..., 0] > 128).astype(np.uint8))


def run(out: Path, recipe: Recipe = RECIPE, **arguments):
    net = build(SPEC)
    history = fit(net, samples(), samples(4, 1), recipe, out=out, **arguments)
    return net, history


def at_step(monkeypatch, number: int, event) -> None:
    """Call `event` before step `number`, counted from 0 and over epochs, once."""
    step = train.Run.step

    def step_or_event(self, *arguments):
        if self.steps == number:
            monkeypatch.setattr(train.Run, "step", step)
            event()
        step(self, *arguments)

    monkeypatch.setattr(train.Run, "step", step_or_event)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def assert_same(found, wanted) -> None:
    (net, history), (other, whole) = found, wanted
    for name, value in other.state_dict().items():
        assert torch.equal(net.state_dict()[name], value), name
    for row, other_row in zip(history.rows, whole.rows, strict=True):
        assert {**row, "seconds": 0} == {**other_row, "seconds": 0}


@pytest.mark.parametrize("name", RECIPES)
def test_interrupted_and_resumed_is_uninterrupted(monkeypatch, tmp_path, capsys, name):
    recipe = RECIPES[name]
    wanted = run(tmp_path / "whole", recipe, verbose=False)
    at_step(monkeypatch, 7, interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", recipe)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "stopped after 2 epoch(s)" in lines[-1] and "resume=True" in lines[-1]
    assert str(tmp_path / "cut" / "checkpoint.pt") in lines[-1]
    assert load(tmp_path / "cut" / "model.safetensors").spec == SPEC
    assert_same(run(tmp_path / "cut", recipe, resume=True, verbose=False), wanted)
    files = [
        checkpoint.read(tmp_path / name / checkpoint.NAME, SPEC, recipe)
        for name in ("whole", "cut")
    ]
    for state in files:
        del state["seconds"], state["rows"]
    assert str(files[0]) == str(files[1]), "optimizer and averages too"


CHILD = """
import os, signal
import test_pytorch_checkpoint as this
from helpers.pytorch import checkpoint, train
from pathlib import Path

this.torch.set_num_threads(1)
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if {where!r} == "step":
    step = train.Run.step
    train.Run.step = lambda run, *a: kill() if run.steps == 7 else step(run, *a)
else:
    save = this.torch.save
    def torn(state, file):
        save(state, file)
        if state["epochs"] == 3:
            file.truncate(file.tell() // 2)
            file.flush()
            kill()
    checkpoint.torch.save = torn
this.run(Path({out!r}))
"""


@pytest.mark.parametrize("where", ["step", "save"])
def test_killed_and_resumed_is_uninterrupted(tmp_path, capsys, where):
    """SIGKILL in the third epoch, or while its checkpoint is being written."""
    wanted = run(tmp_path / "whole", verbose=False)
    out = tmp_path / "killed"
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(where=where, out=str(out))],
        env={**os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.count("epoch ") == 2
    found = run(out, resume=True)
    assert "resuming after epoch 2" in capsys.readouterr().out
    assert_same(found, wanted)


def test_ctrl_c_while_a_checkpoint_is_written_loses_nothing(monkeypatch, tmp_path):
    wanted = run(tmp_path / "whole", verbose=False)
    fsync, calls = os.fsync, []

    def interrupted(file):
        calls.append(file)
        if len(calls) == 4:  # the second epoch's checkpoint: three files an epoch
            interrupt()
        fsync(file)

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", verbose=False)
    state = checkpoint.read(tmp_path / "cut" / checkpoint.NAME, SPEC, RECIPE)
    assert state["epochs"] == 2, "saved after all"
    assert not list((tmp_path / "cut").glob(".*"))
    assert_same(run(tmp_path / "cut", resume=True, verbose=False), wanted)


def test_ctrl_c_in_the_first_epoch_leaves_weights(monkeypatch, tmp_path, capsys):
    at_step(monkeypatch, 2, interrupt)
    net = build(SPEC)
    with pytest.raises(KeyboardInterrupt):
        fit(net, samples(), None, RECIPE, out=tmp_path)
    assert "model.safetensors" in capsys.readouterr().out
    kept = load(tmp_path / "model.safetensors").state_dict()
    assert all(torch.equal(kept[name], w) for name, w in net.state_dict().items())
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("epochs", [0, 1])
def test_ctrl_c_in_validation_tells_of_the_epochs_on_disk(
    monkeypatch, tmp_path, capsys, epochs
):
    score, calls = train.score, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > epochs:
            interrupt()
        return score(*arguments)

    monkeypatch.setattr(train, "score", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"stopped after {epochs} epoch(s)" in last
    assert ("holds epoch 1" in last) == bool(epochs)
    assert (tmp_path / checkpoint.NAME).exists() == bool(epochs)
    assert load(tmp_path / "model.safetensors").spec == SPEC


def test_ctrl_c_in_the_first_epoch_spares_an_earlier_run(monkeypatch, tmp_path, capsys):
    run(tmp_path, verbose=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    at_step(monkeypatch, 2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, RECIPE.replace(seed=1))
    assert "earlier run" in capsys.readouterr().out
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_ctrl_c_without_a_folder_leaves_a_usable_network(monkeypatch, capsys):
    at_step(monkeypatch, 4, interrupt)
    net = build(SPEC)
    with pytest.raises(KeyboardInterrupt):
        fit(net, samples(), None, RECIPE)
    assert "the network holds the weights so far" in capsys.readouterr().out
    assert "forward" not in vars(net)
    assert fit(net, samples(), None, RECIPE, verbose=False)


def test_resuming_a_finished_run_changes_nothing(tmp_path, capsys):
    wanted = run(tmp_path, verbose=False)
    found = run(tmp_path, resume=True)
    assert "resuming after epoch 4" in capsys.readouterr().out
    assert_same(found, wanted)


def test_resume_without_a_checkpoint_starts_afresh(tmp_path, capsys):
    found = run(tmp_path, RECIPE.replace(epochs=1), resume=True)
    first = capsys.readouterr().out.splitlines()[0]
    assert "no checkpoint at" in first and "afresh" in first
    assert len(found[1]) == 1


def test_a_checkpoint_from_before_a_field_was_added_is_still_read(tmp_path):
    path = tmp_path / checkpoint.NAME
    described = checkpoint.described(SPEC, RECIPE)
    old = json.loads(described["spec"])
    for name in ("block", "recurrences", "sharing", "gate"):
        del old[name]
    checkpoint.write(path, {"described": described | {"spec": json.dumps(old)}})
    assert checkpoint.read(path, SPEC, RECIPE)
    with pytest.raises(ValueError, match="another spec: block is 'plain' there"):
        checkpoint.read(path, SPEC.replace(block="residual"), RECIPE)


def test_another_recipe_or_spec_is_refused_by_field(tmp_path):
    run(tmp_path, verbose=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    other = RECIPE.replace(learning_rate=0.5, augment=None)
    with pytest.raises(ValueError) as error:
        run(tmp_path, other, resume=True)
    for words in ("another recipe", "learning_rate is 0.003 there and 0.5", "augment"):
        assert words in str(error.value)
    assert "batch_size" not in str(error.value)
    net = build(SPEC.replace(widths=(4, 9)))
    with pytest.raises(ValueError, match=r"another spec: widths is \[4, 8\] there"):
        fit(net, samples(), samples(4), RECIPE, out=tmp_path, resume=True)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("damage", ["cut", "text", "pickle"])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    path = tmp_path / checkpoint.NAME
    if damage == "cut":
        run(tmp_path, RECIPE.replace(epochs=1), verbose=False)
        path.write_bytes(path.read_bytes()[:-2000])
    elif damage == "text":
        path.write_text("hello")
    else:
        torch.save({"described": Path("/")}, path)  # runs code when it is loaded
    with pytest.raises(ValueError, match=r"checkpoint\.pt is no checkpoint"):
        run(tmp_path, resume=True)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), RuntimeError("full")])
def test_a_full_disk_keeps_the_checkpoint_before(monkeypatch, tmp_path, error):
    """torch tells of a full disk with either of the two, as the moment will have it."""
    save, calls = torch.save, []

    def full(state, file):
        calls.append(file)
        if len(calls) == 3:
            file.write(b"half of it")
            raise error
        save(state, file)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match=r"cannot write .*checkpoint\.pt.*free space"):
        run(tmp_path, verbose=False)
    monkeypatch.undo()
    assert checkpoint.read(tmp_path / checkpoint.NAME, SPEC, RECIPE)["epochs"] == 2
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_may_not_grow_is_named_and_removed(tmp_path):
    """The system itself refuses to write on, as it does where a disk is full."""
    resource = pytest.importorskip("resource")
    path = tmp_path / checkpoint.NAME
    checkpoint.write(path, {"epochs": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match=r"cannot write .*checkpoint\.pt.*stays"):
            checkpoint.write(path, {"epochs": 2, "w": torch.zeros(1_000_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert torch.load(path) == {"epochs": 1}
    assert list(tmp_path.iterdir()) == [path]
