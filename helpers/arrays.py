"""A cache of arrays on disk: whole entries or none."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pooch

VARIABLE = "UNET_BOOK_CACHE"
_STALE = 3600  # seconds after which an unfinished entry belongs to a killed run


def cache_dir() -> Path:
    """The folder for downloads and decoded images.

    The environment variable UNET_BOOK_CACHE, else the platform's own place for
    caches. The folder need not exist yet.
    """
    return Path(os.environ.get(VARIABLE) or pooch.os_cache("unet-book")).expanduser()


class ArrayCache:
    """One entry: arrays with names, under a key made from what they were made from.

    An entry is written into a temporary folder and renamed when complete, so a run
    that is killed leaves nothing that a later run would trust.
    """

    def __init__(self, made_from: object) -> None:
        key = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:24]
        self.folder = cache_dir() / "arrays" / key
        self.names: list[str] = []
        self._new: Path | None = None
        self._needed = 0

    def load(self) -> dict[str, np.ndarray] | None:
        """The arrays, mapped read-only, or None where there is no whole entry."""
        try:
            self.names = json.loads((self.folder / "names.json").read_text())
            arrays = {
                path.stem: np.load(path, mmap_mode="r")
                for path in self.folder.glob("*.npy")
            }
        except FileNotFoundError:
            return None
        except (OSError, ValueError):  # damaged by something else: make it again
            shutil.rmtree(self.folder, ignore_errors=True)
            return None
        return arrays

    @contextmanager
    def writing(
        self, count: int, shapes: dict[str, tuple[int, ...]]
    ) -> Iterator[dict[str, np.ndarray]]:
        """Arrays (count, *shape) uint8 to fill; call `finish` before leaving.

        Raises:
            OSError: the folder cannot be written, or the disk is too full; the
                message names the folder, the space and the environment variable.
        """
        self._needed = sum(count * int(np.prod(shape)) for shape in shapes.values())
        parent = self.folder.parent
        try:
            with self._explaining():
                parent.mkdir(parents=True, exist_ok=True)
                self._sweep()
                self._new = Path(
                    tempfile.mkdtemp(".partial", f"{self.folder.name}.", parent)
                )
                arrays = {
                    name: _allocated(self._new / f"{name}.npy", (count, *shape))
                    for name, shape in shapes.items()
                }
            yield arrays
        finally:
            if self._new is not None:
                shutil.rmtree(self._new, ignore_errors=True)
                self._new = None

    def finish(self, keep: list[int], names: list[str]) -> None:
        """Make the entry count: the rows of `keep`, called `names`."""
        with self._explaining():
            for path in self._new.glob("*.npy"):
                rows = np.load(path, mmap_mode="r+")
                if len(keep) < len(rows):
                    kept = path.with_suffix(".kept")
                    with open(kept, "wb") as file:
                        np.save(file, rows[keep])
                    os.replace(kept, path)
                else:
                    rows.flush()
            (self._new / "names.json").write_text(json.dumps(names))
            os.chmod(self._new, 0o755)  # mkdtemp's folder is for its owner alone
            try:
                os.rename(self._new, self.folder)
            except OSError:
                if not (self.folder / "names.json").exists():
                    raise  # else another run finished the same entry first
        self.names = names

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Says of an error of the file system what to do about it."""
        try:
            yield
        except OSError as error:
            raise _explained(error, self.folder.parent, self._needed) from error

    def _sweep(self) -> None:
        for path in self.folder.parent.glob("*.partial"):
            if time.time() - path.stat().st_mtime > _STALE:
                shutil.rmtree(path, ignore_errors=True)


def _allocated(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A mapped file whose space is reserved, for writing to a mapped file on a full
    disk would not raise but end the process."""
    array = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    if hasattr(os, "posix_fallocate"):
        with open(path, "r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    elif shutil.disk_usage(path.parent).free < array.nbytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return array


def _explained(error: OSError, folder: Path, needed: int) -> OSError:
    way_out = f"or set {VARIABLE} to another folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = next(p for p in (folder, *folder.parents) if p.exists())
        free = shutil.disk_usage(place).free
        return OSError(
            error.errno,
            f"the disk of the cache {folder} is full: {needed / 1e6:.1f} MB are "
            f"needed, {free / 1e6:.1f} MB are free; make room, {way_out}",
        )
    return OSError(
        error.errno,
        f"cannot write to the cache {folder} ({error.strerror}); make it writable, "
        + way_out,
    )
