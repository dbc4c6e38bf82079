"""The pets: where they are looked for, how they are split, odd files included."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import pets, standins
from helpers.samples import check_samples
from helpers.spec import PETS

REAL = os.environ.get("OXFORD_PETS_DIR")
photographs = pytest.mark.skipif(
    not REAL, reason="OXFORD_PETS_DIR is not set: no photographs to test with"
)


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No variable, an empty cache, and the one line not yet printed."""
    monkeypatch.delenv("OXFORD_PETS_DIR", raising=False)
    monkeypatch.setenv("UNET_BOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pets, "_told", set())
    return tmp_path / "cache"


def fill(root, names=("Cat_1", "Cat_2", "Cat_3", "dog_1", "dog_2", "dog_3", "dog_4")):
    """A small set in the official layout with the strays of the real one."""
    images, trimaps = root / "images", root / "annotations" / "trimaps"
    images.mkdir(parents=True)
    trimaps.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in names:
        array = rng.integers(0, 256, (24, 30, 3), dtype=np.uint8)
        Image.fromarray(array).save(images / f"{name}.jpg")
        mask = rng.integers(1, 4, (24, 30), dtype=np.uint8)
        Image.fromarray(mask).save(trimaps / f"{name}.png")
        (trimaps / f"._{name}.png").write_bytes(b"Mac")
    (images / "Cat_1.mat").write_bytes(b"MATLAB")
    if "Cat_2" in names:  # a mask without a pet
        Image.fromarray(np.full((24, 30), 2, np.uint8)).save(trimaps / "Cat_2.png")
    lists = {
        "trainval": ("Cat_1", "dog_1", "dog_2", "dog_99"),
        "test": ("Cat_3", "dog_3"),
    }
    for name, listed in lists.items():
        text = "#Image CLASS-ID SPECIES BREED ID\n"
        text += "".join(f"{n} 1 1 1\n" for n in listed)
        (root / "annotations" / f"{name}.txt").write_text(text)
    return root


def names(pairs):
    return [p.name for p in pairs]


def test_find_prefers_the_variable_to_the_cache(tmp_path, alone, monkeypatch):
    assert pets.find() is None
    cached = fill(alone / "oxford-pets")
    assert pets.find() == cached
    named = fill(tmp_path / "mine")
    monkeypatch.setenv("OXFORD_PETS_DIR", str(named))
    assert pets.find() == named


def test_a_variable_that_leads_nowhere_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("OXFORD_PETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=r"OXFORD_PETS_DIR=.*nowhere.*images"):
        pets.load()


def test_official_split_leaves_the_unlisted_to_all(tmp_path):
    root = fill(tmp_path / "set")
    assert names(pets.files("train", root)) == ["Cat_1", "dog_1", "dog_2"]
    assert names(pets.files("test", root)) == ["Cat_3", "dog_3"]
    assert len(pets.files("all", root)) == 7


def test_random_split_is_seeded_complete_and_mixed(tmp_path):
    root = fill(tmp_path / "set", [f"Cat_{i:03}" for i in range(100)])
    train, test = (
        names(pets.files(s, root, seed=5, fraction=0.3)) for s in ("train", "test")
    )
    assert len(test) == 30 and sorted(train + test) == names(pets.files("all", root))
    assert names(pets.files("test", root, seed=5, fraction=0.3)) == test
    assert names(pets.files("test", root, seed=6, fraction=0.3)) != test
    numbers = [int(n[4:]) for n in test]
    assert min(numbers) < 30 and max(numbers) > 70  # never a sorted tail


def test_load_gives_checked_classes(tmp_path):
    samples = pets.load("all", size=32, root=fill(tmp_path / "set"))
    assert samples.images.shape == (7, 32, 32, 3)
    assert samples.class_names == ("pet", "background", "border")
    assert samples.source == "photographs"
    assert (samples.masks[samples.names.index("Cat_2")] == 1).all()  # a mask, no pet
    check_samples(samples, PETS)


def test_limit_takes_a_mixture_and_always_the_same(tmp_path):
    root = fill(tmp_path / "set", [f"Cat_{i:03}" for i in range(100)])
    chosen = pets.load("all", size=16, root=root, limit=10).names
    assert len(chosen) == 10 and chosen != tuple(names(pets.files("all", root))[:10])
    assert pets.load("all", size=16, root=root, limit=10, cache=False).names == chosen


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"split": "val"}, ValueError, "split 'val' is unknown.*'train', 'test' or"),
        ({"split": "train", "seed": 0, "fraction": 2}, ValueError, "fraction 2"),
        ({"limit": 0}, ValueError, "limit 0"),
    ],
)
def test_bad_arguments(tmp_path, how, error, message):
    with pytest.raises(error, match=message):
        pets.load(root=fill(tmp_path / "set"), **how)


def test_missing_and_foreign_lists(tmp_path):
    root = fill(tmp_path / "set")
    (root / "annotations" / "trainval.txt").write_text("other_1 1 1 1\n")
    with pytest.raises(FileNotFoundError, match=r"no image that .*seed="):
        pets.files("train", root)
    (root / "annotations" / "test.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"test\.txt is missing.*seed="):
        pets.files("test", root)


def test_stand_ins_take_over_and_one_line_says_so(monkeypatch, capsys):
    real = standins.draw
    monkeypatch.setattr(standins, "draw", lambda: real(count=6))
    samples = pets.load(size=32)
    out = capsys.readouterr().out
    assert samples.source == "stand-ins" and len(samples) == 3
    assert out.count("\n") == 1
    assert "python -m helpers download" in out and "OXFORD_PETS_DIR" in out
    pets.load("test", size=32)
    assert capsys.readouterr().out == ""


@photographs
def test_the_real_photographs(monkeypatch):
    monkeypatch.setenv("OXFORD_PETS_DIR", REAL)
    root = pets.find()
    everything, train, test = (pets.files(s) for s in ("all", "train", "test"))
    assert not set(names(train)) & set(names(test))
    pictures = {p.stem for p in (Path(root) / "images").glob("*.jpg")}
    assert set(names(everything)) == pictures
    some = set(names(everything)[:25]) | {"Abyssinian_34", "Abyssinian_5"}
    chosen = [p for p in everything if p.name in some]
    samples = pets.folders.read(chosen, 160, mask_offset=1, cache=False)
    assert len(samples) == len(chosen)
    check_samples(samples, PETS)
    shares = np.bincount(samples.masks.ravel()) / samples.masks.size
    assert np.abs(shares - (0.28, 0.595, 0.126)).max() < 0.1
    if "Abyssinian_34" in samples.names:  # a GIF under a .jpg name, without a pet
        i = samples.names.index("Abyssinian_34")
        assert (samples.masks[i] == 1).all() and samples.images[i].std() > 10
