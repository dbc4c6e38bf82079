"""Samples from a folder or from nothing, split and in the channels of a network."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from helpers import datasets, shapes, spec
from helpers.budget import BUDGETS

NET = spec.UNetSpec(widths=(2, 4))


def test_gray_images_for_a_network_of_one_channel():
    samples = shapes.make(3, 32, seed=1)
    gray = datasets.as_channels(samples, 1)
    assert gray.images.shape == (3, 32, 32, 1)
    expected = [
        np.asarray(Image.fromarray(image).convert("L")) for image in samples.images
    ]
    np.testing.assert_allclose(gray.images[..., 0].astype(int), expected, atol=1)
    assert datasets.as_channels(samples, 3) is samples
    # Nothing can be made of two channels; `check_samples` says so later.
    assert datasets.as_channels(samples, 2) is samples


@pytest.fixture
def folder(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for k in range(20):
        value = np.full((8, 8), k, np.uint8)
        Image.fromarray(value).save(tmp_path / "images" / f"{k:02}.png")
        Image.fromarray(value).save(tmp_path / "masks" / f"{k:02}.png")
    return tmp_path


def test_a_plain_folder_is_split_at_random_by_its_seed(folder, monkeypatch):
    monkeypatch.setenv("UNET_BOOK_CACHE", str(folder / "cache"))

    def names(seed: int, **limits) -> tuple[tuple, tuple]:
        limits = replace(BUDGETS["small"], **limits)
        parts = datasets.open_data(folder, NET, 8, limits, seed=seed)
        for part in parts:
            for name, image, mask in zip(part.names, part.images, part.masks):
                assert (image == int(name)).all() and (mask == int(name)).all()
        return parts[0].names, parts[1].names

    train, held_out = names(0)
    assert len(train) == 16 and len(held_out) == 4
    assert sorted(train + held_out) == [f"{k:02}" for k in range(20)]
    assert held_out != ("16", "17", "18", "19")
    assert names(0) == (train, held_out) != names(1)
    few, tested = names(0, images=8)
    assert len(few) == 8 and len(tested) == 2
    assert max(int(name) for name in few + tested) > 10


def test_drawn_shapes_fill_the_budget():
    limits = replace(BUDGETS["small"], shapes=8)
    train, held_out = datasets.open_data(None, NET, 32, limits, draw_shapes=True)
    assert (len(train), len(held_out)) == (8, 2)
    assert train.source == "shapes" and train.images.shape == (8, 32, 32, 3)


def test_an_offset_is_refused_where_trimaps_have_their_own(tmp_path):
    (tmp_path / "annotations" / "trimaps").mkdir(parents=True)
    with pytest.raises(ValueError, match="mask_offset 1 does not go with trimaps"):
        datasets.open_data(tmp_path, NET, 16, BUDGETS["small"], mask_offset=1)
