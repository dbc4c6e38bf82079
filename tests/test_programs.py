"""helpers.programs: what a program says, and what is said where it fails."""

import os
import sys

import pytest

from helpers import programs


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_says_what_it_finds_where_it_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("OURS", "ours")
    code = "import os; print(os.getcwd(), os.environ['OURS'], os.environ['MORE'])"
    said = programs.run(python(code), tmp_path, MORE="more")
    assert said == f"{os.path.realpath(tmp_path)} ours more\n"
    assert "MORE" not in os.environ


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_a_program_that_fails_has_the_last_word(stream):
    code = f"import sys; print('x' * 9999, 'disk full', file=sys.{stream}); exit(3)"
    said = r"(?s)-c .* status 3:\nx+ disk full$"
    with pytest.raises(RuntimeError, match=said) as failure:
        programs.run(python(code))
    assert str(failure.value).count("x") < 5100


def test_a_program_that_is_not_there_is_an_error_of_the_machine():
    with pytest.raises(OSError, match="no-such-program"):
        programs.run(["no-such-program"])
