"""The command line: python -m helpers train | predict | download | info."""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

# Waiting threads spin briefly, then sleep: on a shared machine, spinning on costs
# minutes, and sleeping at once makes small networks twice as slow.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")

from helpers import __version__

PROGRAM = "python -m helpers"
INTERRUPTED = 130  # what a shell reports for a command that Ctrl-C ended

TRAIN = """\
examples:
  python -m helpers train --minutes 5 --out runs/pets
      the pets: photographs where they are at hand, drawn stand-ins where not
  python -m helpers train --preset ellipses --framework keras --out runs/ellipses
      the ellipses of "Understanding U-Net", in Keras
  python -m helpers train --data cells --classes 2 --size 256 --out runs/cells
      your own: cells/images/*.jpg with cells/masks/*.png of class indices

Ctrl-C leaves weights to predict with; the same command with --resume goes on."""

PREDICT = """\
example:
  python -m helpers predict --weights runs/pets/model.safetensors \\
      --images photos --out masks --overlay
      masks/cat.png for photos/cat.jpg, and the two blended in masks/overlay/

The exit code is 1 where a damaged picture was skipped."""


class _Parser(argparse.ArgumentParser):
    """Errors in one line, as those of the commands."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}; see `{self.prog} --help`\n")


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = _Parser(prog=PROGRAM, description="Train U-Nets and label pictures.")
    top.add_argument("--version", action="version", version=f"helpers {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str, epilog: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.add_argument(
            "--debug", action="store_true", help="show where an error came from"
        )
        return added

    _train(command("train", "train a U-Net and score it", TRAIN))
    _predict(command("predict", "write a mask for every picture", PREDICT))
    download = command("download", "fetch the Oxford-IIIT Pet photographs (811 MB)")
    download.add_argument(
        "--root", type=Path, metavar="DIR", help="where to; the cache if not given"
    )
    command("info", "say what there is: device, frameworks, data, budget")
    return top


def _train(add: argparse.ArgumentParser) -> None:
    where = add.add_argument_group("data")
    where.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="images/ with annotations/trimaps/ (Oxford-IIIT Pet) or with masks/ "
        "(class indices, same names); the pets, or drawn ellipses, if not given",
    )
    where.add_argument("--size", type=int, metavar="N", help="side of the images")
    where.add_argument(
        "--mask-offset",
        type=int,
        default=0,
        metavar="N",
        help="subtracted from masks; 1 where classes count from 1 (default: 0)",
    )
    what = add.add_argument_group("network")
    what.add_argument(
        "--preset", metavar="NAME", help="paper, ellipses, pets or light-pets"
    )
    what.add_argument(
        "--classes", type=int, metavar="N", help="1 is a sigmoid, more a softmax"
    )
    what.add_argument("--framework", choices=("pytorch", "keras"))
    how = add.add_argument_group("training")
    how.add_argument("--recipe", choices=("sound", "article"), default="sound")
    how.add_argument(
        "--budget",
        choices=("small", "large"),
        help="how many images, and how long; by the hardware if not given",
    )
    how.add_argument("--minutes", type=float, metavar="M", help="stop by the clock")
    how.add_argument("--epochs", type=int, metavar="N", help="stop after N epochs")
    how.add_argument("--batch-size", type=int, metavar="N", help="default: 8")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    how.add_argument(
        "--out", type=Path, metavar="DIR", help="default: runs/PRESET-FRAMEWORK"
    )
    again = how.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with the run")
    again.add_argument("--overwrite", action="store_true", help="replace the run")


def _predict(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--weights",
        type=Path,
        required=True,
        metavar="FILE",
        help=".safetensors of PyTorch or .keras of Keras, from `train`",
    )
    add.add_argument(
        "--images", type=Path, required=True, metavar="PATH", help="a folder or a file"
    )
    add.add_argument("--out", type=Path, required=True, metavar="DIR")
    add.add_argument("--batch-size", type=int, default=8, metavar="N")
    add.add_argument(
        "--overlay", action="store_true", help="also pictures tinted with their masks"
    )
    add.add_argument(
        "--color", action="store_true", help="also masks with a palette, to look at"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code.

    0 where all went well, 1 where pictures were skipped, 2 for an error, which is
    told in one line, and 130 after Ctrl-C.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser().parse_args(given or ["--help"])
    options.given = given
    from helpers import commands

    try:
        with _warnings_in_a_line():
            return getattr(commands, options.command)(options)
    except KeyboardInterrupt as stop:
        print(stop if str(stop) else "interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        text = _explained(error)
        if options.debug or text is None:
            raise
        print(f"error: {text}", file=sys.stderr)
        return 2


def _explained(error: Exception) -> str | None:
    """An error in one line; None for one that is a fault of ours."""
    kind = type(error).__name__
    # PyTorch's and TensorFlow's, told by name as neither may be loaded.
    if kind in ("OutOfMemoryError", "ResourceExhaustedError", "MemoryError"):
        return "out of memory; take a smaller --batch-size, --size or --preset"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror}"
    elif isinstance(error, (ValueError, OSError, ImportError, FloatingPointError)):
        text = str(error)
    else:
        return None
    return " ".join(text.split())


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Our warnings as lines of their own, without the code that gave them."""

    def show(message, category, filename, lineno, file=None, line=None) -> None:
        print(f"warning: {' '.join(str(message).split())}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.showwarning = show
        yield


if __name__ == "__main__":
    sys.exit(main())
