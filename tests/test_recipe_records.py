"""Records are those that their scripts make, and say what makes them again."""

import argparse
import json
import math
import shlex
import sys

import pytest

from benchmarks import (
    batch_norm,
    border_weights,
    ellipses_skips,
    imbalance,
    line_poolings,
    paper_recipe,
    seeds,
)
from helpers.record import experiment


def as_kept(value):
    """As JSON gives it back."""
    return json.loads(json.dumps(value))


def seeds_of(values):
    return {tuple(row["seed"] for row in rows) for rows in values["runs"].values()}


def test_the_recipe_is_its_scripts():
    values = experiment("paper_recipe")["values"]
    assert values["variants"] == [*values["runs"]] == [*paper_recipe.VARIANTS]
    assert values["look"] == as_kept(paper_recipe.LOOK)
    assert values["learning_rate"] == paper_recipe.RATE
    assert (values["images"], values["test"]) == (
        paper_recipe.IMAGES,
        paper_recipe.TEST,
    )
    for name, (network, _) in paper_recipe.VARIANTS.items():
        spec = paper_recipe.SPEC.replace(**network)
        assert values["parameters"][name] == spec.parameters(), name
    assert seeds_of(values) == {(0, 1, 2, 3, 4)}


def test_batch_norms_rates_are_its_scripts():
    values = experiment("batch_norm")["values"]
    names = [f"{n}, {r}" for n in batch_norm.NORMS for r in batch_norm.RATES]
    assert names == [*values["runs"]]
    assert values["task"] == as_kept(batch_norm.TASK)
    assert (values["images"], values["test"]) == (batch_norm.IMAGES, batch_norm.TEST)
    counted = values["parameters"]
    assert [*counted] == names
    for norm in batch_norm.NORMS:
        every = {counted[f"{norm}, {rate}"] for rate in batch_norm.RATES}
        assert every == {batch_norm.spec(norm).parameters()}
    assert counted["no norm, 0.1"] < counted["BatchNorm, 0.1"]
    assert seeds_of(values) == {(0, 1, 2, 3, 4)}


@pytest.mark.parametrize("script", [border_weights, imbalance, paper_recipe])
def test_a_record_says_which_data_its_script_draws(script):
    values = experiment(script.RESULT.name)["values"]
    assert values["data"] == script.DATA
    assert values.get("cuts") == as_kept(getattr(script, "CUTS", None))


class Here:
    """Stands for a pool of processes: calls one after the other."""

    map = staticmethod(map)

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_the_command_says_where_it_wrote_unless_to_its_own_file(monkeypatch, tmp_path):
    monkeypatch.setattr(seeds, "ProcessPoolExecutor", Here)
    elsewhere = tmp_path / "of mine"
    asked = seeds.parser("", 7, elsewhere).parse_args(["--seeds", "1"])
    seeds.run(lambda job: {"iou": 0.5}, [(0, "a")], {}, asked, "benchmarks.batch_norm")
    command = "python -m benchmarks.batch_norm --seeds 1 --steps 7"
    assert experiment(elsewhere)["command"] == f"{command} --out '{elsewhere}'"
    asked.out = batch_norm.RESULT
    assert seeds.command("benchmarks.batch_norm", asked, "seeds", "steps") == command
    monkeypatch.chdir(tmp_path)
    asked.out = batch_norm.RESULT.with_name("of mine")  # an absolute path, inside
    told = seeds.command("benchmarks.batch_norm", asked, "seeds", "steps")
    assert told == f"{command} --out 'benchmarks/results/of mine'"


def test_the_command_says_names_with_spaces_as_they_were_given():
    asked = argparse.Namespace(out=line_poolings.RESULT, only=["skips 5", "it's"])
    command = seeds.command("benchmarks.line_poolings", asked, "only")
    assert shlex.split(command)[3:] == ["--only", "skips 5", "it's"]


def test_the_short_training_with_skips_does_not_pass_for_the_long(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(ellipses_skips, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(ellipses_skips, "measure", lambda job, **_: {"iou": 0.5})
    given = ["--seeds", "1", "--epochs", "4", "--out", f"{tmp_path}/short"]
    monkeypatch.setattr(sys, "argv", ["ellipses_skips", *given])
    assert ellipses_skips.main() == 0
    command = experiment(tmp_path / "short")["command"]
    assert command.endswith(f"--epochs 4 --size 64 --out {tmp_path}/short")


def test_every_variant_trains_and_differs(monkeypatch):
    monkeypatch.setattr(paper_recipe, "TEST", 1)
    monkeypatch.setattr(paper_recipe, "IMAGES", 1)
    unturned = dict.fromkeys(paper_recipe.ANGLES, (0,))
    monkeypatch.setattr(paper_recipe, "ANGLES", unturned)
    kept = experiment("paper_recipe")["values"]["runs"]
    losses = []
    for name in paper_recipe.VARIANTS:
        row = paper_recipe.measure((0, name), steps=1)
        assert {*row, "seed"} == {*kept[name][0]}
        losses.append(round(row.pop("last_loss"), 6))
        for angles in paper_recipe.ANGLES:
            assert row[angles].keys() == kept[name][0][angles].keys()
            assert row[angles]["true"] >= 10 and 0 <= row[angles]["iou"] <= 1
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("norm", ["no norm", "BatchNorm"])
def test_batch_norm_measures_twice(monkeypatch, norm):
    monkeypatch.setattr(batch_norm, "TEST", 50)
    monkeypatch.setattr(batch_norm, "IMAGES", 40)
    row = batch_norm.measure((0, norm, 1e-2), steps=2)
    assert (row["anew"] == row["held_out"]) == (norm == "no norm")
    assert 0.3 < row["constant"] < math.log(2)


def test_a_loss_that_is_no_number_is_kept_as_the_largest():
    found = [batch_norm.bounded(x) for x in (math.nan, math.inf, 1e9, 0.5)]
    assert found == [batch_norm.MOST] * 3 + [0.5]
