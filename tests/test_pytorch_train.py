"""Training: it learns, keeps what the recipe says, and refuses what cannot work."""

import numpy as np
import pytest
import torch

from helpers.augment import Augment
from helpers.pytorch import build, device, evaluate, fit, load, predict, train
from helpers.pytorch.finite import LOOK_EVERY, Losses
from helpers.recipe import ARTICLE, Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(1, 2, (8, 16), norm="batch")
RECIPE = Recipe(epochs=2, batch_size=4, precision="float32")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def squares(count: int = 12, seed: int = 0, size: int = 32) -> Samples:
    """A bright square on noise, and where it is."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 130, (count, size, size, 1), np.uint8)
    masks = np.zeros(images.shape[:3], np.uint8)
    for image, mask in zip(images, masks):
        top, left = rng.integers(0, size // 2, 2)
        where = slice(top, top + size // 2), slice(left, left + size // 2)
        image[where] += 100
        mask[where] = 1
    return Samples(images, masks, class_names=("ground", "square"))


def weights(net) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(a: dict, b: dict) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("classes", [1, 2])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_learns(classes, precision):
    net = build(SPEC.replace(classes=classes))
    held_out = squares(6, seed=9)
    recipe = RECIPE.replace(
        epochs=8, ema=0.9, precision=precision, augment=Augment(), learning_rate=0.01
    )
    history = fit(net, squares(24), held_out, recipe, verbose=False)
    assert history["loss"][-1] < history["loss"][0] / 2
    scores = evaluate(net, held_out, precision=precision)
    assert scores["mean_iou"] > 0.9
    assert scores["mean_iou"] == pytest.approx(history["val_mean_iou"][-1])
    assert scores["cross_entropy"] == pytest.approx(history["val_cross_entropy"][-1])


def test_every_optimizer_and_loss_takes_steps():
    for optimizer in ("adamw", "adam", "rmsprop", "sgd"):
        for loss in ("cross_entropy", "dice", "cross_entropy+dice"):
            net = build(SPEC)
            before = weights(net)
            recipe = RECIPE.replace(epochs=1, optimizer=optimizer, loss=loss)
            history = fit(net, squares(4), None, recipe, verbose=False)
            assert np.isfinite(history["loss"]).all()
            assert not same(before, weights(net)), (optimizer, loss)


def test_weight_decay_is_for_kernels_alone():
    from helpers.pytorch import optimizers

    kernels, others = optimizers.make(build(SPEC), RECIPE).param_groups
    assert kernels["weight_decay"] == RECIPE.weight_decay > others["weight_decay"] == 0
    assert {p.ndim for p in others["params"]} == {1}


def test_a_step_of_rmsprop_is_that_of_keras():
    keras = pytest.importorskip("keras")
    from helpers.pytorch import optimizers

    net = torch.nn.Linear(3, 1, bias=False)
    twin = keras.Variable(net.weight.detach().numpy())
    mine, theirs = optimizers.make(net, ARTICLE), keras.optimizers.RMSprop(1e-3)
    for step in range(1, 4):
        net.weight.grad = torch.full((1, 3), float(step))
        mine.step()
        theirs.apply([keras.ops.full((1, 3), float(step))], [twin])
    assert np.allclose(net.weight.detach(), twin.numpy(), atol=1e-6)


def test_the_learning_rate_follows_the_recipe_at_every_step(monkeypatch):
    rates = []
    step = train.Run.step

    def recording(run, images, masks, rate):
        step(run, images, masks, rate)
        rates.append(run.optimizer.param_groups[0]["lr"])

    monkeypatch.setattr(train.Run, "step", recording)
    history = fit(build(SPEC), squares(10), None, RECIPE, verbose=False)
    wanted = [RECIPE.learning_rate_at(step / 6) for step in range(6)]
    assert rates == pytest.approx(wanted)
    assert history["learning_rate"] == pytest.approx([wanted[2], wanted[5]])


def test_the_average_is_that_of_the_steps(monkeypatch):
    seen = []
    step = train.Run.step

    def recording(run, *arguments):
        step(run, *arguments)
        seen.append(weights(run.net))

    monkeypatch.setattr(train.Run, "step", recording)
    net = build(SPEC)
    fit(net, squares(8), None, RECIPE.replace(epochs=3, ema=0.4), verbose=False)
    found = weights(net)
    for name in ("head.weight", "encoder.0.norm1.running_var"):
        mean = seen[0][name]
        for number, now in enumerate(seen[1:], start=1):
            keep = min(0.4, (1 + number) / (10 + number))
            mean = keep * mean + (1 - keep) * now[name]
        assert torch.allclose(found[name], mean, atol=1e-6)
        assert not torch.allclose(found[name], seen[-1][name], atol=1e-6)


def test_best_keeps_the_epoch_of_least_validation_loss(monkeypatch, tmp_path):
    scores = iter([0.9, 0.2, 0.5])
    kept = []

    def score(net, *_):
        kept.append(weights(net))
        loss = next(scores)
        return {"loss": loss, "cross_entropy": loss, "mean_iou": 0.5}

    monkeypatch.setattr(train, "score", score)
    net = build(SPEC)
    recipe = RECIPE.replace(epochs=3, keep="best")
    fit(net, squares(8), squares(4), recipe, out=tmp_path, verbose=False)
    assert same(kept[1], weights(net)) and not same(kept[2], weights(net))
    assert same(kept[1], weights(load(tmp_path / "model.safetensors")))


def test_files_hold_what_the_network_needs(tmp_path):
    net = build(SPEC)
    recipe = RECIPE.replace(image_range=255.0)
    history = fit(net, squares(8), squares(4), recipe, out=tmp_path, verbose=False)
    again = load(tmp_path / "model.safetensors")
    assert same(weights(net), weights(again))
    assert again.image_range == 255.0 and again.size == (32, 32)
    assert again.class_names == ("ground", "square")
    images = squares(3, seed=5).images
    assert np.array_equal(predict(net, images), predict(again, images))
    assert type(history).load(tmp_path / "history.json") == history
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint.pt", "model.safetensors", "history.json"}


def test_images_grow_as_the_recipe_says(monkeypatch):
    sides = []
    step = train.Run.step

    def recording(run, images, masks, rate):
        sides.append((images.shape[-1], masks.shape[-1]))
        step(run, images, masks, rate)

    monkeypatch.setattr(train.Run, "step", recording)
    recipe = RECIPE.replace(epochs=4, sizes=((0.5, 16), (0.75, 24)))
    fit(build(SPEC), squares(4), squares(4), recipe, verbose=False)
    assert sides == [(16, 16), (16, 16), (24, 24), (32, 32)]
    with pytest.raises(ValueError, match="25"):
        fit(build(SPEC), squares(4), None, RECIPE.replace(sizes=((0.5, 25),)))


def test_gradients_are_clipped_to_their_norm_together(monkeypatch):
    norms = []
    optimizer_step = torch.optim.SGD.step

    def recording(self, *arguments, **named):
        gradients = [p.grad.flatten() for g in self.param_groups for p in g["params"]]
        norms.append(torch.cat(gradients).norm().item())
        return optimizer_step(self, *arguments, **named)

    monkeypatch.setattr(torch.optim.SGD, "step", recording)
    recipe = RECIPE.replace(epochs=1, optimizer="sgd")
    for clip in (None, 1e-3):
        fit(build(SPEC), squares(4), None, recipe.replace(clip=clip), verbose=False)
    assert norms[0] > 1e-2
    assert norms[1] == pytest.approx(1e-3, rel=1e-3)


def test_a_look_after_every_epoch_changes_nothing(later):
    """Other precisions in between, too, leave the run with its own."""
    looked, held_out = [], squares(4, seed=1)

    def look(net, history):
        later(1000)
        looked.append((len(history), evaluate(net, held_out)["cross_entropy"]))
        predict(net, held_out.images, precision="float32")

    found = []
    recipe = RECIPE.replace(epochs=3, ema=0.9, precision="bfloat16")
    for on_epoch in (None, look):
        net = build(SPEC)
        history = fit(
            net, squares(8), held_out, recipe, verbose=False, on_epoch=on_epoch
        )
        found.append(weights(net))
    assert same(*found)
    assert [number for number, _ in looked] == [1, 2, 3]
    assert history["seconds"][-1] < 1000, "what is done between epochs takes no time"
    if device.precision() == "bfloat16":
        wanted = history["val_cross_entropy"]
        assert [score for _, score in looked] == pytest.approx(wanted)


def test_one_line_an_epoch_or_none(capsys):
    fit(build(SPEC), squares(4), squares(4), RECIPE)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(line.endswith(" left") for line in lines)
    fit(build(SPEC), squares(4), squares(4), RECIPE, verbose=False)
    assert capsys.readouterr().out == ""


def test_the_clock_stops_a_run_in_the_middle_of_an_epoch():
    recipe = RECIPE.replace(minutes=0.5 / 60, batch_size=1)
    history = fit(build(SPEC), squares(2000), squares(4), recipe, verbose=False)
    assert len(history) == 1
    assert history["learning_rate"][0] < recipe.learning_rate / 10
    assert 0.5 <= history["seconds"][0] < 20
    assert np.isfinite(history["val_loss"][0])


def test_a_run_can_be_repeated_and_leaves_random_numbers_alone():
    found = []
    for drawn in (0, 1):
        torch.manual_seed(drawn)
        before = torch.get_rng_state()
        net = build(SPEC.replace(dropout=0.5))
        fit(net, squares(8), None, RECIPE, verbose=False)
        assert torch.equal(before, torch.get_rng_state())
        found.append(weights(net))
    assert same(*found)


def test_fits_of_different_precision_follow_each_other():
    net = build(SPEC)
    for precision in ("bfloat16", "float32", "bfloat16"):
        history = fit(
            net, squares(4), None, RECIPE.replace(precision=precision), verbose=False
        )
        assert np.isfinite(history["loss"]).all()
    assert "forward" not in vars(net) and net.head.weight.dtype == torch.float32


def test_compile_reaches_torch(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda net, **_: asked.append(net) or net)
    fit(build(SPEC), squares(4), None, RECIPE.replace(compile=True), verbose=False)
    assert len(asked) == 1


def test_valid_padding_trains():
    spec = UNetSpec(1, 2, (4, 8), convs=1, padding="valid")
    drawn = squares(4, size=spec.valid_sizes(24, 1)[0])
    history = fit(build(spec), drawn, drawn, RECIPE, verbose=False)
    assert np.isfinite(history["val_loss"]).all()


@pytest.mark.parametrize("out", [False, True])
def test_a_loss_that_is_no_number_stops_the_run(monkeypatch, tmp_path, out):
    net = build(SPEC)
    folder = tmp_path if out else None
    fit(net, squares(8), None, RECIPE.replace(epochs=1), out=folder, verbose=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    kept = weights(net)
    step = train.Run.step

    def broken(run, images, masks, rate):
        if run.steps == 1:
            images = images * torch.nan
        step(run, images, masks, rate)

    monkeypatch.setattr(train.Run, "step", broken)
    with pytest.raises(FloatingPointError, match=r"nan at step 2 of epoch 1.*tenth"):
        fit(net, squares(8), None, RECIPE, out=folder, verbose=False)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert net.head.weight.isfinite().all() and "forward" not in vars(net)
    assert not same(kept, weights(net)), "the step before it was taken"


def test_a_gpu_is_asked_now_and_then(monkeypatch):
    """A loss that says it lies on a GPU is looked at every LOOK_EVERY steps."""

    class Far(torch.Tensor):
        device = torch.device("cuda")

    losses = Losses(3, torch.device("cpu"))
    with pytest.raises(FloatingPointError, match="step 2 of epoch 3"):
        for step in range(1, LOOK_EVERY + 1):
            bad = float("inf") if step == 2 else 1.0
            losses.add(torch.tensor(bad).as_subclass(Far), 4)
    assert step == LOOK_EVERY


def test_a_validation_loss_that_is_no_number_stops_the_run(monkeypatch, tmp_path):
    monkeypatch.setattr(train, "score", lambda *_: {"loss": float("nan")})
    with pytest.raises(FloatingPointError, match="validation after epoch 1"):
        fit(build(SPEC), squares(4), squares(4), RECIPE, out=tmp_path, verbose=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda n, s: fit(n, s[:0]), "no samples"),
        (lambda n, s: fit(n, s, s[:0]), "no samples"),
        (lambda n, s: fit(n, s, recipe=RECIPE.replace(keep="best")), "keep='last'"),
        (lambda n, s: fit(n, s, resume=True), "out="),
        (lambda n, s: fit(n, squares(2, size=31)), "31"),
        (lambda n, s: fit(build(SPEC.replace(in_channels=3)), s), "in_channels=1"),
        (lambda n, s: fit(n, Samples(s.images, s.masks * 255)), "0/255"),
        (lambda n, s: fit(n, s, recipe=RECIPE.replace(precision="float16")), "CPU"),
    ],
)
def test_errors_come_before_training(call, words):
    net = build(SPEC)
    before = weights(net)
    with pytest.raises(ValueError, match=words):
        call(net, squares(4))
    assert same(before, weights(net))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot make the folder .*file/out"):
        fit(build(SPEC), squares(4), None, RECIPE, out=tmp_path / "file" / "out")
