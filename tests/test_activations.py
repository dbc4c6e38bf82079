"""What is kept for the backward pass: counted by hand, and against real tensors."""

import pytest
import torch

from helpers import keras as in_keras  # noqa: F401  (it prepares TensorFlow)
from helpers import pytorch
from helpers.keras.activations import made_bytes
from helpers.laddernet import LadderSpec
from helpers.pytorch import laddernet
from helpers.pytorch.activations import kept_bytes
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(4, 8), convs=1, up="nearest")


def by_address(spec, side, batch, build=pytorch.build):
    """The same with real tensors, told apart by where they lie."""
    net, kept = build(spec).train(), {}
    own = {p.data_ptr() for p in [*net.parameters(), *net.buffers()]}

    def keep(tensor):
        if tensor.data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        out = net(torch.rand(batch, spec.in_channels, side, side))
    assert out.shape[0] == batch
    return sum(storage.nbytes() for storage in kept.values())


def test_pytorch_keeps_what_can_be_counted_by_hand():
    # In float32: the image, the block below the pool and its maxima with their places
    # (8 bytes each), the bottom, its double, its ReLU, both joined, the last block.
    top, half = 64, 16
    numbers = 3 * top + 4 * top + 4 * half + 8 * half
    numbers += 8 * top + 4 * top + 8 * top + 4 * top
    assert kept_bytes(SPEC, 8, 8) == 4 * numbers + 8 * 4 * half


@pytest.mark.parametrize("changes", [{}, {"norm": "batch"}, {"up": "transpose"}])
def test_meta_tensors_tell_what_real_ones_keep(changes):
    spec = SPEC.replace(**changes)
    assert kept_bytes(spec, 16, 16, 2) == by_address(spec, 16, 2)


def test_it_grows_with_batch_and_area_and_halves_with_the_precision():
    one = kept_bytes(SPEC, 16, 16)
    assert kept_bytes(SPEC, 16, 16, 8) == 8 * one
    assert kept_bytes(SPEC, 32, 32) == 4 * one
    half = kept_bytes(SPEC, 16, 16, dtype=torch.bfloat16)
    places = 8 * 4 * 8 * 8  # the pool's, whole numbers in both
    assert half - places == (one - places) / 2


def test_keras_counts_the_outputs_of_its_layers():
    top, half = 64, 16
    # Image, convolution, ReLU, pool, convolution, ReLU, double, convolution, ReLU,
    # joined, convolution, ReLU, head.
    numbers = 3 * top + 4 * top + 4 * top + 4 * half + 8 * half + 8 * half
    numbers += 8 * top + 4 * top + 4 * top + 8 * top + 4 * top + 4 * top + top
    assert made_bytes(SPEC, 8, 8) == 4 * numbers
    assert made_bytes(SPEC, 8, 8, 3) == 3 * 4 * numbers


def test_sides_that_do_not_fit_are_refused():
    for count in (kept_bytes, made_bytes):
        with pytest.raises(ValueError, match="does not divide by 2"):
            count(SPEC, 15, 16)


def test_a_ladder_is_counted_like_the_tensors_of_its_own_network():
    spec = LadderSpec(3, 1, filters=2, levels=2)
    found = kept_bytes(spec, 16, 16, batch=2)
    assert found == by_address(spec, 16, 2, laddernet.build)
