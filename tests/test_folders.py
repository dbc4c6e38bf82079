"""Folders of images and masks: pairing, odd files, and the cache."""

import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from helpers import folders
from helpers.folders import Pair, pair, read
from helpers.samples import Samples


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("UNET_BOOK_CACHE", str(folder))
    return folder


def picture(seed, height=40, width=50):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def fill(root, count=6, low=0, high=3):
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for i in range(count):
        picture(i).save(root / "images" / f"pet_{i}.jpg", quality=95)
        rng = np.random.default_rng(i)
        mask = rng.integers(low, high, (40, 50), dtype=np.uint8)
        Image.fromarray(mask).save(root / "masks" / f"pet_{i}.png")
    return root


def pairs_in(root):
    return pair(root / "images", root / "masks")


def test_pairs_by_name_and_passes_strays_over(tmp_path):
    root = fill(tmp_path / "set")
    (root / "images" / "pet_0.mat").write_bytes(b"MATLAB")
    (root / "images" / "Thumbs.db").write_bytes(b"x")
    (root / "masks" / "._pet_0.png").write_bytes(b"Mac")
    (root / "masks" / ".DS_Store").write_bytes(b"Mac")
    found = pairs_in(root)
    assert [p.name for p in found] == [f"pet_{i}" for i in range(6)]
    assert found[2].image == root / "images" / "pet_2.jpg"
    assert found[2].mask == root / "masks" / "pet_2.png"


def test_masks_called_name_mask(tmp_path):
    root = fill(tmp_path / "set", 2)
    for path in list((root / "masks").iterdir()):
        path.rename(path.with_name(path.stem + "_mask.png"))
    assert [p.name for p in pairs_in(root)] == ["pet_0", "pet_1"]


def test_lonely_files_are_named(tmp_path):
    root = fill(tmp_path / "set")
    (root / "masks" / "pet_1.png").unlink()
    (root / "images" / "pet_4.jpg").unlink()
    with pytest.warns(UserWarning) as caught:
        assert len(pairs_in(root)) == 4
    texts = [str(w.message) for w in caught]
    assert texts == [
        "left out 1 images without a mask: pet_1",
        "left out 1 masks without an image: pet_4",
    ]


def test_folders_without_pairs(tmp_path):
    root = fill(tmp_path / "set")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no pictures in .*empty"):
        pair(tmp_path / "empty", root / "masks")
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        pair(tmp_path / "nowhere", root / "masks")
    for path in (root / "masks").iterdir():
        path.rename(path.with_name("other_" + path.name))
    with pytest.raises(ValueError, match=r"no image of .* mask of the same name"):
        pairs_in(root)
    picture(0).save(root / "images" / "pet_0.png")
    with pytest.raises(ValueError, match=r"pet_0\.jpg and pet_0\.png .* rename"):
        pairs_in(root)
    with pytest.raises(ValueError, match="no pairs to read"):
        read([], 32)


@pytest.mark.parametrize("cached", [False, True])
def test_read_gives_what_pillow_gives(tmp_path, cached):
    root = fill(tmp_path / "set")
    samples = read(pairs_in(root), (24, 32), cache=cached, class_names=("a", "b", "c"))
    assert isinstance(samples, Samples) and samples.source == str(root / "images")
    assert samples.images.shape == (6, 24, 32, 3) and samples.masks.shape == (6, 24, 32)
    assert samples.class_names == ("a", "b", "c")
    for i, name in enumerate(samples.names):
        image = Image.open(root / "images" / f"{name}.jpg")
        image = np.asarray(image.resize((32, 24), Image.Resampling.BILINEAR), int)
        assert np.abs(samples.images[i] - image).mean() < 4
        mask = Image.open(root / "masks" / f"{name}.png")
        mask = np.asarray(mask.resize((32, 24), Image.Resampling.NEAREST))
        assert (samples.masks[i] == mask).all()


def test_threads_do_not_change_the_result(tmp_path):
    pairs = pairs_in(fill(tmp_path / "set", 12))
    one, many = (read(pairs, 32, cache=False, workers=w) for w in (1, 7))
    assert (one.images == many.images).all() and (one.masks == many.masks).all()


def test_second_read_decodes_nothing(tmp_path, monkeypatch):
    pairs = pairs_in(fill(tmp_path / "set"))
    first = read(pairs, 32)

    def never(*_):
        raise AssertionError("decoded again")

    monkeypatch.setattr(folders, "read_pair", never)
    second = read(pairs, 32)
    assert isinstance(second.images, np.memmap)
    assert (first.images == second.images).all() and first.names == second.names
    with pytest.raises(ValueError, match="read-only"):
        second.images[0] = 0


def test_cache_follows_what_it_was_made_from(tmp_path):
    root = fill(tmp_path / "set")
    pairs = pairs_in(root)
    first = read(pairs, 32)
    assert read(pairs, 48).images.shape[1] == 48
    assert len(read(pairs[:3], 32)) == 3
    before = np.array(first.images[0])
    picture(99).save(root / "images" / "pet_0.jpg", quality=95)
    assert (read(pairs, 32).images[0] != before).any()


