"""Numbers kept for the claims page, recorded experiments, and the machine."""

import json
import math
import os
import platform
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from IPython import display

from helpers import record, repository

CLAIM = {"claim": "skips help", "source": "Understanding U-Net"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(record.FOLDER, str(tmp_path / "records"))
    monkeypatch.setattr(record, "_memory", {})
    return tmp_path / "records"


def test_a_number_is_kept_shown_and_returned(folder, capsys):
    value = record.record(
        "ellipses.gain", 0.25, verdict="holds when", spread=0.01, unit="IoU", **CLAIM
    )
    assert value == 0.25 and isinstance(value, float)
    assert capsys.readouterr().out == "holds when: skips help (0.250 ± 0.010 IoU)\n"
    kept = {"value": 0.25, "spread": 0.01, "unit": "IoU", "verdict": "holds when"}
    assert record.load() == {"ellipses.gain": {**kept, **CLAIM}}
    assert os.listdir(folder) == ["ellipses.json"]


def test_the_same_name_overwrites_and_others_stay():
    record.record("pets.a", 1)
    record.record("pets.b", 2)
    record.record("pets.a", 3)
    assert {k: v["value"] for k, v in record.load().items()} == {
        "pets.a": 3,
        "pets.b": 2,
    }


def test_processes_share_the_folder_and_chapters_have_their_files(folder):
    record.record("pets.a", 1)
    code = (
        "from helpers.record import record\n"
        "record('pets.b', 2)\nrecord('ellipses.c', 3)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository.HERE.parent)
    assert list(record.load()) == ["ellipses.c", "pets.a", "pets.b"]
    assert sorted(os.listdir(folder)) == ["ellipses.json", "pets.json"]


def test_numbers_survive_without_a_folder_to_write_to(folder, capsys):
    folder.write_text("a file where the folder should be")
    assert record.record("pets.a", 1) == 1
    assert "kept for this session only" in capsys.readouterr().err
    assert record.load()["pets.a"]["value"] == 1


def test_a_damaged_file_is_replaced(folder):
    folder.mkdir()
    (folder / "pets.json").write_text('{"pets.a": {"val')
    record.record("pets.b", 2)
    assert list(json.loads((folder / "pets.json").read_text())) == ["pets.b"]


def test_alone_it_writes_to_a_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(record.FOLDER)
    monkeypatch.setattr(repository, "root", lambda: None)
    monkeypatch.setattr(record.tempfile, "gettempdir", lambda: str(tmp_path))
    record.record("pets.a", 1)
    assert (tmp_path / "unet-book-records" / "pets.json").is_file()
    assert list(record.load()) == ["pets.a"]


def test_inside_the_repository_it_writes_below_the_build(tmp_path, monkeypatch):
    monkeypatch.delenv(record.FOLDER)
    monkeypatch.setattr(repository, "root", lambda: tmp_path)
    record.record("pets.a", 1)
    assert (tmp_path / "_build" / "records" / "pets.json").is_file()


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"verdict": "true"}, "verdict 'true' must be one of.*does not hold"),
        ({"value": math.nan}, "the value is nan"),
        ({"value": math.inf}, "the value is inf"),
        ({"spread": math.nan}, "the spread is nan"),
        ({"name": "iou"}, "name 'iou' must be chapter.number"),
        ({"name": "../x.y"}, "must be chapter.number"),
    ],
)
def test_bad_records_keep_nothing(arguments, words, folder):
    with pytest.raises(ValueError, match=words):
        record.record(**{"name": "pets.a", "value": 1.0, **arguments})
    assert not folder.exists()
    assert record.load() == {}


@pytest.mark.parametrize(
    "value, spread, unit, text",
    [
        (262144.0, None, "", "262,144"),
        (0.123456, 0.0456, "IoU", "0.123 ± 0.046 IoU"),
        (2e-13, None, "", "2e-13"),
        (-3, 1.0, "%", "-3.0 ± 1.0 %"),
        (2015.0, None, "", "2015"),
        (1234.6, 170, "", "1,235 ± 170"),
        (0.5, 0.0, "", "0.5 ± 0"),
        (0.5, 1e-9, "s", "0.5 ± 1e-09 s"),
    ],
)
def test_a_number_as_text(value, spread, unit, text):
    assert record.number({"value": value, "spread": spread, "unit": unit}) == text


def test_a_line_of_a_page_has_an_anchor_and_carries_its_entry(monkeypatch):
    shown = []
    monkeypatch.setattr(record, "_in_notebook", lambda: True)
    monkeypatch.setattr(display, "display", lambda given, raw: shown.append(given))
    record.record("pets.iou_gain", 0.25, 'a < b & "c"', "holds when", spread=0.01)
    line = BeautifulSoup(shown[0]["text/html"], "html.parser").p
    assert line["id"] == record.anchor("pets.iou_gain") == "claim-pets-iou-gain"
    assert line.get_text() == 'holds when a < b & "c" 0.250 ± 0.010'
    assert json.loads(line["data-record"]) == record.load()


def test_an_experiment_comes_back_as_it_was_saved(tmp_path):
    path = record.save_experiment(tmp_path / "speed", {"ratio": [2.3]}, "make bench")
    found = record.experiment(path)
    assert found["values"] == {"ratio": [2.3]}
    assert found["command"] == "make bench"
    assert found["machine"]["cores"] >= 1
    assert found["versions"]["python"] == platform.python_version()
    assert len(found["date"]) == 10


def test_an_experiment_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "root", lambda: tmp_path)
    results = tmp_path / "benchmarks" / "results"
    record.save_experiment(results / "speed.json", {"ratio": 2}, "make bench")
    assert record.experiment("speed")["values"] == {"ratio": 2}


def test_an_experiment_is_found_beside_installed_helpers(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "root", lambda: None)
    monkeypatch.setattr(repository, "HERE", tmp_path)
    record.save_experiment(tmp_path / "results" / "speed", {"ratio": 2}, "make bench")
    assert record.experiment("speed.json")["values"] == {"ratio": 2}


def test_an_experiment_that_is_not_there():
    with pytest.raises(FileNotFoundError, match=r"'nothing'.*make bench"):
        record.experiment("nothing")


def test_an_experiment_without_its_machine(tmp_path):
    (tmp_path / "half.json").write_text('{"values": {}, "date": "", "command": ""}')
    with pytest.raises(ValueError, match="lacks machine, versions"):
        record.experiment(tmp_path / "half.json")


def test_the_machine_is_told_without_loading_a_framework():
    code = (
        "import sys\nfrom helpers import record\nhere = record.machine()\n"
        "assert here['cpu'] and here['versions']['numpy']\n"
        "assert not {'torch', 'tensorflow', 'keras', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository.HERE.parent)
