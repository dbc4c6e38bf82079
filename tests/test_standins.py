"""The stand-ins: the official layout, the real shares, and no easy way out."""

import os
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from helpers import pets, standins
from helpers.standins.drawings import BREEDS, draw_one

COUNT = 36


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return standins.draw(tmp_path_factory.mktemp("drawn") / "set", count=COUNT, seed=1)


@pytest.fixture(scope="module")
def samples(root):
    return pets.load("all", root=root, cache=False)


def mean_iou(predicted, masks):
    table = np.bincount(3 * masks.ravel().astype(int) + predicted.ravel(), minlength=9)
    table = table.reshape(3, 3)
    hit = np.diag(table)
    return np.mean(hit / (table.sum(0) + table.sum(1) - hit))


def test_layout(root):
    stems = {p.stem for p in (root / "images").iterdir()}
    assert len(stems) == COUNT
    assert {p.stem for p in (root / "annotations" / "trimaps").iterdir()} == stems
    for name in stems:
        assert name[0].isupper() == (BREEDS[name.rsplit("_", 1)[0]] == "cat")
        image = Image.open(root / "images" / f"{name}.jpg")
        trimap = Image.open(root / "annotations" / "trimaps" / f"{name}.png")
        assert (image.format, image.mode) == ("JPEG", "RGB") and trimap.mode == "L"
        assert image.size == trimap.size
        assert max(image.size) == 300 and 220 <= min(image.size) <= 300
        assert set(np.unique(np.asarray(trimap))) <= {1, 2, 3}


def test_lists(root):
    def lines(name):
        text = (root / "annotations" / name).read_text().splitlines()
        return [line.split() for line in text if not line.startswith("#")]

    everything, train, test = map(lines, ("list.txt", "trainval.txt", "test.txt"))
    assert sorted(train + test) == sorted(everything) and len(everything) == COUNT
    assert abs(len(train) - len(test)) <= len(BREEDS)
    for name, class_id, species, breed in everything:
        kind = BREEDS[name.rsplit("_", 1)[0]]
        assert 1 <= int(class_id) <= 3 and int(species) == 1 + (kind == "dog")
        assert 1 <= int(breed) <= 2
    for part in (train, test):  # every breed in both
        assert {line[1] for line in part} == {"1", "2", "3"}


def test_head_boxes(root):
    for path in (root / "annotations" / "xmls").iterdir():
        tree = ElementTree.parse(path)
        width, height = (int(tree.findtext(f"size/{k}")) for k in ("width", "height"))
        box = [int(tree.findtext(f"object/bndbox/{k}"))
               for k in ("xmin", "ymin", "xmax", "ymax")]  # fmt: skip
        assert 0 <= box[0] < box[2] < width and 0 <= box[1] < box[3] < height
        trimap = np.asarray(
            Image.open(root / "annotations" / "trimaps" / f"{path.stem}.png")
        )
        assert (trimap[box[1] : box[3], box[0] : box[2]] != 2).mean() > 0.5
        assert tree.findtext("object/name") == BREEDS[path.stem.rsplit("_", 1)[0]]


def test_shares_are_near_the_real_ones(samples):
    shares = np.bincount(samples.masks.ravel()) / samples.masks.size
    assert np.abs(shares - (0.28, 0.595, 0.126)).max() < 0.06


def test_the_border_lies_between_pet_and_background(root):
    for path in sorted((root / "annotations" / "trimaps").iterdir())[:12]:
        trimap = np.asarray(Image.open(path))
        border = trimap == 3
        depth = ndimage.distance_transform_edt(border)[border]
        assert 2 <= np.median(depth) <= 5  # a band of about ten pixels
        near_pet = ndimage.binary_dilation(trimap == 1)
        assert not (near_pet & (trimap == 2)).any()


def test_a_constant_answer_fails(samples):
    background = np.ones_like(samples.masks, int)
    assert (samples.masks == 1).mean() < 0.7
    assert mean_iou(background, samples.masks) < 0.25


def test_color_alone_fails(samples):
    """The best answer per color (16 steps a channel), from half of the pictures."""
    colors = (samples.images // 16).astype(int) @ (256, 16, 1)
    train, test = slice(0, None, 2), slice(1, None, 2)
    masks = samples.masks
    table = np.stack([
        np.bincount(colors[train][masks[train] == k], minlength=4096) for k in range(3)
    ])  # fmt: skip
    for weights in (1, 1 / table.sum(1, keepdims=True)):
        best = (table * weights).argmax(0)
        assert mean_iou(best[colors[test]], masks[test]) < 0.42


def test_a_linear_rule_on_color_fails(samples):
    pixels = samples.images.reshape(-1, 3) / 255
    x = np.column_stack([pixels, pixels**2, np.ones(len(pixels))])
    half = len(x) // 2
    target = np.eye(3)[samples.masks.reshape(-1)]
    weights = np.linalg.lstsq(x[:half:7], target[:half:7], rcond=None)[0]
    answer = (x[half:] @ weights).argmax(1)
    assert mean_iou(answer, samples.masks.reshape(-1)[half:]) < 0.4


def test_place_alone_fails(samples):
    """The most frequent class at each place, found on the very same pictures."""
    counts = np.stack([(samples.masks == k).sum(0) for k in range(3)])
    answer = np.broadcast_to(counts.argmax(0), samples.masks.shape)
    assert mean_iou(answer, samples.masks) < 0.5


def test_the_same_seed_draws_the_same():
    for breed in BREEDS:
        one, two, other = (draw_one(breed, np.random.default_rng(s)) for s in (3, 3, 4))
        assert (one[0] == two[0]).all() and (one[1] == two[1]).all()
        assert one[2] == two[2]
        assert one[0].shape != other[0].shape or (one[0] != other[0]).any()


def test_threads_do_not_change_the_drawings(tmp_path):
    one, many = (standins.draw(tmp_path / str(w), 6, 1, workers=w) for w in (1, 4))
    for path in (one / "images").iterdir():
        assert path.read_bytes() == (many / "images" / path.name).read_bytes()


def test_drawn_once_and_atomically(tmp_path, monkeypatch):
    monkeypatch.setenv("UNET_BOOK_CACHE", str(tmp_path))
    first = standins.draw(count=6)
    times = {p: p.stat().st_mtime_ns for p in first.rglob("*")}
    assert standins.draw(count=6) == first
    assert {p: p.stat().st_mtime_ns for p in first.rglob("*")} == times

    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(standins, "_draw_and_save", broken)
    with pytest.raises(KeyboardInterrupt):
        standins.draw(count=9)
    assert [p.name for p in (tmp_path / "stand-ins").iterdir()] == [first.name]


def test_errors(tmp_path, root):
    with pytest.raises(ValueError, match="count 5 is too small"):
        standins.draw(tmp_path / "few", count=5)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="something else"):
        standins.draw(tmp_path)
    with pytest.raises(FileExistsError, match="something else"):
        standins.draw(root, count=COUNT, seed=2)  # other drawings than those
    with pytest.raises(OSError, match=r"cannot write.*UNET_BOOK_CACHE"):
        standins.draw(tmp_path / "notes.txt" / "set")


def test_nothing_is_left_on_a_full_disk(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(standins.Image.Image, "save", full)
    with pytest.raises(OSError, match=r"No space.*they need 0\.2 MB") as error:
        standins.draw(tmp_path / "set", count=6)
    assert str(tmp_path) in str(error.value)
    assert not list(tmp_path.iterdir())
