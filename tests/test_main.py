"""The command line, from its arguments to the files and lines that it leaves."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from argparse import Namespace
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

# Threads that wait for each other cost more than the arithmetic of tiny networks.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from helpers import commands, download, frameworks, recipe, spec, standins
from helpers.__main__ import main
from helpers.budget import BUDGETS
from helpers.history import History

FRAMEWORKS = ("pytorch", "keras")
TINY = spec.UNetSpec(classes=2, widths=(2, 4), convs=1)
PLAIN = recipe.Recipe(learning_rate=0.02, precision="float32")
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No data, cache or budget but the test's own; a preset that trains in no time."""
    monkeypatch.setenv("UNET_BOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OXFORD_PETS_DIR", raising=False)
    monkeypatch.delenv("UNET_BOOK_BUDGET", raising=False)
    monkeypatch.setitem(spec.PRESETS, "tiny", TINY)
    monkeypatch.setitem(commands.RECIPES, "sound", PLAIN)
    monkeypatch.chdir(tmp_path)


def draw(folder: Path, count: int = 6, value: int = 1, size: int = 16) -> Path:
    """A folder of images with a bright square each, which the mask marks."""
    rng = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for k in range(count):
        image = rng.integers(0, 60, (size, size, 3), dtype=np.uint8)
        mask = np.zeros((size, size), np.uint8)
        top, left = rng.integers(0, size // 2, 2)
        part = np.s_[top : top + size // 2, left : left + size // 2]
        image[part], mask[part] = 230, value
        Image.fromarray(image).save(folder / "images" / f"{k}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{k}.png")
    return folder


def train(folder: Path, out: Path, *more: str, framework: str = "pytorch") -> int:
    words = ["--preset", "tiny", "--size", "16", "--batch-size", "2"]
    words += ["--framework", framework, "--data", str(folder), "--out", str(out)]
    more = more or ("--epochs", "2")
    return main(["train", *words, *more])


def error_of(capsys, *words: str) -> str:
    """The error that a command prints: one line, and exit code 2."""
    assert main([str(word) for word in words]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == 1 and lines[-1] == errors[0]
    return errors[0]


@pytest.fixture(scope="module", params=FRAMEWORKS)
def trained(request, tmp_path_factory):
    """A run of each framework, made once: its folder and its framework's name."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNET_BOOK_CACHE", str(folder / "cache"))
        patch.setitem(spec.PRESETS, "tiny", TINY)
        patch.setitem(commands.RECIPES, "sound", PLAIN)
        draw(folder / "data")
        with redirect_stdout(StringIO()) as told:
            assert train(folder / "data", folder / "run", framework=request.param) == 0
        (folder / "told.txt").write_text(told.getvalue())
    return folder, request.param


def weights(folder: Path, framework: str) -> Path:
    return folder / "run" / f"model{frameworks.FRAMEWORKS[framework].suffix}"


# Training


def test_training_tells_what_it_did(trained):
    folder, framework = trained
    text = (folder / "told.txt").read_text()
    assert "5 images to train on, 1 held out, 16x16" in text
    assert f"{TINY.parameters():,} parameters" in text
    assert sum(line.startswith("epoch ") for line in text.splitlines()) == 2
    assert "always class 0" in text and "cross-entropy" in text
    assert f"predict --weights {weights(folder, framework)}" in text
    assert len(History.load(folder / "run" / "history.json")) == 2
    scores = json.loads((folder / "run" / "scores.json").read_text())
    assert f"{scores['network']['mean_iou']:.3f}" in text
    assert len(scores["network"]["iou"]) == 2


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_run_that_was_interrupted_resumes(framework, tmp_path, capsys, monkeypatch):
    folder, out = draw(tmp_path / "data"), tmp_path / "run"

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # The line of an epoch is the first thing after its files are written.
        patch.setattr(History, "line", stop)
        assert train(folder, out, "--epochs", "3", framework=framework) == 130
    assert len(History.load(out / "history.json")) == 1
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "--epochs 3 --resume" in message and "predict --weights" in message
    more = ("--epochs", "3", "--resume")
    assert train(folder, out, *more, framework=framework) == 0
    assert History.load(out / "history.json")["epoch"] == [1, 2, 3]


def test_ctrl_c_leaves_weights_to_predict_with(tmp_path):
    """Both frameworks at once, as processes of their own that get a real SIGINT."""
    folder = draw(tmp_path / "data")
    runs = {}
    for name in FRAMEWORKS:
        words = [sys.executable, "-u", "-m", "helpers", "train", "--data", str(folder)]
        words += ["--preset", "ellipses", "--size", "16", "--epochs", "100000"]
        words += ["--framework", name, "--out", str(tmp_path / name)]
        runs[name] = subprocess.Popen(
            words,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / f"{name}.err").open("w"),
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            # A shell that starts tests in the background has them ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        for run in runs.values():
            for line in run.stdout:
                if line.startswith("epoch   2"):
                    break
            run.send_signal(signal.SIGINT)
        for name, run in runs.items():
            run.stdout.read()
            errors = (tmp_path / f"{name}.err").read_text()
            assert run.wait(timeout=60) == 130, errors
            assert "Traceback" not in errors
            assert "--resume" in errors.strip().splitlines()[-1]
    finally:
        for run in runs.values():
            run.kill()
            run.wait()
    for name in FRAMEWORKS:
        model = tmp_path / name / f"model{frameworks.FRAMEWORKS[name].suffix}"
        words = ["--images", str(folder / "images"), "--out", str(tmp_path / "masks")]
        assert main(["predict", "--weights", str(model), *words]) == 0
        assert len(list((tmp_path / "masks").glob("*.png"))) == 6
        assert not list((tmp_path / name).glob(".*"))


def test_training_on_shapes(capsys):
    small = ("--epochs", "1", "--batch-size", "64", "--framework", "pytorch")
    words = ["train", "--size", "16", *small, "--budget", "small"]
    assert main([*words, "--preset", "ellipses", "--out", "shapes"]) == 0
    text = capsys.readouterr().out
    assert "shapes: 1000 images to train on, 250 held out" in text
    assert "IoU ellipse" in text


def test_training_on_the_official_layout(tmp_path, capsys):
    root = standins.draw(tmp_path / "pets", count=12)
    lists = [root / "annotations" / name for name in ("trainval.txt", "test.txt")]
    counts = [len(path.read_text().split("\n")) - 1 for path in lists]
    more = ("--classes", "3", "--epochs", "1", "--overwrite")
    assert train(root, tmp_path / "run", *more) == 0
    text = capsys.readouterr().out
    expected = f"{counts[0]} images to train on, {counts[1]} held out"
    assert f"stand-ins in {root}: {expected}" in text
    assert "IoU pet  IoU background  IoU border" in text
    lists[1].unlink()
    assert train(root, tmp_path / "run", *more) == 0
    assert "10 images to train on, 2 held out" in capsys.readouterr().out


def test_the_budget_decides_how_long():
    options = Namespace(
        minutes=None, epochs=None, batch_size=None, seed=3, recipe="article"
    )
    made = commands.recipe_for(options, BUDGETS["large"])
    assert made.minutes == BUDGETS["large"].minutes and made.seed == 3
    assert made.optimizer == "rmsprop"
    options.epochs = 4
    made = commands.recipe_for(options, BUDGETS["large"])
    assert (made.epochs, made.minutes) == (4, None)


def test_valid_padding_goes_without_the_small_images_of_a_recipe(tmp_path, monkeypatch):
    valid = TINY.replace(padding="valid")
    monkeypatch.setitem(spec.PRESETS, "tiny", valid)
    monkeypatch.setitem(commands.RECIPES, "sound", PLAIN.replace(sizes=((0.5, 9),)))
    size = valid.valid_sizes(30, 1)[0]
    folder = draw(tmp_path / "data", size=size)
    assert train(folder, tmp_path / "run", "--size", str(size), "--epochs", "1") == 0


def test_a_folder_with_a_run_is_not_replaced_by_accident(tmp_path, capsys):
    folder, out = draw(tmp_path / "data"), tmp_path / "run"
    assert train(folder, out) == 0
    before = (out / "model.safetensors").read_bytes()
    assert train(folder, out) == 2
    assert "--resume goes on with it, --overwrite" in capsys.readouterr().err
    assert (out / "model.safetensors").read_bytes() == before
    assert train(folder, out, "--epochs", "1", "--overwrite", "--seed", "1") == 0
    assert len(History.load(out / "history.json")) == 1
    assert train(folder, out, "--resume", framework="keras") == 2
    assert "a run of PyTorch" in capsys.readouterr().err


# Prediction


def test_a_mask_for_every_image_at_its_own_size(trained, tmp_path, capsys):
    folder, framework = trained
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    sizes = {"wide.jpg": (50, 31), "tall.png": (9, 44), "gray.gif": (20, 20)}
    for name, size in sizes.items():
        mode = (size[1], size[0], 3) if name != "gray.gif" else size
        pixels = rng.integers(0, 255, mode, dtype=np.uint8)
        Image.fromarray(pixels).save(pictures / name)
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (pictures / "._wide.jpg").write_bytes(b"stray")
    nan = np.full((8, 8), np.nan, np.float32)
    Image.fromarray(nan).save(pictures / "nan.tif")
    out = tmp_path / "out"
    out.mkdir()
    (out / "wide.png").write_bytes(b"old")
    words = ["--images", str(pictures), "--out", str(out), "--overlay", "--color"]
    words += ["--batch-size", "2", "--weights", str(weights(folder, framework))]
    assert main(["predict", *words]) == 1
    told = capsys.readouterr()
    skipped = [line for line in told.out.splitlines() if "skipped a damaged" in line]
    assert len(skipped) == 2
    assert any("broken.jpg" in line for line in skipped)
    assert any("nan.tif" in line for line in skipped)
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    stems = ("wide", "tall", "gray")
    kinds = ("", "overlay/", "color/")
    assert files == {f"{kind}{stem}.png" for kind in kinds for stem in stems}
    for name, size in sizes.items():
        png = f"{Path(name).stem}.png"
        mask = Image.open(out / png)
        assert mask.mode == "L" and mask.size == size
        assert set(np.unique(mask)) <= {0, 1}
        color = Image.open(out / "color" / png)
        assert color.mode == "P" and np.array_equal(color, mask)
        tinted = Image.open(out / "overlay" / png)
        assert tinted.mode == "RGB" and tinted.size == size


def test_masks_are_those_of_the_network(trained, tmp_path):
    """At the size of training nothing is resized: the network's own answer counts."""
    folder, framework = trained
    images, out = folder / "data" / "images", tmp_path / "out"
    file = weights(folder, framework)
    words = ["--images", str(images), "--out", str(out)]
    assert main(["predict", "--weights", str(file), *words]) == 0
    trainer = frameworks.framework(framework).part("train")
    pixels = np.stack([np.asarray(Image.open(images / f"{k}.png")) for k in range(6)])
    expected = trainer.predict(trainer.load(file), pixels).argmax(-1)
    masks = [np.asarray(Image.open(out / f"{k}.png")) for k in range(6)]
    np.testing.assert_array_equal(np.stack(masks), expected)
    one = ["--images", str(images / "3.png"), "--out", str(tmp_path / "one")]
    assert main(["predict", "--weights", str(file), *one]) == 0
    np.testing.assert_array_equal(Image.open(tmp_path / "one" / "3.png"), masks[3])


# Bad input


def test_words_that_are_not_known(tmp_path, capsys):
    folder = draw(tmp_path / "data")
    text = error_of(capsys, "train", "--data", folder, "--preset", "giant")
    assert "preset 'giant' is not known" in text and "light-pets" in text
    for words in (["--framework", "jax"], ["--budget", "huge"], ["--wrong"]):
        with pytest.raises(SystemExit) as stop:
            main(["train", *words])
        assert stop.value.code == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("error: ")
    assert "pytorch" not in lines[0]
    with pytest.raises(SystemExit):
        main(["train", "--framework", "jax"])
    assert "pytorch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--size", "50"],
            "50 does not divide by 16; the nearest sizes that fit are 48",
        ),
        (["--preset", "paper", "--size", "28"], "too small"),
        (["--preset", "paper", "--size", "200"], "188 and 204"),
        (["--classes", "0"], "classes 0 is not a whole number"),
        (["--epochs", "0"], "epochs 0"),
        (["--minutes", "-1"], "minutes -1.0 is not a finite number above 0"),
        (["--minutes", "nan"], "minutes nan"),
        (["--minutes", "1", "--epochs", "1"], "give one of them"),
        (["--batch-size", "0"], "batch_size 0"),
        (["--seed", "-1"], "seed -1 is not a whole number of at least 0"),
    ],
)
def test_numbers_out_of_range(words, expected, tmp_path, capsys):
    words = ["--data", draw(tmp_path / "data"), "--preset", "light-pets", *words]
    assert expected in error_of(capsys, "train", *words, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_masks_that_do_not_fit(tmp_path, capsys):
    out = ("--out", tmp_path / "run", "--preset", "tiny", "--size", "16")
    large = draw(tmp_path / "large", value=255)
    text = error_of(capsys, "train", "--data", large, *out)
    assert "0/255 mask: divide by 255" in text
    from_one = draw(tmp_path / "from one", value=2)
    text = error_of(capsys, "train", "--data", from_one, *out)
    assert "holds the value 2" in text and "0..1 (2 classes)" in text
    odd = draw(tmp_path / "odd")
    Image.new("L", (16, 20)).save(odd / "masks" / "2.png")
    text = error_of(capsys, "train", "--data", odd, *out)
    assert "16x16" in text and "16x20" in text and "2.png" in text
    color = draw(tmp_path / "color")
    Image.new("RGB", (16, 16), "red").save(color / "masks" / "1.png")
    assert "color picture" in error_of(capsys, "train", "--data", color, *out)
    assert not list((tmp_path / "run").iterdir())


def test_mask_offset_takes_classes_that_count_from_one(tmp_path):
    folder = draw(tmp_path / "data", value=1)
    for path in (folder / "masks").iterdir():
        Image.fromarray(np.asarray(Image.open(path)) + 1).save(path)
    more = ("--epochs", "1", "--mask-offset", "1")
    assert train(folder, tmp_path / "run", *more) == 0


def test_folders_that_hold_no_data(tmp_path, capsys):
    out = ("--out", tmp_path / "run")
    text = error_of(capsys, "train", "--data", tmp_path / "nowhere", *out)
    assert "there is no folder" in text and "nowhere" in text
    (tmp_path / "empty" / "images").mkdir(parents=True)
    text = error_of(capsys, "train", "--data", tmp_path / "empty", *out)
    assert "holds no masks/" in text and "annotations/trimaps/" in text
    (tmp_path / "empty" / "masks").mkdir()
    text = error_of(capsys, "train", "--data", tmp_path / "empty", *out)
    assert "no pictures in" in text
    single = draw(tmp_path / "single", count=1)
    assert "cannot split 1" in error_of(capsys, "train", "--data", single, *out)


def test_places_that_cannot_be_written(trained, tmp_path, capsys, monkeypatch):
    folder, framework = trained
    file = tmp_path / "file"
    file.write_text("not a folder")
    data = draw(tmp_path / "data")
    below = ("--preset", "tiny", "--out", file / "run")
    text = error_of(capsys, "train", "--data", data, *below)
    assert f"cannot make the folder {file}/run" in text and "another" in text
    images = ("--images", data / "images", "--out", file / "masks")
    model = ("--weights", weights(folder, framework))
    assert f"{file}/masks" in error_of(capsys, "predict", *model, *images)
    monkeypatch.setenv("UNET_BOOK_CACHE", str(file / "cache"))
    words = ("--preset", "tiny", "--size", "16", "--out", tmp_path / "run")
    text = error_of(capsys, "train", "--data", data, *words)
    assert "UNET_BOOK_CACHE" in text and str(file) in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(trained, tmp_path, capsys):
    folder, framework = trained
    out = tmp_path / "out"
    out.mkdir()
    (out / "2.png").write_bytes(b"old")
    # The temporary file of this mask ends up on a device that is always full.
    (out / ".2.png.part").symlink_to("/dev/full")
    images = ("--images", folder / "data" / "images", "--out", out)
    text = error_of(capsys, "predict", "--weights", weights(folder, framework), *images)
    assert "2.png" in text and "No space left" in text and "free space" in text
    assert (out / "2.png").read_bytes() == b"old"
    assert not list(out.glob(".*"))


def test_files_that_hold_no_weights(trained, tmp_path, capsys):
    folder, framework = trained
    images = ("--images", folder / "data" / "images", "--out", tmp_path / "out")

    def error(path: Path) -> str:
        return error_of(capsys, "predict", "--weights", path, *images)

    assert "there is no file of weights" in error(tmp_path / "none.safetensors")
    assert "is a folder" in error(folder)
    text = tmp_path / "text.keras"
    text.write_text("no weights")
    assert "holds no weights" in error(text)
    real = weights(folder, framework).read_bytes()
    cut = tmp_path / f"cut{weights(folder, framework).suffix}"
    cut.write_bytes(real[: len(real) // 2])
    assert str(cut) in error(cut)
    if framework == "pytorch":
        from safetensors.numpy import save_file

        assert "model.safetensors beside it" in error(folder / "run" / "checkpoint.pt")
        foreign = tmp_path / "foreign.safetensors"
        save_file({"a": np.zeros(3)}, foreign)
    else:
        foreign = tmp_path / "foreign.keras"
        with zipfile.ZipFile(foreign, "w") as archive:
            archive.writestr("config.json", '{"class_name": "Sequential"}')
    assert str(foreign) in error(foreign)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_weights_of_another_spec(trained, tmp_path, capsys):
    folder, framework = trained
    out = tmp_path / "run"
    shutil.copytree(folder / "run", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    more = ("--epochs", "2", "--resume", "--classes", "3")
    assert train(folder / "data", out, *more, framework=framework) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and "classes" in error and "spec" in error
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_pictures_that_share_or_would_lose_their_names(trained, tmp_path, capsys):
    folder, framework = trained
    pictures = draw(tmp_path / "data") / "images"
    words = ("--weights", weights(folder, framework), "--images")
    text = error_of(capsys, "predict", *words, pictures, "--out", pictures)
    assert "would take its place" in text
    Image.new("RGB", (8, 8)).save(pictures / "1.jpg")
    text = error_of(capsys, "predict", *words, pictures, "--out", tmp_path / "out")
    assert "1.jpg" in text and "1.png" in text
    (tmp_path / "none").mkdir()
    text = error_of(capsys, "predict", *words, tmp_path / "none", "--out", "out")
    assert "no pictures in" in text
    text = error_of(capsys, "predict", *words, tmp_path / "no", "--out", "out")
    assert "there is no file or folder" in text


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_loss_that_is_no_number(framework, tmp_path, capsys, monkeypatch):
    wild = recipe.Recipe(
        optimizer="sgd", learning_rate=1e38, schedule=None, precision="float32"
    )
    monkeypatch.setitem(commands.RECIPES, "sound", wild)
    folder, out = draw(tmp_path / "data"), tmp_path / "run"
    assert train(folder, out, "--epochs", "9", framework=framework) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: the loss is") and "learning" in error


def test_a_framework_that_is_missing(tmp_path, capsys, monkeypatch):
    there = frameworks.util.find_spec
    monkeypatch.setattr(
        frameworks.util,
        "find_spec",
        lambda name: None if name == "tensorflow" else there(name),
    )
    folder = draw(tmp_path / "data")
    words = ("--data", folder, "--framework", "keras", "--out", tmp_path / "run")
    text = error_of(capsys, "train", *words)
    assert "tensorflow missing" in text and "pip install" in text
    assert main(["info"]) == 0
    assert "not installed (tensorflow missing)" in capsys.readouterr().out
    assert frameworks.framework().name == "pytorch"


def test_debug_shows_where_an_error_came_from(tmp_path):
    with pytest.raises(FileNotFoundError):
        main(["train", "--debug", "--data", str(tmp_path / "no"), "--out", "run"])


# The smaller commands


def test_info_and_version(capsys, tmp_path, monkeypatch):
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    for name in ("torch", "accelerate", "keras", "tensorflow"):
        assert f"{name} {version(name)}" in text
    assert str(tmp_path / "cache") in text and "no photographs" in text
    monkeypatch.setenv("OXFORD_PETS_DIR", str(tmp_path))
    assert main(["info"]) == 0
    assert "annotations" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and "helpers 0." in capsys.readouterr().out


def test_download_tells_what_went_wrong(capsys, monkeypatch, tmp_path):
    def fails(root):
        raise ValueError(f"sha256 of {root}/images.tar.gz\ndoes not match")

    monkeypatch.setattr(download, "download", fails, raising=False)
    text = error_of(capsys, "download", "--root", tmp_path)
    assert f"sha256 of {tmp_path}/images.tar.gz does not match" in text
    monkeypatch.setattr(download, "download", lambda root: root, raising=False)
    assert main(["download", "--root", str(tmp_path)]) == 0
    assert str(tmp_path) in capsys.readouterr().out


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = (
        "import sys; from helpers.__main__ import main;"
        "main(['train', '--preset', 'none']);"
        "sys.exit(bool({'torch', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert run.returncode == 0 and b"'none' is not known" in run.stderr
