"""The recorded comparison of the family is the one that its script makes."""

import dataclasses
import json

import pytest

from benchmarks import family
from helpers.record import experiment


@pytest.fixture(scope="module")
def values():
    return experiment("family")["values"]


@pytest.mark.parametrize("task", family.SIZES)
def test_it_holds_every_network_of_the_script(values, task):
    named = family.specs(task)
    same = family.twins(named)
    assert values["same"][task] == same
    for name, spec in named.items():
        fields = json.loads(json.dumps(dataclasses.asdict(spec)))
        assert values["specs"][task][name] == fields, name
        if name not in same:
            rows = values["runs"][f"{task}, {name}"]
            assert [row["seed"] for row in rows] == values["seeds"] == [*range(5)]


def test_it_says_which_photographs_it_saw_and_when_it_would_see_none(values):
    assert values["data"] == family.DATA and "OXFORD_PETS_DIR" in family.DATA
    seen = {"source": "photographs", "at_hand": 400, "breeds": 3}
    assert values["pets"] == seen | {"train": 320, "test": 80}


@pytest.mark.parametrize("task", family.SIZES)
def test_equal_is_what_the_chapter_calls_equal(task):
    """Parameters within 2 %, multiply-adds within 6."""
    named = family.specs(task)
    plain = named["plain"]
    for name, spec in named.items():
        for what, limit in (("parameters", 0.02), ("multiply-adds", 0.06)):
            cost = family.COSTS[what]
            if name.endswith(what):
                assert abs(cost(spec) / cost(plain) - 1) < limit, name


def test_the_networks_without_batchnorm_are_as_large(values):
    for task in family.SIZES:
        named = family.specs(task)
        bare, ladder = named["plain, no BatchNorm"], named["LadderNet"]
        assert bare.norm is None
        sizes = [family.trainable(each) for each in (bare, ladder, named["plain"])]
        assert max(sizes) / min(sizes) < 1.02
