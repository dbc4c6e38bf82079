"""Histories survive a file; lines say what people want to know."""

import errno

import pytest

from helpers import files
from helpers.history import History, Stopwatch, clock


def history() -> History:
    found = History("pytorch")
    found.add(epoch=1, seconds=65.2, loss=0.5, val_loss=0.4, val_mean_iou=0.61)
    found.add(epoch=2, seconds=130, loss=0.4, val_loss=0.3, val_mean_iou=0.7)
    return found


def test_save_and_load(tmp_path):
    history().save(tmp_path / "run" / "history.json")
    assert History.load(tmp_path / "run" / "history.json") == history()
    assert history()["loss"] == [0.5, 0.4]


def test_line():
    line = history().line(10, left=520)
    for part in (
        "2/10",
        "loss 0.400",
        "val mean iou 0.700",
        "2 min 10 s",
        "8 min 40 s",
    ):
        assert part in line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_stopwatch_counts_what_was_before():
    assert 100 <= Stopwatch(100).seconds < 101


def test_a_paused_stopwatch_stands(later):
    watch = Stopwatch()
    with pytest.raises(KeyError), watch.paused():
        later(1000)
        raise KeyError
    assert watch.seconds < 100
    later(1000)
    assert watch.seconds > 1000


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, code):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError(code, "no luck")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match=r"file .*no luck.*another folder"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(OSError, match=r"cannot write .*taken.*another folder"):
        files.write_atomically(tmp_path / "taken" / "file", b"new")
