"""Tiles put together are what the network says in one go, in memory and from files."""

import os
import subprocess
import sys

import dask
import dask.array as da
import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster

import helpers.keras
import helpers.pytorch
from helpers import memory, outofcore, parity, tiles
from helpers.spec import PAPER, UNetSpec
from tests.test_parity import specs

VALID = UNetSpec(in_channels=2, classes=3, widths=(2, 4), convs=1, padding="valid")
SAME = VALID.replace(padding="same")


class Runner:
    """A PyTorch network on (N, H, W, C) numpy arrays; a worker can be sent one."""

    def __init__(self, spec, dtype="float64"):
        net = helpers.pytorch.build(spec, seed=3).to(getattr(torch, dtype)).eval()
        self.net, self.calls = net, []

    def __call__(self, batch):
        self.calls.append(batch.shape)
        with torch.inference_mode():
            x = torch.from_numpy(batch.transpose(0, 3, 1, 2).copy())
            return self.net(x).permute(0, 2, 3, 1).numpy()


def image_of(spec, height, width, seed=0):
    return np.random.default_rng(seed).random((height, width, spec.in_channels))


# In memory


@hypothesis.settings(max_examples=20, deadline=None, derandomize=True)
@hypothesis.given(
    spec=specs(),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    more=st.integers(0, 3),
    border=st.sampled_from(tiles.BORDERS),
)
def test_tiles_give_the_untiled_result(spec, height, width, more, border):
    run, image = Runner(spec), image_of(spec, height, width)
    whole = tiles.predict(run, image, spec, border=border)
    assert whole.shape == (height, width, spec.classes)
    least = 2 * (tiles.margin(spec) + tiles.halo(spec)) + spec.divisor
    tile = spec.valid_sizes(least, number=more + 2)[-1]
    found = tiles.predict(run, image, spec, tile, border=border, batch_size=3)
    scale = max(1, np.abs(whole).max())
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-12 * scale)
    assert all(shape[1] <= tile and shape[2] <= tile for shape in run.calls[1:])


def test_the_untiled_result_is_the_network_on_the_bordered_image():
    run, image = Runner(VALID), image_of(VALID, 21, 34)
    edge = tiles.margin(VALID)
    bordered = np.pad(image, [(edge, edge + 1), (edge, edge), (0, 0)], mode="reflect")
    expected = run(bordered[None])[0][:21, :34]
    assert (tiles.predict(run, image, VALID) == expected).all()


def test_off_the_grid_it_is_not_exact_on_the_grid_it_is():
    spec = UNetSpec(in_channels=1, widths=(3, 4, 5), padding="valid")
    run, image = Runner(spec), image_of(spec, 90, 77)
    whole = tiles.predict(run, image, spec)
    tile = spec.valid_sizes(64, number=1)[0]
    errors = {
        step: np.abs(tiles.predict(run, image, spec, tile, step=step) - whole).max()
        for step in (20, 21, 22)
    }
    assert errors[20] < 1e-12
    assert min(errors[21], errors[22]) > 1e-3


def test_same_padding_needs_a_halo():
    run, image = Runner(SAME), image_of(SAME, 50, 41)
    whole = tiles.predict(run, image, SAME)
    wide = tiles.halo(SAME)
    error = {
        h: np.abs(tiles.predict(run, image, SAME, 32, overlap=h) - whole).max()
        for h in (0, wide - 1, wide)
    }
    assert error[wide] < 1e-12
    assert min(error[0], error[wide - 1]) > 1e-6


def test_halo_and_margin_of_the_papers_network():
    assert (tiles.margin(PAPER), tiles.halo(PAPER)) == (92, 0)
    same = PAPER.replace(padding="same")
    assert tiles.margin(same) == 0
    assert same.receptive_field() / 2 - 16 < tiles.halo(same) < same.receptive_field()
    assert tiles.halo(PAPER.replace(up="bilinear")) > 0


def test_the_papers_tiles_lie_on_the_grid():
    side = tiles.layout(PAPER, 1000, 572)
    assert np.diff(side.starts).tolist() == [384, 240]
    assert all(start % 16 == 0 for start in side.starts)
    assert side.kept(0) == slice(0, 384)
    assert side.bounds[0] == 0 and side.bounds[-1] == 1000


def test_keras_runs_as_well():
    run = Runner(SAME)
    model = helpers.keras.build(SAME, dtype="float64")
    parity.copy_weights(run.net, model)
    image = image_of(SAME, 30, 44)

    def in_keras(batch):
        return np.asarray(model(batch, training=False))

    ours = tiles.predict(run, image, SAME, 24)
    theirs = tiles.predict(in_keras, image, SAME, 24)
    np.testing.assert_allclose(theirs, ours, atol=1e-12)


def test_a_bar_shows_where_it_is_asked_for(capsys, monkeypatch):
    run, image = Runner(SAME), image_of(SAME, 40, 40)
    tiles.predict(run, image, SAME, 24, progress=True)
    assert capsys.readouterr().err == ""  # it was done in less than two seconds
    bar = tiles.bar
    monkeypatch.setattr(tiles, "bar", lambda *a: _at_once(bar, *a))
    tiles.predict(run, image, SAME, 24, progress=True)
    assert "100%" in capsys.readouterr().err
    tiles.predict(run, image, SAME, 24)
    assert capsys.readouterr().err == ""


def _at_once(bar, *arguments):
    shown = bar(*arguments)
    shown.delay = 0
    return shown


