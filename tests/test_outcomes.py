"""The page of results shows every recorded experiment, whatever its file holds."""

import json
import re
import shlex
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers import outcomes, record
from helpers.outcomes import Results, asked
from helpers.tables import tables_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "book" / "results.md").read_text()
RUNS = {"plain": [{"seed": 0, "iou": 0.5}, {"seed": 1, "iou": 0.7}]}


def save(folder, name, values, command="python -m benchmarks step"):
    record.save_experiment(folder / name, values, command)


def soup(shown):
    return BeautifulSoup(shown.data, "html.parser")


def cells(shown):
    rows = soup(shown).select("tr")
    return [[cell.get_text() for cell in row.select("th, td")] for row in rows]


def test_every_record_of_the_book_is_shown_once_and_can_be_repeated():
    """Those that the page names, those that are new, and no empty one."""
    page = Results()
    named = re.findall(r"results.show\((.*?)\)", PAGE, re.S)
    for names in named:
        page.show(*re.findall(r'"(\w+)"', names))
    page.others()
    assert len(set(page.shown)) == len(page.shown)
    assert set(page.names) <= set(page.shown)
    page = Results()
    for name in page.names:
        shown = soup(page.show(name))
        assert len(shown.select("tbody td")) >= 2, name
        assert page.read(name)["command"] in shown.get_text()
        assert asked(page.read(name)["command"]).endswith("."), name


@pytest.mark.parametrize("name", Results().names)
def test_a_recorded_command_writes_its_own_record(name):
    """Each of our modules writes the file of its name, or where `--out` says."""
    words = shlex.split(Results().read(name)["command"])
    module = words[2].removeprefix("benchmarks").lstrip(".") or words[3]
    given = words[words.index("--out") + 1] if "--out" in words else module
    assert Path(given).name == name
    assert (ROOT / "benchmarks" / f"{module}.py").is_file()


def test_a_new_file_appears_by_itself(tmp_path):
    page = Results(tmp_path)
    assert "not recorded yet" in soup(page.show("known")).get_text()
    assert soup(page.others()).get_text() == "None."
    save(tmp_path, "new", {"runs": RUNS, "steps": 20})
    text = soup(page.others()).get_text(" ")
    assert "0.60 ± 0.14" in text and "steps: 20" in text
    assert "python -m benchmarks step" in text and "torch 2" in text
    assert "Seconds for a training step" in text
    assert soup(page.others()).get_text() == "None."
    [row] = soup(page.overview()).select("li")
    assert row.get_text().startswith("new: Seconds for a training step")
    assert soup(page.show("new")).find(id=row.a["href"][1:])


def test_runs_become_a_row_per_network_with_its_cost(tmp_path):
    save(tmp_path, "a", {"runs": RUNS, "parameters": {"plain": 31_030_658}})
    shown = cells(Results(tmp_path).show("a"))
    assert shown == [["", "parameters", "IoU"], ["plain", "31,030,658", "0.60 ± 0.14"]]


def test_costs_are_found_by_task_and_name():
    runs = {"pets, dense": [{"iou": 0.5}]}
    costs = {"pets": {"dense": {"parameters": 100, "multiply-adds": 2_000_000}}}
    [(_, head, rows)] = tables_of({"runs": runs, "costs": costs})
    assert head == ["", "parameters", "multiply-adds", "IoU"]
    assert rows == [["pets, dense", "100", "2,000,000", "0.5"]]


def test_what_is_neither_a_score_nor_named_stays_in_the_file():
    runs = {"a": [{"iou": 0.5, "losses": [3, 2], "ok": True, "how": {"loss": "x"}}]}
    [(_, head, rows)] = tables_of({"runs": runs, "recipe": {"epochs": 3, "loss": "x"}})
    assert head == ["", "IoU"] and rows == [["a", "0.5"]]


def test_scores_under_a_name_have_a_table_of_their_own():
    """And those under two names a row for each second one."""
    deep = {"top": {"what": 0.5}, "bottom": {"what": 0.75}}
    row = {"iou": 0.5, "at_best": {"iou": 0.6, "made_up": 2}, "levels": deep}
    one, best, levels = tables_of({"runs": {"a": [row], "b": [{"iou": 0.25}]}})
    assert one == ("", ["", "IoU"], [["a", "0.5"], ["b", "0.25"]])
    assert best == ("at best", ["", "IoU", "made up"], [["a", "0.6", "2"]])
    rows = [["a, top", "0.5"], ["a, bottom", "0.75"]]
    assert levels == ("levels", ["", "what"], rows)
    title, _, rows = tables_of({"runs": {"a": [row, row]}})[1]
    assert title == "at best: mean ± standard deviation of 2 seeds"
    assert rows == [["a", "0.6 ± 0", "2 ± 0"]]


def tables_shown(name):
    """The tables of one of the book's records by title, and its section as text."""
    found = tables_of(Results().read(name)["values"])
    text = soup(Results().show(name)).get_text(" ")
    return {title.split(":")[0]: (head, rows) for title, head, rows in found}, text


def test_the_recipes_mistakes_are_shown_and_its_setting_is_no_measurement():
    found, text = tables_shown("paper_recipe")
    for angles in ("as it is", "4 turns", "7 turns"):
        head, rows = found[angles]
        assert {"IoU", "merges", "splits", "missed", "made up"} <= {*head}
        assert len(rows) == 6 and all(map(all, rows))
    assert "look" not in found
    assert "look: size 96, cells 10 to 16, radius 0.067 to 0.107" in text


