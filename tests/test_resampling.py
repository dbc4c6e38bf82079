"""Matrices, overlaps and grids, against PyTorch, SciPy and drawn patterns."""

import numpy as np
import pytest
import torch
from scipy import signal
from torch.nn import functional

from helpers import lattice, resampling


@pytest.mark.parametrize(
    ("k", "stride", "padding", "size"), [(2, 2, 0, 6), (3, 1, 1, 4), (3, 2, 1, 7)]
)
def test_the_matrix_is_the_convolution_and_its_transpose_the_transposed(
    k, stride, padding, size
):
    rng = np.random.default_rng(0)
    kernel, x = rng.normal(size=(k, k)), rng.normal(size=(size, size))
    matrix = resampling.convolution_matrix(kernel, size, stride, padding)
    weight = torch.from_numpy(kernel)[None, None]
    image = torch.from_numpy(x)[None, None]
    down = functional.conv2d(image, weight, stride=stride, padding=padding)
    np.testing.assert_allclose(matrix @ x.ravel(), down.ravel())
    up = functional.conv_transpose2d(down, weight, stride=stride, padding=padding)
    np.testing.assert_allclose(matrix.T @ down.numpy().ravel(), up.ravel())


@pytest.mark.parametrize("kernel", range(1, 8))
@pytest.mark.parametrize("stride", range(1, 5))
def test_overlaps_are_those_of_a_kernel_of_ones(kernel, stride):
    ones = torch.ones(1, 1, 15), torch.ones(1, 1, kernel)
    counts = functional.conv_transpose1d(*ones, stride=stride)[0, 0].numpy()
    np.testing.assert_array_equal(resampling.overlaps(15, kernel, stride), counts)
    middle = 7 * stride
    inside = resampling.inside(kernel, stride)
    np.testing.assert_array_equal(inside, counts[middle : middle + stride])
    assert (np.ptp(inside) == 0) == (kernel % stride == 0)


def test_the_spectrum_finds_a_wave_where_it_is():
    x = np.arange(32)
    waves = np.cos(2 * np.pi * x[None, None] * 8 / 32) * np.ones((3, 32, 1))
    power = resampling.spectrum(waves)
    assert power.sum() == pytest.approx(1)
    high = np.argwhere(power > 0.1).tolist()
    assert high == [[16, 8], [16, 24]]
    window = np.outer(*[signal.windows.hann(32, sym=False)] * 2)
    by_scipy = signal.periodogram(waves[0, 0] * window[16], scaling="spectrum")[1]
    assert by_scipy.argmax() == 8


def test_the_share_of_a_grid():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 48, 48))
    tile = np.tile(rng.normal(size=(8, 8)), (6, 6))
    tile /= tile.std()
    assert resampling.grid_share(noise, 8) < 1e-3
    assert resampling.grid_share(noise + tile, 8) == pytest.approx(0.5, abs=0.02)
    assert resampling.grid_share(np.tile(tile, (2, 1, 1)), 8) == pytest.approx(1)
    assert resampling.grid_share(np.ones((2, 24, 24)), 8) == 0
    with pytest.raises(ValueError, match="at least 24x24 pixels"):
        resampling.grid_share(noise[:, :20], 8)


def test_figures_draw_every_array_and_tell_even_from_uneven():
    figure = lattice.arrays({"a": np.eye(3), "b": np.ones((9, 36)), "c": np.eye(2)}, 2)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["a", "b", "c", ""]
    assert [len(axis.texts) for axis in figure.axes] == [9, 0, 4, 0]
    words = [
        lattice.overlap(kernel, 2).axes[0].get_title().split()[-2] for kernel in (3, 4)
    ]
    assert words == ["uneven", "even"]
    noise = np.random.default_rng(0).random((2, 16, 16))
    named = {"flat": np.ones((1, 16, 16)), "noise": noise}
    figure = lattice.maps(named)
    still, moved = (axis.images[0].get_array() for axis in figure.axes[2:])
    assert np.ptp(still) == 0 < np.ptp(moved)
