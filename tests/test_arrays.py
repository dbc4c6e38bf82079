"""The cache of arrays: whole entries or none, and errors that say what to do."""

import errno
import os

import numpy as np
import pytest

from helpers import arrays
from helpers.arrays import ArrayCache, cache_dir

SHAPES = {"images": (4, 4, 3), "masks": (4, 4)}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("UNET_BOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def store(made_from=1, count=5, keep=None):
    cache = ArrayCache(made_from)
    with cache.writing(count, SHAPES) as new:
        for array in new.values():
            array[:] = np.arange(count).reshape(-1, *[1] * (array.ndim - 1))
        keep = list(range(count)) if keep is None else keep
        cache.finish(keep, [f"n{i}" for i in keep])
    return cache


def test_cache_dir_follows_the_variable(folder, monkeypatch):
    assert cache_dir() == folder
    monkeypatch.delenv("UNET_BOOK_CACHE")
    assert cache_dir().name == "unet-book" and cache_dir().is_absolute()


def test_entries_come_back(folder):
    assert ArrayCache(1).load() is None
    store()
    again = ArrayCache(1)
    loaded = again.load()
    assert again.names == ["n0", "n1", "n2", "n3", "n4"]
    assert loaded["images"].shape == (5, 4, 4, 3) and loaded["masks"].shape == (5, 4, 4)
    assert (loaded["masks"][:, 0, 0] == np.arange(5)).all()
    assert ArrayCache(2).load() is None


def test_only_kept_rows_are_stored():
    store(keep=[0, 3])
    cache = ArrayCache(1)
    assert (cache.load()["masks"][:, 0, 0] == [0, 3]).all() and cache.names == [
        "n0",
        "n3",
    ]


def test_an_error_while_filling_leaves_nothing(folder):
    cache = ArrayCache(1)
    with pytest.raises(KeyboardInterrupt), cache.writing(5, SHAPES):
        raise KeyboardInterrupt
    assert not list((folder / "arrays").iterdir())
    assert ArrayCache(1).load() is None


def test_two_runs_finish_the_same_entry():
    late = ArrayCache(1)
    with late.writing(5, SHAPES) as new:
        store()
        new["masks"][:] = 9
        late.finish([0, 1, 2, 3, 4], ["a", "b", "c", "d", "e"])
    assert (ArrayCache(1).load()["masks"][:, 0, 0] == np.arange(5)).all()


def test_a_damaged_entry_is_made_again(folder):
    store()
    path = next((folder / "arrays").glob("*/masks.npy"))
    path.write_bytes(path.read_bytes()[:100])
    assert ArrayCache(1).load() is None
    assert ArrayCache(1).load() is None and not path.exists()


def test_unwritable_cache_names_folder_and_variable(folder):
    folder.write_text("a file where the folder should be")  # holds for root, too
    with pytest.raises(OSError, match=r"cannot write to the cache .*UNET_BOOK_CACHE"):
        store()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_cache(folder):
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(PermissionError, match=r"cannot write.*UNET_BOOK_CACHE"):
        store()


@pytest.mark.parametrize("place", ["allocating", "finishing"])
def test_full_disk_names_folder_and_space(folder, monkeypatch, place):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if place == "allocating":
        monkeypatch.setattr(arrays, "_allocated", full)
    else:
        monkeypatch.setattr(arrays.np, "save", full)
    with pytest.raises(OSError, match=r"is full: .* MB are needed, .* free") as error:
        store(keep=[1])
    assert error.value.errno == errno.ENOSPC
    assert str(folder / "arrays") in str(error.value)
    assert not list((folder / "arrays").iterdir())


def test_more_than_the_disk_holds(folder):
    """A real refusal: the space is reserved before anything is written."""
    with (
        pytest.raises(OSError, match=r"is full|cannot write"),
        ArrayCache(1).writing(10**9, {"images": (4096, 4096, 3)}),
    ):
        pass
    assert not list((folder / "arrays").iterdir())
