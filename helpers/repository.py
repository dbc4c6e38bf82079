"""Where the book's files are, on this machine and on the web."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

PACKAGE = "unet-helpers"
PLACEHOLDER = "OWNER"
HERE = Path(__file__).resolve().parent


def root() -> Path | None:
    """The folder of the book, or None where only `helpers` is installed."""
    for folder in (HERE.parent, Path.cwd(), *Path.cwd().parents):
        if (folder / "_config.yml").is_file() and (folder / "helpers").is_dir():
            return folder
    return None


def address() -> tuple[str, str] | None:
    """The repository's web address and its branch or commit; None if not known.

    Read from `_config.yml`, where a placeholder counts as not known, or, for an
    installed `helpers`, from what pip noted about its origin.
    """
    folder = root()
    if folder is None:
        url, branch = _installed_from()
    else:
        text = (folder / "_config.yml").read_text(encoding="utf-8")
        found = re.search(r"^repository:\s*\n((?:[ \t]+.*\n?|\s*\n)*)", text, re.M)
        block = found.group(1) if found else ""
        url, branch = _field(block, "url"), _field(block, "branch") or "main"
    if not url.startswith("http") or PLACEHOLDER in url:
        return None
    return url.removesuffix(".git").rstrip("/"), branch


def link(path: str, first: int | None = None, last: int | None = None) -> str | None:
    """The web address of a file of the repository, at some lines; None if not known."""
    known = address()
    if known is None:
        return None
    lines = f"#L{first}-L{last}" if first else ""
    return f"{known[0]}/blob/{known[1]}/{path}{lines}"


def _field(block: str, name: str) -> str:
    found = re.search(rf"^[ \t]+{name}:[ \t]*['\"]?([^\s'\"#]+)", block, re.M)
    return found.group(1) if found else ""


def _installed_from() -> tuple[str, str]:
    try:
        note = metadata.distribution(PACKAGE).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        note = None
    origin = json.loads(note) if note else {}
    return origin.get("url", ""), origin.get("vcs_info", {}).get("commit_id", "main")