def test_what_and_where_are_shown_by_level():
    found, _ = tables_shown("what_where")
    head, rows = found["levels"]
    assert head == ["", "what", "where", "where, one answer a cell", "ceiling"]
    assert len(rows) == 15 and all(map(all, rows))
    assert rows[4][0] == "without skips, bottom"
    head, rows = found["mean ± standard deviation of 5 seeds"]
    counted = [row[head.index("parameters")] for row in rows]
    assert counted == ["192,459", "241,419", "192,459"]


def test_a_network_with_two_names_is_shown_once_and_named_twice():
    found, text = tables_shown("family")
    [(_, rows)] = [each for title, each in found.items() if title.startswith("mean")]
    named = [row[0] for row in rows]
    assert "pets, residual, parameters" in named
    assert "pets, residual, multiply-adds" not in named
    for kind in ("residual", "attention"):
        one, other = (f"“{kind}, {what}”" for what in ("multiply-adds", "parameters"))
        assert f"{one} is the same network as {other} (ellipses, pets)" in text


@pytest.mark.parametrize(
    "name", ["border_weights", "family", "imbalance", "paper_recipe"]
)
def test_the_setting_says_on_which_data(name):
    _, text = tables_shown(name)
    assert "data: " + Results().read(name)["values"]["data"] in text


def test_a_list_of_runs_is_shown_as_it_is():
    runs = [{"side": 1024, "how": "<whole>", "peak_mb": 352.5}]
    [(_, head, rows)] = tables_of({"runs": runs, "tile": 522})
    assert head == ["side", "how", "peak mb"]
    assert rows == [["1024", "&lt;whole&gt;", "352.5"]]


def test_seconds_and_targets():
    target = {"name": "ratio", "measured": 2.4, "bound": 2.2, "above": True}
    targets = [target | {"met": True}, target | {"above": False, "met": False}]
    found = tables_of({"seconds": {"plain": [1.0, 3.0]}, "targets": targets})
    (title, _, times), (_, _, rows) = found
    assert (title, times) == ("seconds", [["plain", "2.0 ± 1.4"]])
    assert rows == [["ratio", "2.4", "≥ 2.2", "yes"], ["ratio", "2.4", "≤ 2.2", "no"]]


def test_the_race_on_the_photographs():
    """Constant answer, the article's best and kept epoch, and both of ours."""
    epochs = [
        {"epoch": 1, "seconds": 9.0, "mean_iou": 0.4, "iou": [0.3, 0.5], "val_loss": 1},
        {"epoch": 2, "seconds": 18.0, "mean_iou": 0.6, "val_loss": 0.9},
        {"epoch": 3, "seconds": 27.0, "mean_iou": 0.5, "val_loss": 0.8},
    ]
    values = {
        "train": 300,
        "constant": {"mean_iou": 0.2},
        "article": {"epochs": epochs, "kept": epochs[2], "seconds": 27.0},
        "quick": {"epochs": 9, "mean_iou": 0.7, "seconds": 2.5, "iou": [0.1]},
    }
    [(_, head, rows)] = tables_of(values)
    places = head.index("mean IoU"), head.index("seconds")
    assert {row[0]: [row[k] for k in places] for row in rows} == {
        "constant": ["0.2", ""],
        "quick": ["0.7", "2.5"],
        "article, best epoch": ["0.6", "18"],
        "article, epoch kept": ["0.5", "27"],
    }


def test_a_long_table_is_folded_unless_it_is_the_first(tmp_path):
    long = {f"{number:02}": number for number in range(outcomes.MOST + 1)}
    short = {k: v for k, v in long.items() if v}
    longer = long | {"one more": 0}
    save(tmp_path, "a", {"first": long, "ms": longer, "mb": short})
    folded, setting = soup(Results(tmp_path).show("a")), "Setting"
    [fold] = [d for d in folded.select("details") if d.summary.string != setting]
    title = f"ms ({len(longer)} rows)"
    assert fold.summary.string == title and "open" not in fold.attrs
    assert len(fold.select(".unet-table")) == 1 < len(folded.select(".unet-table"))
    assert [p.string for p in folded.select("p.title")] == ["first", "mb"]


def test_fields_about_the_same_names_share_a_table():
    ms = {"plain": [1.0, 3.0], "wide": [4.0, 4.0]}
    mb = {"plain": 5, "wide": 6}
    tables = tables_of({"ms": ms, "other": {"plain": 7}, "mb": mb})
    assert [(title, head) for title, head, _ in tables] == [
        ("", ["", "ms", "mb"]),
        ("other", ["", ""]),
    ]
    assert [row[0] for row in tables[0][2]] == ["plain", "wide"]
    assert [row[2] for row in tables[0][2]] == ["5", "6"]


def test_a_file_without_its_machine_is_refused(tmp_path):
    (tmp_path / "half.json").write_text(json.dumps({"values": {}}))
    with pytest.raises(ValueError, match=r"half\.json lacks command, date, machine"):
        Results(tmp_path).overview()


def test_what_a_command_asks(monkeypatch):
    assert asked("python -m benchmarks nothing_like_this --seeds 5") == ""
    both = {asked(f"python -m benchmarks{mark}step --x 2") for mark in " ."}
    assert len(both) == 1 and both.pop().startswith("Seconds for a training step")
    monkeypatch.setattr(outcomes.repository, "root", lambda: None)
    assert asked("python -m benchmarks step") == ""
