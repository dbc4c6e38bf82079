"""The frameworks by name: which are installed, and their parts with one signature."""

import importlib
import os
import zipfile
from dataclasses import dataclass
from importlib import util
from types import ModuleType


@dataclass(frozen=True)
class Framework:
    """A framework as `helpers` knows it.

    needs: the packages that have to be installed, by the name that pip and `import`
    both know. suffix: the ending of its files of weights.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    suffix: str

    @property
    def missing(self) -> list[str]:
        """The modules it needs that are not installed."""
        return [module for module in self.needs if util.find_spec(module) is None]

    def check(self) -> None:
        """Raise ModuleNotFoundError that says what to install, where it is missing."""
        if self.missing:
            raise ModuleNotFoundError(
                f"{self.title} is not installed here ({', '.join(self.missing)} "
                f"missing): `pip install {' '.join(self.needs)}`, or take the other "
                "framework"
            )

    def part(self, name: str = "") -> ModuleType:
        """`helpers.pytorch` or `helpers.keras`, or a file of it such as "train".

        Raises ModuleNotFoundError as `check` does.
        """
        self.check()
        path = ("helpers", self.name, name) if name else ("helpers", self.name)
        return importlib.import_module(".".join(path))


FRAMEWORKS = {
    "pytorch": Framework(
        "pytorch",
        "PyTorch",
        ("torch", "accelerate", "safetensors", "torchmetrics"),
        ".safetensors",
    ),
    "keras": Framework("keras", "Keras", ("keras", "tensorflow"), ".keras"),
}


def framework(name: str | None = None) -> Framework:
    """The framework of that name; without a name the first that is installed.

    Raises ValueError that lists the names there are.
    """
    if name is None:
        there = [each for each in FRAMEWORKS.values() if not each.missing]
        return there[0] if there else FRAMEWORKS["pytorch"]
    if name not in FRAMEWORKS:
        raise ValueError(
            f"framework {name!r} is not known; choose from {', '.join(FRAMEWORKS)}"
        )
    return FRAMEWORKS[name]


def of_weights(path: str | os.PathLike) -> Framework:
    """The framework whose weights a file holds, told by its first bytes.

    Raises FileNotFoundError, or ValueError for a file that is neither.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file of weights {path}; check the path")
    if os.path.isdir(path):
        raise ValueError(f"{path} is a folder; give the file of weights in it")
    with open(path, "rb") as file:
        start = file.read(9)
    if start.startswith(b"PK"):  # a zip archive: of Keras, or a checkpoint of PyTorch
        if _holds_pickle(path):
            raise ValueError(
                f"{path} is a checkpoint for --resume; give the model.safetensors "
                "beside it"
            )
        return FRAMEWORKS["keras"]
    if len(start) == 9 and start[8:] == b"{":  # eight bytes of length, then JSON
        return FRAMEWORKS["pytorch"]
    raise ValueError(
        f"{path} holds no weights: expected a .safetensors file of PyTorch or a "
        ".keras file of Keras, as `python -m helpers train` writes them"
    )


def _holds_pickle(path: str | os.PathLike) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False
