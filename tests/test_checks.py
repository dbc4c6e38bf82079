"""What both frameworks refuse, in words that name the value and the way out."""

import numpy as np
import pytest

from helpers import shapes
from helpers.checks import check_images, check_run
from helpers.recipe import Recipe
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
