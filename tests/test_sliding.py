"""Patches against the convolution of the same weights, in both frameworks."""

import keras
import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from helpers import parity, sliding
from helpers.keras import sliding as in_keras
from helpers.pytorch import sliding as in_pytorch
from helpers.sliding import Patches

LAYOUTS = [
    Patches(),
    Patches(in_channels=1, kernel=2, widths=(3, 5), dense=3, hidden=4, classes=1),
]


def image(layout, size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((size, size + 3, layout.in_channels), np.float32)


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(array, -1, -3)))


def test_windows():
    assert Patches().window == 25
    assert [layout.window for layout in LAYOUTS] == [25, 15]


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ({"kernel": 3}, "window of 22 pixels, which has no middle"),
        ({"dense": 0}, "dense 0 is not a whole number above 0"),
        ({"widths": (8, 0)}, "widths 0"),
        ({"widths": (8,)}, "expected 2 numbers"),
        ({"hidden": True}, "hidden True"),
    ],
)
def test_bad_layouts_are_refused(field, hint):
    with pytest.raises(ValueError, match=hint):
        Patches(**field)


def test_patches_are_the_slices():
    picture = image(Patches(), 30)
    found = sliding.patches(picture, 25)
    assert found.shape == (6, 9, 25, 25, 3)
    for row, column in ((0, 0), (5, 8), (2, 7)):
        window = picture[row : row + 25, column : column + 25]
        assert (found[row, column] == window).all()
    with pytest.raises(ValueError, match="at least 25"):
        sliding.patches(picture[:24], 25)


def test_a_frame_gives_each_pixel_its_window():
    picture = image(Patches(), 30)
    framed = sliding.framed(picture[None], 25)[0]
    found = sliding.patches(framed, 25)
    assert found.shape[:2] == picture.shape[:2]
    assert (found[:, :, 12, 12] == picture).all()
    mirrored = torch.nn.functional.pad(tensor(picture), [12] * 4, mode="reflect")
    assert (tensor(framed) == mirrored).all()


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_everywhere_equals_every_patch_in_pytorch(layout):
    net = in_pytorch.PatchClassifier(layout, seed=3).double()
    picture = image(layout, layout.window + 6).astype(np.float64)
    found = sliding.patches(picture, layout.window)
    one_by_one = net(tensor(found.reshape(-1, *found.shape[2:])))
    at_once = net.everywhere(tensor(picture)[None])[0]
    at_once = at_once.permute(1, 2, 0).reshape(one_by_one.shape)
    assert torch.allclose(one_by_one, at_once, atol=1e-12, rtol=0)
    coarse = net.coarse(tensor(picture)[None])
    fine = net.everywhere(tensor(picture)[None])
    assert torch.allclose(coarse, fine[..., ::4, ::4], atol=1e-12, rtol=0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_everywhere_equals_every_patch_in_keras(layout):
    model = in_keras.PatchClassifier(layout, seed=3)
    picture = image(layout, layout.window + 6)
    found = sliding.patches(picture, layout.window)
    one_by_one = model(found.reshape(-1, *found.shape[2:]))
    at_once = model.everywhere(picture[None])
    difference = np.reshape(at_once, one_by_one.shape) - one_by_one
    assert np.abs(difference).max() < 1e-5
    coarse = model.coarse(picture[None])
    assert np.abs(coarse - at_once[:, ::4, ::4]).max() < 1e-5


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_both_frameworks_agree(layout):
    net = in_pytorch.PatchClassifier(layout, seed=5)
    model = in_keras.PatchClassifier(layout)
    parity.copy_patches(net, model)
    picture = image(layout, 40)
    ours = net.everywhere(tensor(picture)[None]).permute(0, 2, 3, 1).numpy()
    theirs = keras.ops.convert_to_numpy(model.everywhere(picture[None]))
    assert np.abs(ours - theirs).max() < 1e-5


def test_a_seed_decides_the_weights_and_leaves_the_others_alone():
    torch.manual_seed(0)
    wanted = torch.rand(1)
    torch.manual_seed(0)
    one, two = (in_pytorch.PatchClassifier(Patches(), seed=1) for _ in range(2))
    assert torch.equal(one.conv1.weight, two.conv1.weight)
    assert torch.rand(1) == wanted
    one, two = (in_keras.PatchClassifier(Patches(), seed=s) for s in (1, 2))
    assert np.abs(one.conv1.kernel - two.conv1.kernel).max() > 0


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_costs_are_those_that_pytorch_counts(layout):
    net = in_pytorch.PatchClassifier(layout)
    size = layout.window + 9
    picture = tensor(np.zeros((size, size, layout.in_channels), np.float32))[None]
    window = layout.window
    every = torch.zeros(10 * 10, layout.in_channels, window, window)
    runs = {
        "patches": lambda: net(every),
        "everywhere": lambda: net.everywhere(picture),
        "coarse": lambda: net.coarse(picture),
    }
    for how, run in runs.items():
        with FlopCounterMode(display=False) as counter:
            run()
        assert 2 * sum(layout.costs(size, how).values()) == counter.get_total_flops()


def test_costs_name_what_is_wrong():
    with pytest.raises(ValueError, match="take 'patches', 'everywhere' or 'coarse'"):
        Patches().costs(64, "fast")
    with pytest.raises(ValueError, match="less than the window 25"):
        Patches().costs(24, "patches")
