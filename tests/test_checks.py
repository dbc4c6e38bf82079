"""What both frameworks refuse, in words that name the value and the way out."""

import numpy as np
import pytest
import torch

from helpers import pytorch, shapes
from helpers.checks import check_images, check_run
from helpers.recipe import Recipe
from helpers.samples import Samples
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(2, 4))
IMAGES = np.zeros((2, 8, 8, 3), np.float32)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (IMAGES[0], r"shape \(8, 8, 3\).*first axis"),
        (IMAGES[..., :1], r"expected \(N, H, W, 3\)"),
        (IMAGES[:0], "at least one image"),
        (IMAGES.astype(int), "dtype int64; expected uint8"),
        (IMAGES + 255, "from 255 to 255.*divide 0..255 images by 255"),
        (IMAGES - 0.5, "from -0.5"),
        (np.where(np.arange(8)[:, None] == 5, np.nan, IMAGES), "finite"),
    ],
)
def test_images_that_no_network_takes(images, words):
    with pytest.raises(ValueError, match=words):
        check_images(images, 3)


def test_good_images_and_runs_pass(tmp_path):
    assert check_images(IMAGES, 3) is None
    assert check_images(IMAGES.astype(np.uint8), 3) is None
    data = shapes.make(4, size=16, seed=0)
    best = Recipe(keep="best", sizes=((0.5, 8),))
    assert check_run(SPEC, data, data, best, tmp_path, True) is None


@pytest.mark.parametrize(
    ("changes", "resume", "words"),
    [
        ({"keep": "best"}, False, "pass validation samples.*keep='last'"),
        ({"sizes": ((0.5, 7),)}, False, "nearest sizes that fit are 6 and 8"),
        ({}, True, "resume=True needs the folder"),
    ],
)
def test_runs_that_cannot_begin(changes, resume, words):
    data = shapes.make(4, size=16, seed=0)
    with pytest.raises(ValueError, match=words):
        check_run(SPEC, data, None, Recipe(**changes), None, resume)


@pytest.mark.parametrize(
    ("count", "batch_size", "sizes"),
    [(4, 1, ()), (5, 4, ()), (1, 8, ()), (3, 2, ((0.5, 8),))],
)
def test_batchnorm_over_a_single_value(count, batch_size, sizes):
    """PyTorch raises in the middle of an epoch, Keras goes on without the image."""
    data = shapes.make(count, size=16, seed=0)
    side = sizes[0][1] if sizes else 16
    spec = UNetSpec(widths=(2,) * (4 if side == 8 else 5), norm="batch")
    recipe = Recipe(batch_size=batch_size, sizes=sizes)
    with pytest.raises(ValueError, match=f"at {side}x{side} pixels.*norm=None"):
        check_run(spec, data, None, recipe, None, False)
    plain = spec.replace(norm=None)
    assert check_run(plain, data, None, recipe, None, False) is None
    two = recipe.replace(batch_size=max(2, count))
    if count > 1:
        assert check_run(spec, data, None, two, None, False) is None
    shallow = spec.replace(widths=(2, 2))
    assert check_run(shallow, data, None, recipe, None, False) is None


def test_batchnorm_is_refused_where_pytorch_would_raise():
    spec = UNetSpec(widths=(2,) * 5, norm="batch")
    net, one = pytorch.build(spec).train(), Recipe(batch_size=1)
    for width in (16, 32):  # at the bottom 1x1, 1x2
        images = np.zeros((1, 16, width, 3), np.float32)
        data = Samples(images, np.zeros((1, 16, width), np.uint8))
        x = torch.from_numpy(images).permute(0, 3, 1, 2)
        if width == 16:
            with pytest.raises(ValueError, match="more than 1 value"):
                net(x)
            with pytest.raises(ValueError, match="a single value"):
                check_run(spec, data, None, one, None, False)
        else:
            assert net(x).isfinite().all()
            assert check_run(spec, data, None, one, None, False) is None
