"""Write requirements.txt: what requirements.in needs, as installed here.

A resolver run against an index would list the CUDA packages that torch names on
Linux; this lists what the tested environment holds, and leaves a local version such
as `+cpu` out because only the machine that built it can install that.
"""

import os
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

OLDEST = "3.11.0"
ROOT = Path(__file__).resolve().parents[2]
HEAD = "# Written by `make lock` from requirements.in; Python {0}.{1}.\n"


def direct(text: str) -> list[Requirement]:
    """The requirements that the text of requirements.in names."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def closure(wanted: list[Requirement]) -> dict[str, set[str]]:
    """Every installed package that `wanted` leads to, with what asks for it.

    Raises `SystemExit` where one is missing, has a version that is not wanted, or does
    not run on the oldest Python 3.11.
    """
    asked_by: dict[str, set[str]] = defaultdict(set)
    waiting = [(requirement, "requirements.in") for requirement in wanted]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, parent = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            sys.exit(f"{name}, which {parent} asks for, is not installed")
        if not requirement.specifier.contains(found.version, prereleases=True):
            sys.exit(f"{parent} asks for {requirement}, {found.version} is installed")
        python = SpecifierSet(found.metadata.get("Requires-Python") or "")
        if OLDEST not in python:
            sys.exit(f"{name} {found.version} needs Python {python}, not {OLDEST}")
        asked_by[name].add(parent)
        for extra in ["", *sorted(requirement.extras)]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in found.requires or []:
                child = Requirement(text)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    waiting.append((child, name))
    return asked_by


def main() -> None:
    """Write requirements.txt beside requirements.in."""
    asked_by = closure(direct((ROOT / "requirements.in").read_text()))
    lines = [HEAD.format(*sys.version_info)]
    for name in sorted(asked_by):
        version = metadata.version(name).split("+")[0]
        wanted_by = ", ".join(sorted(asked_by[name]))
        lines.append(f"{name}=={version}".ljust(40) + f"# for {wanted_by}\n")
    target = ROOT / "requirements.txt"
    partial = target.with_suffix(".partial")
    partial.write_text("".join(lines))
    os.replace(partial, target)
    print(f"{target.name}: {len(asked_by)} packages")


if __name__ == "__main__":
    main()
