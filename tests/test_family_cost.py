"""What the family costs is timed in turns, and recorded for every network."""

import numpy as np
import pytest
import torch

from benchmarks import family, family_cost, training_memory
from helpers import shapes
from helpers.record import experiment


@pytest.fixture(scope="module")
def values():
    return experiment("family_cost")["values"]


@pytest.mark.parametrize("framework", family_cost.FRAMEWORKS)
@pytest.mark.parametrize("what", ["an_answer", "a_step"])
def test_every_network_is_timed_in_every_round(values, what, framework):
    every = [f"{t}, {n}" for t in family.SIZES for n in family_cost.networks(t)]
    found = values[f"milliseconds_{what}_in_{framework}"]
    assert [*found] == every and len(every) == 24
    assert {len(rounds) for rounds in found.values()} == {values["rounds"]}
    assert min(map(min, found.values())) > 0


def test_its_networks_are_those_of_the_comparison(values):
    kept = experiment("family")["values"]
    assert values["same"] == kept["same"] and values["sizes"] == kept["sizes"]
    for task, named in kept["costs"].items():
        fresh = {k: v for k, v in named.items() if k not in kept["same"][task]}
        assert values["costs"][task] == fresh
        assert family_cost.costs(task, [*fresh]) == fresh


@pytest.mark.parametrize("framework", training_memory.FRAMEWORKS.values())
def test_both_records_together_have_the_memory_of_all(values, framework):
    key = f"megabytes_an_image_in_{framework}"
    here, there = values[key], experiment("training_memory")["values"][key]
    assert [*here] == family_cost.unmeasured() and not set(here) & set(there)
    assert set(here) | set(there) == set(family_cost.networks("ellipses"))
    assert min(map(min, here.values())) > 0


def test_calls_take_turns_and_a_round_is_a_mean(monkeypatch):
    """By a clock of our own: that of a busy machine could fail the test."""
    now, calls = [100.0], []
    monkeypatch.setattr(family_cost.time, "perf_counter", lambda: now[0])

    def slow() -> None:
        calls.append("slow")
        now[0] += 0.001 * len(calls)

    names = [(what, "PyTorch", "plain") for what in ("a_step", "an_answer")]
    both = dict(zip(names, (slow, lambda: calls.append("idle"))))
    found = family_cost.timed(both, 2)
    assert calls == (["slow"] * 3 + ["idle"] * 3) * 2
    assert found[names[0]] == pytest.approx([2, 8]) and found[names[1]] == [0, 0]


def test_an_unknown_network_and_a_failed_memory_run_end_it_at_once(
    monkeypatch, capsys, tmp_path
):
    command = ["family_cost", "--out", str(tmp_path / "out"), "--networks"]
    monkeypatch.setattr("sys.argv", [*command, "plane"])
    with pytest.raises(SystemExit):
        family_cost.main()
    assert "invalid choice: 'plane' (choose from" in capsys.readouterr().err

    def failed(*_):
        raise RuntimeError("no memory")

    monkeypatch.setattr(training_memory.memory, "alone", failed)
    monkeypatch.setattr(family_cost, "one_thread", lambda: None)
    monkeypatch.setattr(family_cost, "ready", lambda chosen: {})
    monkeypatch.setattr(family_cost, "timed", lambda *_: pytest.fail("timed it first"))
    monkeypatch.setattr("sys.argv", [*command, family_cost.unmeasured()[0]])
    with pytest.raises(RuntimeError, match="no memory"):
        family_cost.main()


def test_memory_by_the_image_is_what_a_large_batch_holds_more(monkeypatch):
    first, last = training_memory.BATCHES
    peaks = [100.0, 100.0 + 2 * (last - first)]
    monkeypatch.setattr(training_memory.memory, "alone", lambda *_: {"peaks_mb": peaks})
    found, every = training_memory.measure(["plain"], 2)
    titles = training_memory.FRAMEWORKS.values()
    assert found == {f"megabytes_an_image_in_{t}": {"plain": [2, 2]} for t in titles}
    assert every == {f"plain, {t}": [peaks, peaks] for t in titles}


@pytest.mark.parametrize("name", ["plain", "LadderNet"])
def test_a_step_learns_and_an_answer_does_not(monkeypatch, name):
    """In both frameworks, whatever kind of network it is."""
    made = []

    def watched(build):
        def build_and_keep(*given):
            made.append(build(*given))
            return made[-1]

        return build_and_keep

    for module in (family, family_cost.keras, family_cost.laddernet):
        monkeypatch.setattr(module, "build", watched(module.build))
    batch = shapes.make(2, 32, seed=1)
    for prepare in family_cost.FRAMEWORKS.values():
        made.clear()
        calls = prepare(family.specs("ellipses")[name], batch)
        before = weights(made)
        calls["an_answer"]()
        assert np.array_equal(weights(made), before)
        calls["a_step"]()
        assert not np.array_equal(weights(made), before)


def weights(nets) -> np.ndarray:
    """All that networks of either framework hold, statistics included, in one row."""
    each = []
    for net in nets:
        if isinstance(net, torch.nn.Module):
            each += [v.cpu().numpy().ravel() for v in net.state_dict().values()]
        else:
            each += [np.ravel(v) for v in net.weights]
    return np.concatenate(each)
