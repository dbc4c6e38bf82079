"""Files written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, ending: str = "") -> Iterator[Path]:
    """A temporary file beside `path`, to be written, that takes its place at the end.

    Where the writing fails, what stood at `path` stays. ending: of the temporary
    file's name, for writers that go by it. Raises OSError that names the file.
    """
    path = Path(path)
    # Always the same name: what a killed run leaves, the next one writes over.
    temporary = path.with_name(f".{path.name}.part{ending}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write {path} ({error.strerror or error}); what stood there "
            "stays: free space, or choose another folder",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises OSError that names the file."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
