"""Other programs: run to their end, with their own words where they fail."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

_MOST = 5000  # characters of what a program said: the last ones, with the reason


def run(command: Sequence[str], folder: Path | None = None, **variables: str) -> str:
    """What a program writes to its standard output.

    command: the program and its arguments. folder: where it runs, by default here.
    variables: of its environment, beside those of this process. Raises RuntimeError
    with the end of what the program said where it fails, and OSError where there is
    no such program.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-_MOST:]
        raise RuntimeError(
            f"{shlex.join(command)} ended with status {done.returncode}:\n{said}"
        )
    return done.stdout
