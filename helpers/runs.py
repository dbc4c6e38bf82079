"""The folder of a training run: whose it is, and what the commands do about it."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from helpers.files import write_atomically
from helpers.frameworks import FRAMEWORKS, Framework

CHECKPOINTS = {"pytorch": "checkpoint.pt", "keras": "checkpoint.keras"}
"""What a run resumes from, by framework."""


def weights_of(out: Path, framework: Framework) -> Path:
    """The file of weights that a run leaves in its folder."""
    return out / f"model{framework.suffix}"


def prepare(
    out: Path, framework: Framework, *, resume: bool = False, overwrite: bool = False
) -> None:
    """Make the folder of a run, before anything that takes time.

    resume: a run of `framework` may be there. overwrite: what is there is removed by
    `clear`, once all else is known to be right.

    Raises ValueError where the folder holds a run that is neither resumed nor
    replaced, or one of the other framework; OSError where it cannot be written.
    """
    earlier = [each for each in FRAMEWORKS.values() if weights_of(out, each).exists()]
    if earlier and not (resume or overwrite):
        raise ValueError(
            f"{out} holds a run; --resume goes on with it, --overwrite replaces it, "
            "or choose another --out"
        )
    if resume and earlier and framework not in earlier:
        raise ValueError(
            f"{out} holds a run of {earlier[0].title}; go on with it by --framework "
            f"{earlier[0].name}, or choose another --out"
        )
    check_writable(out)


def check_writable(folder: Path) -> None:
    """Make a folder, and raise OSError that names it where no file can be put there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot make the folder {folder} ({error.strerror}); choose another --out",
        ) from error
    probe = folder / ".writable"
    write_atomically(probe, b"?")
    probe.unlink()


def clear(out: Path) -> None:
    """Remove the files of an earlier run, of either framework."""
    weights = [weights_of(out, each) for each in FRAMEWORKS.values()]
    others = (*CHECKPOINTS.values(), "history.json", "scores.json")
    for path in (*weights, *(out / name for name in others)):
        path.unlink(missing_ok=True)


def predict_command(out: Path, framework: Framework, images: Path | None) -> str:
    """What to type to try the weights of a run."""
    words = ["predict", "--weights", str(weights_of(out, framework))]
    words += ["--images", str(images or "PICTURES"), "--out", str(out / "masks")]
    return command(words)


def command(words: Sequence[str]) -> str:
    """Words as a line for a shell."""
    return shlex.join(["python", "-m", "helpers", *words])


@contextmanager
def resumable(
    out: Path, framework: Framework, given: Sequence[str], images: Path | None
) -> Iterator[None]:
    """Raise Ctrl-C on with a line that says how to go on, and what can be used.

    given: the words of the command that was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        words = [word for word in given if word not in ("--resume", "--overwrite")]
        again = f"go on with `{command([*words, '--resume'])}`"
        if not weights_of(out, framework).exists():
            raise KeyboardInterrupt(f"interrupted before training: {again}") from None
        use = predict_command(out, framework, images)
        raise KeyboardInterrupt(f"interrupted: {again}, or try `{use}`") from None
