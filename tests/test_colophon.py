"""The page on how the book was built: nothing typed, and nothing of the machine's."""

import datetime
import getpass
import json
import socket
from pathlib import Path

import address
import colophon
import pytest
import web_files

from helpers.machine import machine

NOON = datetime.datetime(2026, 3, 4, 12, 0, tzinfo=datetime.timezone.utc)


def test_circumstances_are_those_of_this_machine(monkeypatch):
    monkeypatch.setenv("UNET_BOOK_BUDGET", "large")
    monkeypatch.setattr(colophon.pets, "find", lambda: None)
    text = colophon.circumstances(NOON)
    here = machine()
    for part in ("2026-03-04 12:00 UTC", here["cpu"], here["versions"]["python"]):
        assert part in text
    assert "| `large`; there are" in text
    assert "stand-ins" in text
    monkeypatch.setattr(colophon.pets, "find", lambda: Path("/some/where"))
    assert "photographs of Oxford-IIIT Pet" in colophon.circumstances(NOON)


def test_no_folder_and_no_host_is_named(monkeypatch):
    monkeypatch.setattr(colophon.pets, "find", lambda: Path("/some/where"))
    text = colophon.circumstances(NOON) + colophon.packages("# Networks\nnumpy  # n\n")
    for name in (
        "/some/where",
        str(Path.cwd()),
        str(Path.home()),
        socket.gethostname(),
    ):
        assert name not in text
    if getpass.getuser() != "root":
        assert getpass.getuser() not in text


def test_a_moment_elsewhere_is_told_in_utc():
    there = datetime.timezone(datetime.timedelta(hours=2))
    assert colophon.when(NOON.astimezone(there)) == "2026-03-04 12:00 UTC"


def test_the_commit(tmp_path, monkeypatch):
    import subprocess

    def git(*words):
        identity = ["-c", "user.name=n", "-c", "user.email=e@x.org"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)

    monkeypatch.setattr(
        colophon.address, "read", lambda root: (address.PLACEHOLDER, "")
    )
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert colophon.commit(tmp_path).startswith("none")
    (tmp_path / "a").write_text("1")
    git("init", "-q")
    git("add", "a")
    git("commit", "-qm", "first")
    clean = colophon.commit(tmp_path)
    assert len(clean) == 14, "twelve letters as code"
    (tmp_path / "a").write_text("2")
    assert colophon.commit(tmp_path) == f"{clean}, and changes since"
    mine = ("https://github.com/you/book", "main")
    monkeypatch.setattr(colophon.address, "read", lambda root: mine)
    assert f"[{clean}](https://github.com/you/book/commit/" in colophon.commit(tmp_path)


def test_packages_have_the_versions_that_are_installed():
    import numpy as np

    text = colophon.packages(
        "# About this file,\n# and why.\n\n# Networks\nnumpy>=1  # arrays | more\n"
        "dask[array]\nno-such-thing==3\n\n# Tests and tidiness\npytest\n"
    )
    assert f"| numpy | {np.__version__} | arrays \\| more |" in text
    assert "| dask | 20" in text
    assert "| no-such-thing | not installed |" in text
    assert "pytest" not in text


def test_every_direct_dependency_of_the_book_is_told():
    text = colophon.packages((colophon.ROOT / "requirements.in").read_text())
    for section in colophon.SECTIONS:
        assert f"### {section}" in text
    assert "not installed" not in text
    for name in ("jupyter-book", "torch", "tensorflow", "keras", "numpy"):
        assert f"| {name} |" in text


def test_what_npm_brings_is_told_with_its_version():
    text = (web_files.WANTED / "package.json").read_text()
    wanted = json.loads(text)["dependencies"]
    assert wanted.keys() == colophon.FROM_NPM.keys()
    told = colophon.from_npm(text)
    for name, version in wanted.items():
        assert f"| {name} | {version} | {colophon.FROM_NPM[name]} |" in told


def test_runs_come_in_the_order_of_the_contents_with_their_sum():
    found = {
        "book/skips": {"mtime": NOON.timestamp(), "runtime": 30.4},
        "book/task": {"mtime": NOON.timestamp() - 3600, "runtime": 20.4},
        "book/gone": {"mtime": 0, "runtime": 99},
    }
    pages = ["book/task", "book/skips", "book/glossary"]
    *_, first, second, total = colophon.runs(found, pages, NOON.timestamp()).split("\n")
    assert first.split(" | ") == [
        "| 1",
        "[](task.ipynb)",
        "2026-03-04 11:00",
        "kept",
        "20 |",
    ]
    assert second.startswith("| 3 | [](skips.ipynb) | 2026-03-04 12:00 | yes | 30")
    assert "**51**" in total


@pytest.mark.parametrize("place", ["circumstances", "packages", "from_npm", "runs"])
def test_the_page_has_the_places(place):
    page = (colophon.ROOT / f"{colophon.PAGE}.md").read_text()
    assert place in colophon.PLACE.findall(page)


def test_a_slow_notebook_is_told():
    found = {"book/task": {"runtime": 59.9}, "book/pets": {"runtime": 73.1}}
    (line,) = colophon.slow(found | {"book/skips": {"runtime": None}})
    assert line.startswith("book/pets ran for 73 s") and "at most 60 s" in line
