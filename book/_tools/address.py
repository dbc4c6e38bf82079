"""The repository's address: it stands in _config.yml; this writes it elsewhere.

Every notebook opens with a Colab badge and the same setup cell, and both name the
repository. `make repo URL=...` changes _config.yml and writes both anew.
"""

import os
import re
import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "https://github.com/OWNER/unet-book"
COLAB = "https://colab.research.google.com"
BADGE_LINE = re.compile(r"^\[!\[Open in Colab\]\(.*\)\]\(.*\)$")
ADDRESS_LINE = re.compile(r"(^repository:\n(?:[ ]+.*\n)*?[ ]+url:[ ]*)(\S+)", re.M)

SETUP = """\
# Finds the book's helpers in a folder above, or installs them (in Colab).
import importlib.util, pathlib, subprocess, sys

repository = "{address}"
above = [pathlib.Path.cwd(), *pathlib.Path.cwd().parents]
sys.path[:0] = [str(p) for p in above if (p / "helpers/spec.py").exists()][:1]
if not importlib.util.find_spec("helpers"):
    if "/OWNER/" in repository:
        sys.exit("no address: run `make repo URL=...` in the book's folder")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    subprocess.run([*pip, "git+" + repository], check=True)
    importlib.import_module("helpers.install").complete()
"""


def setup_cell(address: str) -> str:
    """The first code cell of every notebook."""
    return SETUP.format(address=address).rstrip("\n")


def badge(address: str, branch: str, path: str) -> str:
    """The Markdown line that tops the notebook at `path` (relative to the root).

    Colab opens notebooks from GitHub by their address; from elsewhere they have to be
    uploaded, so there the badge leads to Colab's own page.
    """
    target = COLAB
    if address.startswith("https://github.com/"):
        name = address.removeprefix("https://github.com/")
        target = f"{COLAB}/github/{name}/blob/{branch}/{path}"
    return f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({target})"


def pages(address: str) -> str:
    """Where a built book is read: the Pages address of its repository, with a slash.

    Known for GitHub, GitLab and Codeberg; empty for others.
    """
    sites = {"github.com": "github.io", "gitlab.com": "gitlab.io"}
    sites |= {"codeberg.org": "codeberg.page"}
    host, _, rest = address.removeprefix("https://").partition("/")
    owner, _, name = rest.partition("/")
    if host not in sites:
        return ""
    site = f"{owner.lower()}.{sites[host]}"
    return f"https://{site}/" + (f"{name}/" if name.lower() != site else "")


def checked(address: str) -> str:
    """The address without a closing slash or `.git`.

    Raises `ValueError` where pip could not install from it.
    """
    address = address.strip().rstrip("/").removesuffix(".git")
    if re.fullmatch(r"https://[\w.-]+(/[\w.~-]+){2,}|file:///[^\s\"'\\]+", address):
        return address
    raise ValueError(
        f"URL {address!r} is no repository's address; expected something like "
        "make repo URL=https://github.com/YOU/BOOK"
    )


def read(root: Path = ROOT) -> tuple[str, str]:
    """Address and branch, as _config.yml has them."""
    repository = yaml.safe_load((root / "_config.yml").read_text())["repository"]
    return repository["url"], repository["branch"]


def replace(path: Path, text: str) -> None:
    """Write `text` to `path` whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def notebook_with(text: str, address: str, branch: str, path: str) -> str:
    """The notebook's JSON `text` with badge and setup cell for `address`.

    Raises `ValueError` where the first cell is not Markdown that opens with a badge,
    or the first code cell is no setup cell.
    """
    notebook = nbformat.reads(text, as_version=4)
    first = notebook.cells[0]
    opening, _, rest = first.source.partition("\n")
    code = next((c for c in notebook.cells if c.cell_type == "code"), None)
    if first.cell_type != "markdown" or not BADGE_LINE.match(opening):
        raise ValueError(f"{path}: the first line is no Colab badge: {opening!r}")
    if code is None or not code.source.startswith(SETUP.split("\n", 1)[0]):
        raise ValueError(f"{path}: the first code cell is no setup cell")
    first.source = badge(address, branch, path) + ("\n" + rest if rest else "")
    code.source = setup_cell(address)
    return nbformat.writes(notebook) + "\n"


def rewrite(address: str, root: Path = ROOT) -> list[str]:
    """Give the book the address; returns the files that it changed.

    Everything is worked out before the first file is written, so an error changes
    nothing. Raises `ValueError` for a bad address or a notebook out of shape.
    """
    address = checked(address)
    branch = read(root)[1]
    config = root / "_config.yml"
    text, found = ADDRESS_LINE.subn(lambda m: m[1] + address, config.read_text())
    if found != 1:
        raise ValueError(f"_config.yml has {found} repository addresses, expected 1")
    texts = {config: text}
    for path in sorted((root / "book").glob("*.ipynb")):
        name = path.relative_to(root).as_posix()
        texts[path] = notebook_with(path.read_text(), address, branch, name)
    changed = {path: new for path, new in texts.items() if path.read_text() != new}
    for path, new in changed.items():
        replace(path, new)
    return [path.relative_to(root).as_posix() for path in changed]


def main() -> None:
    """`make repo URL=...`; with `--is URL`, status 1 if the address is another."""
    if sys.argv[1] == "--is":
        sys.exit(read()[0].lower() != checked(sys.argv[2]).lower())
    try:
        changed = rewrite(sys.argv[1])
    except ValueError as error:
        sys.exit(str(error))
    print(f"{read()[0]}: " + (", ".join(changed) or "nothing to change"))


if __name__ == "__main__":
    main()
