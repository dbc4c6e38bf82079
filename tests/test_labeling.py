"""Masks at the size of the picture, whatever size the network takes."""

import numpy as np
import pytest
from skimage.transform import resize

from helpers import labeling, spec

TINY = spec.UNetSpec(classes=2, widths=(2, 4), convs=1)


def test_probabilities_are_resized_before_classes_are_chosen():
    rng = np.random.default_rng(0)
    for classes in (1, 3, 7):
        p = (
            rng.dirichlet(np.ones(classes), (12, 16))
            if classes > 1
            else rng.random((12, 16, 1))
        )
        large = resize(p, (50, 33), order=1, mode="edge", anti_aliasing=False)
        expected = large.argmax(-1) if classes > 1 else large[..., 0] > 0.5
        found = labeling.to_mask(p, 50, 33)
        assert found.shape == (50, 33) and found.dtype == np.uint8
        # Where two classes are all but equal, rounding decides.
        assert (found == expected).mean() > 0.995


@pytest.mark.parametrize("net", [spec.PAPER, TINY.replace(padding="valid"), TINY])
@pytest.mark.parametrize("size", [15, 16, 40])
def test_a_frame_makes_up_for_what_padding_or_divisors_take(net, size):
    """A network that echoes its input shows where each answer comes from."""

    def echo(images: np.ndarray) -> np.ndarray:
        net.check_size(*images.shape[1:3])
        side = net.output_size(images.shape[1])
        cut = (images.shape[1] - side) // 2
        return images[:, cut : cut + side, cut : cut + side].astype(np.float32)

    images = np.random.default_rng(0).integers(0, 255, (2, size, size, 1), np.uint8)
    found = labeling.Labeler(echo, net, size).probabilities(images)
    np.testing.assert_array_equal(found, images)


def test_class_names_are_made_up_where_there_are_none():
    pets = labeling.Labeler(None, spec.PETS, 160, ("pet", "background", "border"))
    assert labeling.class_names(pets) == ("pet", "background", "border")
    nameless = labeling.Labeler(None, spec.PETS, 160)
    assert labeling.class_names(nameless) == ("class 0", "class 1", "class 2")
    assert len(labeling.class_names(labeling.Labeler(None, spec.ELLIPSES, 64))) == 2