def test_the_redundant_share_is_what_the_tiles_cost_more():
    macs, calls = VALID.multiply_adds, []
    image = image_of(VALID, 60, 40)

    def run(batch):
        calls.extend([macs(*batch.shape[1:3])] * len(batch))
        out = VALID.output_size(batch.shape[1])
        return np.zeros((len(batch), out, VALID.output_size(batch.shape[2]), 1))

    tiles.predict(run, image, VALID, 20)
    tiled = sum(calls)
    calls.clear()
    tiles.predict(run, image, VALID)
    expected = 1 - sum(calls) / tiled
    assert tiles.redundancy(VALID, (60, 40), 20) == pytest.approx(expected)
    assert tiles.redundancy(VALID, (60, 40), 1000) == 0


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"image": np.zeros((20, 20))}, r"\(20, 20\).*\(H, W, 2\)"),
        ({"image": np.zeros((20, 20, 3))}, r"\(H, W, 2\)"),
        ({"image": np.zeros((0, 20, 2))}, r"\(H, W, 2\)"),
        ({"border": "mirror"}, "'mirror' is not known; choose from"),
        ({"tile": 11}, "11 .* nearest sizes that fit are"),
        ({"tile": 10, "step": 3}, "no step of 2, the pooling grid, is left"),
        ({"run": lambda batch: batch}, "run gave an output of shape"),
    ],
)
def test_errors_say_what_was_expected(change, hint):
    given = {"run": Runner(VALID), "image": image_of(VALID, 20, 20), "spec": VALID}
    with pytest.raises(ValueError, match=hint):
        tiles.predict(**given | change)


def test_a_tile_that_leaves_nothing_names_one_that_does():
    with pytest.raises(ValueError, match="use a tile of 204 or more"):
        tiles.layout(PAPER, 500, 188)
    assert tiles.layout(PAPER, 500, 204).starts[1] == 16


# From file to file


@pytest.mark.parametrize("border", tiles.BORDERS)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("up", ["transpose", "bilinear"])
def test_dask_gives_what_memory_gives(up, padding, border):
    spec = VALID.replace(up=up, padding=padding)
    run, image = Runner(spec), image_of(spec, 131, 94)
    expected = tiles.predict(run, image, spec, border=border)
    for block, number in ((25, 1), (200, 3)):
        array = da.from_array(image, chunks=(block, block, 2))
        tile = spec.valid_sizes(50, number=number)[-1]
        found = outofcore.lazily(run, array, spec, tile, border=border, dtype=float)
        assert np.prod(found.numblocks) >= 4
        with dask.config.set(scheduler="synchronous"):
            np.testing.assert_allclose(found.compute(), expected, atol=1e-12)


def test_from_file_to_file(tmp_path):
    spec = VALID.replace(in_channels=1)
    run, image = Runner(spec), image_of(spec, 100, 77)
    np.save(tmp_path / "image.npy", image)
    lazy = outofcore.from_npy(tmp_path / "image.npy", 30)
    assert (lazy.compute() == image).all()
    found = outofcore.lazily(run, lazy, spec, 40, dtype=float)
    path = outofcore.to_npy(found, tmp_path / "out.npy", progress=True)
    expected = tiles.predict(run, image, spec)
    np.testing.assert_allclose(np.load(path), expected, atol=1e-12)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["image.npy", "out.npy"]


def test_the_same_code_on_a_cluster(tmp_path):
    spec = VALID.replace(in_channels=1)
    run, image = Runner(spec), image_of(spec, 100, 77)
    np.save(tmp_path / "image.npy", image)
    lazy = outofcore.from_npy(tmp_path / "image.npy", 50)
    found = outofcore.lazily(run, lazy, spec, 58, dtype=float)
    small = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with LocalCluster(processes=True, **small) as cluster, Client(cluster) as client:
        path = outofcore.to_npy(found, tmp_path / "out.npy")
        [pid] = client.run(os.getpid).values()
    assert pid != os.getpid()
    expected = tiles.predict(run, image, spec)
    np.testing.assert_allclose(np.load(path), expected, atol=1e-12)


def test_out_of_core_errors(tmp_path):
    array = da.zeros((200, 200, 2), chunks=(50, 50, 2))
    run = Runner(VALID)
    with pytest.raises(ValueError, match=r"gives 2 pixels .* use a tile of 12 or more"):
        outofcore.lazily(run, array, VALID, 10)
    outofcore.lazily(run, array, VALID, 12)
    with pytest.raises(ValueError, match="smaller than its border"):
        outofcore.lazily(run, array[:3], VALID, 40)
    np.save(tmp_path / "flat.npy", np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"flat\.npy holds the shape \(4, 4\)"):
        outofcore.from_npy(tmp_path / "flat.npy")


# Memory


def test_peak_memory_sees_what_a_process_took():
    code = (
        "from helpers import memory; import numpy as np; before = memory.peak_mb();"
        "x = np.ones(50_000_000, np.uint8); del x; print(memory.peak_mb() - before)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert 45 < float(out) < 60


def test_a_measurement_is_a_process_of_its_own():
    found = {how: memory.measure(300, how, tile=138) for how in ("blocks", "whole")}
    for row in found.values():
        assert row["side"] == 300 and row["peak_mb"] >= row["base_mb"] > 50
    # The drawing is seeded; float32 rounding may move a mask's pixel or two.
    shares = [row["foreground"] for row in found.values()]
    assert abs(shares[0] - shares[1]) < 3 / 300**2 and 0.3 < shares[0] < 0.7
    with pytest.raises(ValueError, match="'gpu' is not known"):
        memory.measure(300, "gpu")
    with pytest.raises(RuntimeError, match="nearest sizes that fit"):
        memory.measure(300, "tiles", tile=139)
