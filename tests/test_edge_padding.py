"""The record of the paddings' edges is its script's, and the chapter shows it."""

import json

import numpy as np
import pytest

from benchmarks import edge_padding
from helpers import extents, tiles
from helpers.record import experiment


def test_the_record_is_its_scripts():
    values = experiment("edge_padding")["values"]
    assert [*values["runs"]] == [*edge_padding.KINDS]
    for rows in values["runs"].values():
        assert [row["seed"] for row in rows] == values["seeds"] == [*range(5)]
    assert values["task"] == json.loads(json.dumps(edge_padding.TASK))
    assert (values["images"], values["test"], values["rim"]) == (
        edge_padding.IMAGES,
        edge_padding.TEST,
        edge_padding.RIM,
    )
    assert values["learning_rate"] == edge_padding.RECIPE.learning_rate
    assert values["parameters"] == edge_padding.SAME.parameters()


@pytest.mark.parametrize("kind", edge_padding.KINDS)
def test_the_cut_is_felt_as_far_as_the_network_reaches(monkeypatch, kind):
    monkeypatch.setattr(edge_padding, "TEST", 1)
    monkeypatch.setattr(edge_padding, "IMAGES", 2)
    row = edge_padding.measure((0, kind), steps=2)
    kept = experiment("edge_padding")["values"]["runs"][kind][0]
    assert {*row, "seed"} == {*kept} and len(row["profile"]) == len(kept["profile"])
    spec = edge_padding.VALID if kind == "valid" else edge_padding.SAME
    reach = tiles.margin(spec) if kind == "valid" else tiles.halo(spec)
    assert max(row["profile"][reach:]) < 1e-12 < min(row["profile"][: reach - 4])
    assert 0 <= row["wrong_alone"] <= 1 and 0 <= row["wrong_within"] <= 1


def test_seeds_and_paddings_give_networks_of_their_own(monkeypatch):
    monkeypatch.setattr(edge_padding, "IMAGES", 2)
    jobs = [("zero", 0), ("reflect", 0), ("zero", 1)]
    nets = [edge_padding.trained(*job, steps=2) for job in jobs]
    first = [next(net.parameters()).detach().numpy() for net in nets]
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], first[2])


def test_what_lies_beside_has_the_color_of_its_name():
    own = {"zero": np.array([1, 0.1, 0]), "valid": np.array([0.5, 0.2, 0])}
    figure = extents.by_distance(own, "off", 2, ("recorded", {"valid": own["zero"]}))
    zero, valid, recorded, reach = figure.axes[0].lines
    assert recorded.get_color() == valid.get_color() != zero.get_color()
    assert list(recorded.get_ydata()[:2]) == [1, 0.1]
    assert np.isnan(recorded.get_ydata()[2]) and reach.get_xdata()[0] == 2
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["zero", "valid", "recorded"]
