"""The workflows: pinned actions, the least permissions, no secrets."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
MOST = {"contents": "read"}
TO_PUBLISH = {"pages": "write", "id-token": "write"}

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)


def read(path):
    """The workflow; YAML takes the key `on` for a yes."""
    found = yaml.safe_load(path.read_text())
    return {("on" if key is True else key): value for key, value in found.items()}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@each_workflow
def test_actions_are_pinned_to_a_commit_and_say_its_version(path):
    used = re.findall(r"uses:\s*(.*)", path.read_text())
    assert len(used) == len([step for step in steps(read(path)) if "uses" in step])
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action)


def test_an_action_has_one_version_everywhere():
    used = {}
    for path in WORKFLOWS:
        for step in steps(read(path)):
            name, _, version = step.get("uses", "").partition("@")
            assert used.setdefault(name, version) == version


@each_workflow
def test_permissions_are_the_least(path):
    workflow = read(path)
    assert workflow["permissions"] == {}, "a job that names none gets none"
    for name, job in workflow["jobs"].items():
        publishes = any("deploy-pages" in step.get("uses", "") for step in job["steps"])
        assert job["permissions"] == (TO_PUBLISH if publishes else MOST), name
        assert "environment" not in job or publishes


@each_workflow
def test_no_secret_is_used_and_no_code_of_others_gets_a_token(path):
    text = path.read_text()
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    for step in steps(read(path)):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_what_others_write_is_not_run(path):
    """Titles and names of branches may hold commands."""
    for step in steps(read(path)):
        assert "${{" not in step.get("run", "")


@each_workflow
def test_a_job_ends(path):
    for job in read(path)["jobs"].values():
        assert job["timeout-minutes"] <= 90


def test_the_book_is_tested_on_every_change_and_published_from_main_alone():
    workflow = read(ROOT / ".github/workflows/book.yml")
    assert {"push", "pull_request"} <= set(workflow["on"])
    build, deploy = workflow["jobs"]["build"], workflow["jobs"]["deploy"]
    assert any(step.get("run") == ".ci/run" for step in build["steps"])
    kept = [
        step for step in build["steps"] if "upload-artifact" in step.get("uses", "")
    ]
    assert kept[0]["with"]["path"] == "_build/html", "the preview"
    assert kept[0]["if"] == "${{ !cancelled() }}", "of pull requests, too"
    assert deploy["needs"] == "build"
    conditions = deploy["if"].split(" && ")
    assert "github.ref == 'refs/heads/main'" in conditions
    assert "needs.build.outputs.own == 'true'" in conditions, "no fork by mistake"
    assert deploy["environment"]["name"] == "github-pages"
    assert deploy["concurrency"]["cancel-in-progress"] is False


def test_outside_links_are_looked_at_once_a_week_and_in_no_test():
    workflow = read(ROOT / ".github/workflows/links.yml")
    (schedule,) = workflow["on"]["schedule"]
    *_, day, month, weekday = schedule["cron"].split()
    assert (day, month) == ("*", "*")
    assert weekday.isdigit()
    assert [step for step in steps(workflow) if step.get("run") == "make links"]
    makefile = (ROOT / "Makefile").read_text()
    assert "links.py" in makefile.partition("\nlinks:")[2].partition("\n\n")[0]
    others = (makefile.replace("links:", "", 1), (ROOT / ".ci/run").read_text())
    assert "make links" not in others[1]
    assert makefile.count("links.py") == 1
