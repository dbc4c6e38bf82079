"""npm for what no page loads: tools that look at the pages."""

import os
import shutil
import subprocess
from pathlib import Path

import web_files

BUILT = Path(__file__).resolve().parents[2] / "_build"


def install(wanted: Path, name: str) -> Path:
    """The node_modules with what wanted/package-lock.json names, in _build/tools/NAME.

    npm compares checksums; what is there already for this lock is left as it is.
    Raises RuntimeError with npm's own words where it fails.
    """
    folder = BUILT / "tools" / name
    lock = (wanted / "package-lock.json").read_bytes()
    done = folder / "installed"  # a copy of the lock, written last
    if not done.exists() or done.read_bytes() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(wanted, folder)
        npm = Path(web_files.program("npm"))
        path = f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = [str(npm), "ci", "--loglevel=error"]
        run = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"{wanted}: npm could not: {run.stderr.strip()}")
        done.write_bytes(lock)
    return folder / "node_modules"
