"""Installs what helpers still needs, and never touches the frameworks.

A notebook on its own, in Colab say, first installs helpers alone, without its
dependencies, and then calls `complete()`: whatever is missing comes in beside the
torch, TensorFlow, Keras and numpy that the machine has, at exactly their versions.
"""

import contextlib
import importlib
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

PACKAGE = "unet-helpers"
FRAMEWORKS = ("keras", "tensorflow", "torch")
KEPT = (*FRAMEWORKS, "numpy")
SAME = {"opencv-python-headless": ("opencv-python", "opencv-contrib-python")}
"""Other packages that bring the same module; two of them break each other."""


def complete(package: str = PACKAGE) -> list[str]:
    """Install the missing dependencies of `package`; returns what was installed.

    A framework that is missing stays so, and with it what only serves it; one line
    says which. Raises `RuntimeError` where a framework is there but too old, because
    changing it could break the machine's other work, and where pip fails.
    """
    needed = _requirements(package)
    old = [text for text in needed if _name(text) in KEPT and _is_too_old(text)]
    if old:
        raise RuntimeError(
            f"the book needs {', '.join(sorted(old))}, found "
            + ", ".join(f"{_name(text)} {_version(text)}" for text in sorted(old))
            + "; update them yourself or choose a newer runtime"
        )
    missing = [text for text in needed if _version(text) is None or _is_too_old(text)]
    absent = [text for text in missing if _name(text) in FRAMEWORKS]
    # What shares an extra with a missing framework would bring it, as accelerate torch.
    extras = {needed[text] for text in absent} - {""}
    left_out = [text for text in missing if text in absent or needed[text] in extras]
    if left_out:
        names = ", ".join(sorted(map(_name, left_out)))
        print(f"not installed: {names}; install what your chapter needs")
    missing = [text for text in missing if text not in left_out]
    if missing:
        _pip_install(missing)
        importlib.invalidate_caches()
    return missing


def _requirements(package: str) -> dict[str, str]:
    """Each dependency as `name>=bound`, and the extra that it stands in, or ""."""
    found = {}
    for line in metadata.requires(package) or []:
        text, _, marker = line.partition(";")
        extra = re.search(r"extra *== *[\"'](\w+)", marker)
        found[re.sub(r"\s", "", text)] = extra[1] if extra else ""
    return found


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[]", requirement)[0]


def _version(requirement: str) -> str | None:
    """The installed version, `None` where there is none."""
    name = _name(requirement)
    for package in (name, *SAME.get(name, ())):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(package)
    return None


def _is_too_old(requirement: str) -> bool:
    """Whether an installed version is below the bound (a missing one is not old)."""
    version, bound = _version(requirement), requirement.partition(">=")[2]
    return bool(version and bound) and _numbers(version) < _numbers(bound)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers: `2.6.0+cu124` gives (2, 6, 0)."""
    return tuple(
        int(part) for part in re.match(r"[\d.]+", version)[0].split(".") if part
    )


def _pip_install(requirements: list[str]) -> None:
    """Install them; what is kept stays at its version, a missing framework missing."""
    versions = {name: _version(name) for name in KEPT}
    lines = [f"{name}=={found}" for name, found in versions.items() if found]
    lines += [f"{name}<0" for name in FRAMEWORKS if not versions[name]]
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "held.txt")
        held.write_text("\n".join(lines) + "\n")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", held]
        if subprocess.run([*pip, *requirements], check=False).returncode:
            raise RuntimeError(
                "pip could not install " + " ".join(requirements) + "; its own message "
                "stands above"
            )
