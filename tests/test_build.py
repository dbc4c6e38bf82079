"""What a build forgets, and what it is made from."""

import build
import npm
import pytest
import web_files

from benchmarks import time_to_quality
from tests.page import built

STAY = [web_files.INSTALLED, npm.TOOLS, time_to_quality.WORK]


@pytest.mark.parametrize("executions", [True, False])
def test_to_forget_a_build_takes_nothing_from_others(tmp_path, monkeypatch, executions):
    assert {path.parent for path in STAY} == {build.BUILT}
    monkeypatch.setattr(build, "BUILT", tmp_path)
    monkeypatch.setattr(build, "EXECUTIONS", tmp_path / build.EXECUTIONS.name)
    stay = {path.name for path in STAY}
    go = {"html", ".doctrees", "shown"}
    for name in {*stay, *go, build.EXECUTIONS.name}:
        (tmp_path / name / "inside").mkdir(parents=True)
    (tmp_path / build.KEY.name).touch()
    build.forget(executions=executions)
    left = {path.name for path in tmp_path.iterdir() if (path / "inside").exists()}
    assert left == stay | (set() if executions else {build.EXECUTIONS.name})
    assert not (tmp_path / build.KEY.name).exists()


def test_pages_are_old_where_a_build_would_run_them_anew():
    missed = [
        pattern
        for pattern in build.MADE_FROM
        if not pattern.startswith(tuple(built.SOURCES))
    ]
    assert not missed, f"built.SOURCES in tests/page/built.py lacks {missed}"
