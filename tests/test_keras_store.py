"""Files of weights in Keras: whole, and clear about what they are not."""

import errno
import zipfile

import keras
import numpy as np
import pytest

import helpers.keras
from helpers.keras import store
from helpers.keras.base import note
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(in_channels=1, widths=(2, 4), convs=1, padding="valid", up="shuffle")


@pytest.fixture
def saved(tmp_path):
    model = helpers.keras.build(SPEC, seed=7)
    note(model, 255.0, (40, 36), ("other", "cell"))
    helpers.keras.save(model, tmp_path / "model.keras")
    return model, tmp_path / "model.keras"


def test_a_file_carries_spec_and_notes(saved):
    model, path = saved
    again = helpers.keras.load(path, SPEC)
    assert again.spec == SPEC
    assert (again.image_range, again.size) == (255.0, (40, 36))
    assert again.class_names == ("other", "cell")
    for a, b in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_valid_padding_predicts_and_scores_the_middle(saved):
    model, _ = saved
    size = SPEC.valid_sizes(20, number=1)[0]
    images = np.random.default_rng(0).integers(0, 256, (3, size, size, 1), np.uint8)
    p = helpers.keras.predict(model, images, batch_size=2)
    side = SPEC.output_size(size)
    assert p.shape == (3, side, side, 1)
    lost = (size - side) // 2
    middle = np.random.default_rng(1).integers(0, 2, (3, side, side), np.uint8)
    masks = np.pad(middle, ((0, 0), (lost, lost), (lost, lost)))
    found = helpers.keras.evaluate(model, Samples(images, masks))
    right = (p[..., 0] > 0.5) == middle
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["confusion"].sum() == middle.size


def test_flip_averages_with_the_mirrored_image(saved):
    model, _ = saved
    size = SPEC.valid_sizes(20, number=1)[0]
    images = np.random.default_rng(0).random((2, size, size, 1), np.float32)
    plain = helpers.keras.predict(model, images)
    mirrored = helpers.keras.predict(model, images[:, :, ::-1])[:, :, ::-1]
    both = helpers.keras.predict(model, images, flip=True)
    np.testing.assert_allclose(both, (plain + mirrored) / 2, atol=1e-6)
    assert np.abs(plain - mirrored).max() > 1e-4


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((8, 8, 1), np.uint8), r"images\[None\]"),
        (np.zeros((1, 8, 8, 3), np.uint8), r"expected \(N, H, W, 1\)"),
        (np.zeros((1, 8, 8, 1), np.int64), "dtype int64; expected uint8"),
        (np.full((1, 8, 8, 1), 200.0), "reach from 200 to 200.*divide"),
        (np.full((1, 8, 8, 1), np.nan), "finite"),
    ],
)
def test_bad_images_are_refused(saved, images, message):
    with pytest.raises(ValueError, match=message):
        helpers.keras.predict(saved[0], images)


@pytest.mark.parametrize("skip", ["concat", "none"])
def test_a_misfit_is_refused_after_sizes_that_fit(skip):
    """From the second size on, TensorFlow's graph has none that could be checked."""
    model = helpers.keras.build(UNetSpec(1, widths=(2, 2, 2), convs=1, skip=skip))
    for side in (8, 12):
        p = helpers.keras.predict(model, np.zeros((1, side, side, 1), np.uint8))
        assert p.shape == (1, side, side, 1)
    with pytest.raises(ValueError, match=r"width 14.*nearest sizes.* are 12 and 16"):
        helpers.keras.predict(model, np.zeros((1, 12, 14, 1), np.uint8))


def test_other_models_are_refused():
    plain = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 1)])
    with pytest.raises(ValueError, match="Sequential is not a U-Net"):
        helpers.keras.predict(plain, np.zeros((1, 8, 8, 1)))


def test_weights_of_another_spec_name_the_fields(saved):
    other = SPEC.replace(up="bilinear", classes=3)
    with pytest.raises(ValueError, match=r"classes \(1 in.*3 exp.*up \('shuffle' in"):
        helpers.keras.load(saved[1], other)
    model = helpers.keras.build(other)
    before = model.get_weights()
    with pytest.raises(ValueError, match="another spec"):
        store.load_weights(model, saved[1])
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_what_is_no_such_file_is_named(saved, tmp_path):
    _, path = saved
    with pytest.raises(FileNotFoundError, match=r"no file .*nothing\.keras"):
        helpers.keras.load(tmp_path / "nothing.keras")
    text = tmp_path / "text.keras"
    text.write_text("no weights")
    with pytest.raises(ValueError, match=r"text\.keras is not a Keras file"):
        helpers.keras.load(text)
    short = tmp_path / "short.keras"
    short.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ValueError, match=r"short\.keras is not a Keras file"):
        helpers.keras.load(short)
    damaged = tmp_path / "damaged.keras"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    damaged.write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged\.keras is (damaged|not a Keras)"):
        helpers.keras.load(damaged)
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    plain.save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match=r"plain\.keras holds a 'Sequential'"):
        helpers.keras.load(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match=r"not how far its training was"):
        store.read_state(path)
    with pytest.raises(ValueError, match=r"\.keras;"):
        helpers.keras.save(saved[0], tmp_path / "model.h5")


def test_a_full_disk_leaves_the_old_file(saved, monkeypatch):
    model, path = saved
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match=r"cannot write .*model\.keras.*free space"):
        helpers.keras.save(model, path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["model.keras"]
    (path.parent / "file").touch()
    with pytest.raises(OSError, match=r"cannot write .*another folder"):
        helpers.keras.save(model, path.parent / "file" / "m.keras")
