"""The paper's training: its tiles, and the same steps in both frameworks."""

import keras
import numpy as np
import pytest
import torch
from scipy import ndimage

import helpers.keras
import helpers.pytorch
from helpers import borders, cells, paper, parity, tiles
from helpers.augment import Augment
from helpers.keras import paper as keras_paper
from helpers.paper import Tiles
from helpers.pytorch import paper as pytorch_paper
from helpers.spec import UNetSpec

SPEC = UNetSpec(in_channels=1, classes=2, widths=(4, 8), padding="valid")
DRAWN, OBJECTS = cells.touching(3, 48, seed=1)
IMAGES = DRAWN.images


def test_a_tile_fits_the_network_and_its_mask():
    source = Tiles(IMAGES, OBJECTS, SPEC)
    image, mask, weights = source.tile(0)
    side = 48 + 2 * tiles.margin(SPEC)
    assert image.shape == (1, side, side, 1)
    assert SPEC.output_size(image.shape[1]) == 48
    assert mask.shape == weights.shape == (1, 48, 48)
    assert image.dtype == weights.dtype == np.float32 and mask.dtype == np.uint8
    assert 0 <= image.min() and image.max() <= 1


def test_undeformed_tiles_are_the_images_in_turn():
    source = Tiles(IMAGES, OBJECTS, SPEC, augment=None)
    edge, seen = source.margin, []
    for step in range(3):
        image, mask, weights = source.tile(step)
        inner = image[0, edge:-edge, edge:-edge]
        match = [np.allclose(inner, one / 255, atol=1e-6) for one in IMAGES]
        seen.append(match.index(True))
        np.testing.assert_array_equal(mask[0], OBJECTS[seen[-1]] > 0)
        expected = borders.weight_map(OBJECTS[seen[-1]])
        np.testing.assert_array_equal(weights[0], expected)
        np.testing.assert_allclose(image[0, edge - 3], image[0, edge + 3])  # mirrored
    assert sorted(seen) == [0, 1, 2]


def test_tiles_follow_from_seed_and_step():
    one, two = (Tiles(IMAGES, OBJECTS, SPEC, seed=4) for _ in range(2))
    for a, b in zip(one.tile(7), two.tile(7)):
        np.testing.assert_array_equal(a, b)
    other = Tiles(IMAGES, OBJECTS, SPEC, seed=5)
    assert (one.tile(7)[0] != other.tile(7)[0]).any()
    assert (one.tile(7)[0] != one.tile(8)[0]).any()
    assert (Tiles(IMAGES, OBJECTS, SPEC, weighted=False).tile(0)[2] == 1).all()


def test_deformed_cells_stay_apart_and_heavy_between():
    """A line of ground, with heavy weights on it, between cells that touch."""
    source = Tiles(IMAGES, OBJECTS, SPEC, Augment(flip=False, elastic=3))
    for step in range(6):
        _, mask, weights = source.tile(step)
        assert ndimage.label(mask[0])[1] >= 2
        seam = ndimage.binary_closing(mask[0]) & (mask[0] == 0)
        assert weights[0][seam].mean() > 2 * weights[0].mean()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"expected \(N, H, W, C\) and \(N, H, W\)"):
        Tiles(IMAGES, OBJECTS[:, :40], SPEC)
    with pytest.raises(ValueError, match="nearest sizes that fit"):
        Tiles(IMAGES[:, :47], OBJECTS[:, :47], SPEC)


@pytest.mark.parametrize("classes", [1, 2])
def test_both_frameworks_take_the_same_steps(classes):
    spec = SPEC.replace(classes=classes)
    net = helpers.pytorch.build(spec, seed=3)
    model = helpers.keras.build(spec)
    parity.copy_weights(net, model)
    source = Tiles(IMAGES, OBJECTS, spec, seed=1)
    ours = pytorch_paper.train(net, source, steps=6, learning_rate=3e-3)
    theirs = keras_paper.train(model, source, steps=6, learning_rate=3e-3)
    np.testing.assert_allclose(ours, theirs, rtol=2e-3)
    assert len(set(np.round(ours, 4))) > 3


def test_momentum_is_torchs_and_kerass():
    """By hand: v = 0.99 v + g; w -= rate v."""
    net = helpers.pytorch.build(SPEC, seed=3)
    before = net.head.bias.detach().clone()
    source, rate = Tiles(IMAGES, OBJECTS, SPEC, augment=None), 1e-3
    by_hand, moves = helpers.pytorch.build(SPEC, seed=3), 0
    for step in range(2):
        arrays = [torch.from_numpy(a) for a in source.tile(step)]
        logits = by_hand(arrays[0].permute(0, 3, 1, 2))
        each = torch.nn.functional.cross_entropy(
            logits, arrays[1].long(), reduction="none"
        )
        slopes = torch.autograd.grad((each * arrays[2]).mean(), [*by_hand.parameters()])
        moves = [
            s + paper.MOMENTUM * (moves[k] if step else 0) for k, s in enumerate(slopes)
        ]
        with torch.no_grad():
            for p, move in zip(by_hand.parameters(), moves):
                p -= rate * move
    pytorch_paper.train(net, source, steps=2, learning_rate=rate)
    torch.testing.assert_close(net.head.bias, by_hand.head.bias)
    assert (net.head.bias != before).all()


def test_dropout_is_seeded_and_leaves_others_numbers_alone():
    spec = SPEC.replace(dropout=paper.DROPOUT)
    source, runs = Tiles(IMAGES, OBJECTS, spec), []
    for seed in (0, 0, 1):
        torch.manual_seed(9)
        net = helpers.pytorch.build(spec)
        runs.append(pytorch_paper.train(net, source, steps=2, seed=seed))
        assert torch.rand(1).item() == torch.rand(1, generator=_generator(9)).item()
    assert runs[0] == runs[1] != runs[2]
    model = helpers.keras.build(spec)
    assert any(isinstance(layer, keras.layers.Dropout) for layer in model.layers)


def _generator(seed):
    return torch.Generator().manual_seed(seed)
