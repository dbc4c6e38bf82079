"""npm for what no page loads: tools that look at the pages."""

from pathlib import Path

import web_files

TOOLS = web_files.INSTALLED.with_name("tools")


def install(wanted: Path, name: str) -> Path:
    """The node_modules with what wanted/package-lock.json names, in _build/tools/NAME.

    npm compares checksums; what is there already for this lock is left as it is.
    Raises RuntimeError with npm's own words where it fails.
    """
    folder = TOOLS / name
    lock = (wanted / "package-lock.json").read_bytes()
    done = folder / "installed"  # a copy of the lock, written last
    if not done.exists() or done.read_bytes() != lock:
        web_files.fetch(wanted, folder)
        done.write_bytes(lock)
    return folder / "node_modules"
