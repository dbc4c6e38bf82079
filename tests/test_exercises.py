"""In every chapter the exercises are open, and the folded solutions are right."""

import importlib
import inspect
import math
import re

import nbformat
import numpy as np
import pytest

from helpers import exercises, spec
from tests.test_book import ROOT


def test_numbers_of_numpy_are_numbers_too():
    for value in (516, np.int64(516), np.uint8(5)):
        assert exercises.is_number(value) and exercises.is_whole(value)
    for value in (0.5, 516.0, np.float32(0.5), math.inf):
        assert exercises.is_number(value) and not exercises.is_whole(value)
    for value in (True, "516", None, [516], np.array([5, 1])):
        assert not exercises.is_number(value) and not exercises.is_whole(value)


@exercises.checker
def check_double(double):
    if double(2) != 4:
        raise exercises.NotYet("twice two is four")
    exercises.right("it doubles.")


def test_a_checker_passes_hints_on_and_turns_other_errors_into_one(capsys):
    check_double(lambda value: 2 * value)
    assert capsys.readouterr().out == "Right: it doubles.\n"
    with pytest.raises(exercises.NotYet, match="twice two is four"):
        check_double(lambda value: value)
    with pytest.raises(exercises.NotYet, match="TypeError: 'int'"):
        check_double(4)
    with pytest.raises(KeyboardInterrupt):
        check_double(lambda _: exec("raise KeyboardInterrupt"))


CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_folded_solutions_are_right_and_open_answers_pass(chapter, capsys):
    cells = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4).cells
    checkers = importlib.import_module(f"helpers.exercises.{chapter}")
    names = {**vars(spec), "np": np, "exercises": checkers}
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    folded = re.findall(r"<details>.*?</details>", text, re.S)
    solutions = re.findall(r"```python\n(.*?)```", "".join(folded), re.S)
    for solution in solutions:
        exec(solution, names)
    assert capsys.readouterr().out.count("Right: ") == len(solutions) == 3
    asked = [cell.source for cell in cells if "exercises.check_" in cell.source]
    asked = [source for source in asked if "<details>" not in source]
    for source in asked:
        exec(source, names)
    assert capsys.readouterr().out.count("Your turn: ") == len(asked) == 3


ODD = {
    "none": None,
    "text": "text",
    "object": object(),
    "negative": -1,
    "fraction": 2.5,
    "nan": math.nan,
    "list": [1, "a"],
    "array": np.zeros((2, 3)),
    "len": len,
    "str": str,
}


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_answers_get_a_hint(chapter, odd, capsys):
    checkers = importlib.import_module(f"helpers.exercises.{chapter}")
    for name, check in vars(checkers).items():
        if name.startswith("check_"):
            with pytest.raises(exercises.NotYet):
                check(*[odd] * len(inspect.signature(check).parameters))
    assert "Right: " not in capsys.readouterr().out
