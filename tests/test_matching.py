"""Widths are found that cost what was asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import matching
from helpers.laddernet import LadderSpec
from helpers.spec import ELLIPSES, LIGHT_PETS

COSTS = {
    "parameters": lambda spec: spec.parameters(),
    "multiply-adds": lambda spec: spec.multiply_adds(64, 64),
}
CHANGES = [
    {},
    {"block": "residual"},
    {"block": "dense"},
    {"block": "recurrent"},
    {"skip": "attention"},
]


@settings(max_examples=15, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    name=st.sampled_from(sorted(COSTS)),
    times=st.floats(0.2, 5),
)
def test_the_cost_is_met_and_no_neighbor_is_nearer(change, name, times):
    spec, cost = LIGHT_PETS.replace(**change), COSTS[name]
    target = times * cost(LIGHT_PETS)
    found = matching.nearest(spec, target, cost)
    assert abs(cost(found) / target - 1) < 0.04  # of a dense block, two channels a step
    assert found.replace(widths=spec.widths) == spec
    off = abs(cost(found) - target)
    for factor in (0.93, 1.07):
        other = matching.scaled(found, factor)
        assert other == found or abs(cost(other) - target) >= off


def test_it_agrees_with_the_search_of_the_spec():
    without = ELLIPSES.replace(skip="none")
    found = matching.nearest(without, 159_777, COSTS["parameters"])
    assert found == without.with_parameters(159_777)
    assert found.decoder_widths == (17, 17, 35)


def test_dense_widths_divide_by_the_convolutions():
    spec = LIGHT_PETS.replace(block="dense", convs=3, widths=(12, 24, 48))
    found = matching.nearest(spec, 50_000, COSTS["parameters"])
    assert not any(width % 3 for width in found.widths)


@pytest.mark.parametrize("name", COSTS)
def test_a_ladder_takes_the_nearest_number_of_filters(name):
    cost = COSTS[name]
    found = matching.nearest(LadderSpec(3, 1), cost(LadderSpec(3, 1, filters=7)), cost)
    assert found == LadderSpec(3, 1, filters=7)


def test_what_no_width_reaches_is_refused():
    with pytest.raises(ValueError, match="target 1 is out of reach"):
        matching.nearest(LIGHT_PETS, 1, COSTS["parameters"])
