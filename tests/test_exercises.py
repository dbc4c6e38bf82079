"""In every chapter the exercises are open, and the folded solutions are right."""

import importlib
import re

import nbformat
import numpy as np
import pytest

from helpers import spec
from tests.test_book import ROOT

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