def test_same_length_and_name_but_other_time(tmp_path):
    root = fill(tmp_path / "set", 2)
    pairs = pairs_in(root)
    read(pairs, 32)
    path = pairs[0].mask
    mask = np.asarray(Image.open(path)).copy()
    Image.fromarray(2 - mask).save(path)
    os.utime(path, (1, 1))
    assert (read(pairs, (40, 50)).masks[0] == 2 - mask).all()


@pytest.mark.parametrize("cached", [False, True])
def test_damaged_pairs_are_left_out_with_one_warning(tmp_path, cached):
    root = fill(tmp_path / "set")
    cut = root / "images" / "pet_1.jpg"
    cut.write_bytes(cut.read_bytes()[:300])
    (root / "masks" / "pet_4.png").write_bytes(b"no picture")
    pairs = pairs_in(root)
    with pytest.warns(UserWarning, match="left out 2 damaged: pet_1, pet_4") as caught:
        samples = read(pairs, 32, cache=cached)
    assert len(caught) == 1
    assert samples.names == ("pet_0", "pet_2", "pet_3", "pet_5")
    whole = read([p for p in pairs if p.name in samples.names], 32, cache=False)
    assert (samples.images == whole.images).all()
    assert (samples.masks == whole.masks).all()


def test_nothing_readable(tmp_path, cache):
    root = fill(tmp_path / "set", 2)
    for path in (root / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"none of the 2 pairs.*pet_0\.jpg"):
        read(pairs_in(root), 32)
    assert not list((cache / "arrays").iterdir())


def test_errors_leave_nothing_in_the_cache(tmp_path, cache):
    root = fill(tmp_path / "set")
    Image.fromarray(np.zeros((41, 50), np.uint8)).save(root / "masks" / "pet_3.png")
    with pytest.raises(ValueError, match=r"pet_3\.jpg is 50x40 .*pet_3\.png is 50x41"):
        read(pairs_in(root), 32)
    assert not list((cache / "arrays").iterdir())
    gone = [Pair("gone", root / "images" / "gone.jpg", root / "masks" / "pet_0.png")]
    with pytest.raises(FileNotFoundError, match="gone"):
        read(gone, 32)


def test_trimaps_count_from_one(tmp_path):
    root = fill(tmp_path / "set", low=1, high=4)
    samples = read(pairs_in(root), 32, mask_offset=1)
    assert set(np.unique(samples.masks)) == {0, 1, 2}
    other = fill(tmp_path / "other")
    with pytest.raises(ValueError, match=r"holds the value 0, but mask_offset=1"):
        read(pairs_in(other), 32, mask_offset=1)


def test_odd_files_in_one_folder(tmp_path):
    root = fill(tmp_path / "set", 0)
    odd = {
        "cmyk": ("jpg", lambda p: picture(1).convert("CMYK").save(p)),
        "gray": ("jpg", lambda p: picture(2).convert("L").save(p)),
        "gif": ("jpg", lambda p: picture(3).save(p, format="GIF")),
        "png": ("jpg", lambda p: picture(4).convert("RGBA").save(p, format="PNG")),
        "palette": ("png", lambda p: picture(5).quantize(16).save(p, transparency=0)),
        "deep": ("png", lambda p: Image.fromarray(
            np.asarray(picture(6).convert("L")).astype(np.uint16) * 257).save(p)),
    }  # fmt: skip
    for name, (ending, save) in odd.items():
        save(root / "images" / f"{name}.{ending}")
        Image.new("L", (50, 40), 1).save(root / "masks" / f"{name}.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = read(pairs_in(root), 32)
    assert samples.names == tuple(sorted(odd))
    for i, name in enumerate(samples.names):
        if name == "palette":  # one of its colors became white
            continue
        number = [*odd].index(name) + 1
        kind = "L" if name in ("gray", "deep") else "RGB"
        expected = picture(number).resize((32, 32), Image.Resampling.BILINEAR)
        expected = np.asarray(expected.convert(kind).convert("RGB"), int)
        assert np.abs(samples.images[i] - expected).mean() < 8, name


def test_a_kill_midway_leaves_nothing_to_trust(tmp_path, cache):
    root = fill(tmp_path / "set", 30)
    code = (
        "import sys, time\n"
        "from helpers import folders, pictures\n"
        "real = folders.read_pair\n"
        "def slow(*a):\n"
        "    real(*a); print('one', flush=True); time.sleep(0.2)\n"
        "folders.read_pair = slow\n"
        f"folders.read(folders.pair({str(root / 'images')!r}, "
        f"{str(root / 'masks')!r}), 32, workers=1)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    left = list((cache / "arrays").iterdir())
    assert [p.suffix for p in left] == [".partial"]  # cut off midway, as meant
    samples = read(pairs_in(root), 32)
    fresh = read(pairs_in(root), 32, cache=False)
    assert (samples.images == fresh.images).all() and len(samples) == 30
    os.utime(left[0], (time.time() - 7200,) * 2)  # later runs sweep it away
    read(pairs_in(root), 16)
    assert not left[0].exists()


def test_progress_goes_to_stderr_only(tmp_path, capsys):
    read(pairs_in(fill(tmp_path / "set")), 32)
    assert capsys.readouterr().out == ""
