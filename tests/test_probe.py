"""Linear probes: they find what is linear, and nothing where there is nothing."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from helpers import kinds, probe


def test_ridge_solves_the_penalized_normal_equations():
    """Against least squares on the system with the penalty as more rows."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(3, 2, (50, 4)), rng.normal(size=(50, 2))
    fitted = probe.Linear.fit(x, y, ridge=0.1)
    z = (x - x.mean(0)) / x.std(0)
    more = np.vstack([z, np.sqrt(0.1 * 50) * np.eye(4)])
    target = np.vstack([y - y.mean(0), np.zeros((4, 2))])
    wanted = np.linalg.lstsq(more, target, rcond=None)[0]
    assert np.allclose(fitted.weights, wanted)
    assert np.allclose(fitted(x), z @ wanted + y.mean(0))


def test_a_dead_feature_does_no_harm():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ [[1.0], [2], [0]] + 1
    x[:, 2] = 7
    found = probe.Linear.fit(x, y, ridge=1e-9)(x)
    assert np.isfinite(found).all() and np.allclose(found, y, atol=1e-6)


def test_cells_are_the_squares():
    masks = np.arange(2 * 8 * 12).reshape(2, 8, 12)
    found = probe.cells(masks, 4)
    assert found.shape == (2, 2, 3, 16)
    assert (found[1, 0, 2] == masks[1, :4, 8:].ravel()).all()
    with pytest.raises(ValueError, match="do not tile"):
        probe.cells(masks, 5)


def test_outlines_are_within_two_steps_of_the_other_side():
    masks = kinds.make(5, seed=1).masks
    for mask, near in zip(masks, probe.outlines(masks)):
        inside = mask > 0
        other = np.where(
            inside,
            ndimage.distance_transform_cdt(inside, "taxicab"),
            ndimage.distance_transform_cdt(~inside, "taxicab"),
        )
        assert (near == (other <= 2)).all()


def pair(count=80):
    samples = [kinds.make(count, seed=seed) for seed in (1, 2)]
    return tuple(s.masks for s in samples)


def test_perfect_features_are_read_perfectly_and_noise_is_not():
    masks = pair()
    truth = tuple(
        np.concatenate([np.eye(3)[m], probe.outlines(m, 1)[..., None]], -1)
        for m in masks
    )
    best = probe.read(truth, masks)
    assert best["what"] == best["where"] == best["ceiling"] == 1
    rng = np.random.default_rng(0)
    noise = tuple(rng.normal(size=(80, 32, 32, 5)) for _ in masks)
    worst = probe.read(noise, masks)
    assert abs(worst["what"] - 0.5) < 0.05
    assert abs(worst["where"] - 0.5) < 0.05


def test_one_answer_a_cell_keeps_to_the_ceiling_and_pixels_of_their_own_pass_it():
    """The 16 pixels of a cell as its channels: where is read in full, not by cell."""
    masks = pair()
    packed = tuple(probe.cells(probe.outlines(m, 1), 4).astype(float) for m in masks)
    found = probe.read(packed, masks)
    assert found["where"] == 1
    assert found["where, one answer a cell"] <= found["ceiling"] < 0.8


def test_the_ceiling_is_the_best_of_all_answers():
    rng = np.random.default_rng(0)
    yes = rng.random((6, 4)) < 0.4
    no = ~yes & (rng.random((6, 4)) < 0.8)
    best = 0
    for bits in product((False, True), repeat=6):
        answer = np.array(bits)[:, None]
        shares = (yes & answer).sum() / yes.sum(), (no & ~answer).sum() / no.sum()
        best = max(best, np.mean(shares))
    assert probe._ceiling(yes, no) == pytest.approx(best)
