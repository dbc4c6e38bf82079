"""The records of the recipe and of BatchNorm are those that their scripts make."""

import json
import math

import pytest

from benchmarks import batch_norm, paper_recipe
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
    assert values["parameters"] == paper_recipe.SPEC.parameters()
    assert seeds_of(values) == {(0, 1, 2, 3, 4)}


def test_batch_norms_rates_are_its_scripts():
    values = experiment("batch_norm")["values"]
    names = [f"{n}, {r}" for n in ("no norm", "BatchNorm") for r in batch_norm.RATES]
    assert names == [*values["runs"]]
    assert values["task"] == as_kept(batch_norm.TASK)
    assert (values["images"], values["test"]) == (batch_norm.IMAGES, batch_norm.TEST)
    assert values["parameters"] == batch_norm.SPEC.parameters()
    assert seeds_of(values) == {(0, 1, 2, 3, 4)}


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
