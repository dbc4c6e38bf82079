"""helpers.install against a made-up list of what is installed and what is needed."""

import pytest
from packaging.requirements import Requirement

from helpers import install


@pytest.fixture
def machine(monkeypatch):
    """Sets what is installed and needed; returns the calls of pip."""
    calls: list[list[str]] = []

    def prepare(installed: dict[str, str], needed: list[str]) -> list[list[str]]:
        def version(name: str) -> str:
            if name not in installed:
                raise install.metadata.PackageNotFoundError(name)
            return installed[name]

        monkeypatch.setattr(install.metadata, "version", version)
        monkeypatch.setattr(install.metadata, "requires", lambda package: needed)
        monkeypatch.setattr(install, "_pip_install", calls.append)
        return calls

    return prepare


def test_what_is_there_stays(machine):
    needed = ["numpy>=1.26", 'torch>=2.4; extra == "pytorch"']
    calls = machine({"numpy": "2.0.2", "torch": "2.10.0+cu128"}, needed)
    assert install.complete() == []
    assert calls == []


def test_only_what_is_missing_comes_in(machine):
    needed = ["numpy>=1.26", "pooch>=1.7", 'accelerate>=1.0; extra == "pytorch"']
    calls = machine({"numpy": "2.0.2"}, needed)
    assert install.complete() == ["pooch>=1.7", "accelerate>=1.0"]
    assert calls == [["pooch>=1.7", "accelerate>=1.0"]]


def test_an_old_package_is_updated_an_old_framework_is_not(machine):
    calls = machine({"pooch": "1.6.9", "torch": "2.3.1+cu121"}, ["pooch>=1.7"])
    assert install.complete() == ["pooch>=1.7"]
    machine({"pooch": "1.6.9", "torch": "2.3.1+cu121"}, ["pooch>=1.7", "torch>=2.4"])
    with pytest.raises(RuntimeError, match=r"torch>=2\.4, found torch 2\.3\.1\+cu121"):
        install.complete()
    assert len(calls) == 1


def test_a_missing_framework_stays_missing_and_is_named(machine, capsys):
    calls = machine({"torch": "2.13.0"}, ["torch>=2.4", "keras>=3.4", "pooch>=1.7"])
    assert install.complete() == ["pooch>=1.7"]
    assert calls == [["pooch>=1.7"]]
    assert "keras" in capsys.readouterr().out


def test_what_would_bring_a_missing_framework_stays_out(machine, capsys):
    needed = ["numpy>=1.26", "pooch>=1.7", 'dask[array]>=2024.5; extra == "dask"']
    needed += ["torch>=2.6; extra == 'pytorch'", "accelerate>=1; extra == 'pytorch'"]
    needed += ['tensorflow>=2.16; extra == "keras"', 'keras>=3.9; extra == "keras"']
    machine({"numpy": "2.0.2", "tensorflow": "2.20.0", "keras": "3.11.0"}, needed)
    assert install.complete() == ["pooch>=1.7", "dask[array]>=2024.5"]
    assert "not installed: accelerate, torch;" in capsys.readouterr().out


def test_a_missing_numpy_comes_in(machine):
    machine({"torch": "2.13.0"}, ["numpy>=1.26", "torch>=2.6"])
    assert install.complete() == ["numpy>=1.26"]


def test_another_build_of_opencv_will_do(machine):
    calls = machine({"opencv-python": "4.13.0"}, ["opencv-python-headless>=4.8"])
    assert install.complete() == [] == calls


@pytest.mark.parametrize("missing", [None, "torch", "numpy"])
def test_frameworks_are_held_at_their_versions(monkeypatch, missing):
    seen, real = {}, install._version

    def run(command, check):
        seen["held"] = command[command.index("--constraint") + 1].read_text().split()
        seen["asked"] = command[-1]
        return install.subprocess.CompletedProcess(command, returncode=1)

    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(
        install, "_version", lambda n: real(n) if n != missing else None
    )
    with pytest.raises(RuntimeError, match="pip could not install pooch"):
        install._pip_install(["pooch>=1.7"])
    assert seen["asked"] == "pooch>=1.7"
    held = {Requirement(line).name: Requirement(line) for line in seen["held"]}
    assert set(held) == set(install.KEPT) - ({"numpy"} & {missing})
    for name, requirement in held.items():
        there = install.metadata.version(name) in requirement.specifier
        assert there == (name != missing)
