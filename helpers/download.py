"""Fetch the photographs of Oxford-IIIT Pet: 811 MB, checked, and resumable.

Data: Parkhi, Vedaldi, Zisserman and Jawahar, "Cats and Dogs", CVPR 2012 (CC BY-SA 4.0).
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pooch
import requests
from tqdm import tqdm

from helpers.arrays import VARIABLE, cache_dir

_TRIES = 4  # in a row without a new byte, before the next server is asked
_PAUSE = 1.0  # seconds between tries, longer with every try
_PIECE = 1 << 14  # bytes; at most so much is lost when a connection breaks
_TIMEOUT = (15, 60)  # seconds to connect, and between two pieces


class Archive(NamedTuple):
    """A file to fetch: its name, its size in bytes and its sha256."""

    name: str
    size: int
    sha256: str


ARCHIVES = (
    Archive(
        "annotations.tar.gz",
        19_173_078,
        "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
    ),
    Archive(
        "images.tar.gz",
        791_918_971,
        "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
    ),
)
SOURCES = (
    "https://www.robots.ox.ac.uk/~vgg/data/pets/data/",
    "https://thor.robots.ox.ac.uk/~vgg/data/pets/",
)


def download(
    root: str | Path | None = None,
    *,
    archives: Sequence[Archive] = ARCHIVES,
    sources: Sequence[str] = SOURCES,
) -> Path:
    """Fetch both archives and unpack them; what is there already is left alone.

    An interrupted download goes on where it stopped when called again. The folder
    appears under its name when everything in it is complete.

    Args:
        root: the folder to make; by default the one that `pets.find` looks in.
        archives: what to fetch.
        sources: addresses of servers that have it, asked in this order.

    Returns:
        The folder with `images/` and `annotations/`.

    Raises:
        FileExistsError: `root` holds something else.
        OSError: no server answers, the disk is full, or the folder cannot be written.
        ValueError: a checksum does not match, or an archive holds links or devices,
            or would write outside.
    """
    root = cache_dir() / "oxford-pets" if root is None else Path(root)
    if (root / "images").is_dir() and (root / "annotations" / "trimaps").is_dir():
        return root
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(
            f"{root} holds something other than the pets; name a new folder"
        )
    folder = root.parent / f"{root.name}.download"
    unpacked = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_space(folder, archives)
        paths = [_fetched(archive, folder, sources) for archive in archives]
        unpacked = Path(tempfile.mkdtemp(".partial", root.name, root.parent))
        for path in paths:
            _unpack(path, unpacked)
        os.chmod(unpacked, 0o755)
        os.replace(unpacked, root)
    except OSError as error:
        raise _explained(error, folder, archives) from error
    finally:
        if unpacked is not None:
            shutil.rmtree(unpacked, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    return root


class Resuming:
    """A downloader for pooch that goes on where an earlier one stopped.

    What has arrived is kept in `NAME.part` beside the file; the rest is asked for
    with an HTTP Range request. A server that ignores Range sends everything again.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size

    def __call__(
        self, url: str, output_file: str, pooch: object, check_only: bool = False
    ) -> None:
        """Fetch `url` into `output_file` (pooch's temporary file, still unchecked).

        Raises:
            requests.RequestException: the server fails; the part is kept.
        """
        part = Path(output_file).parent / f"{self.name}.part"
        with tqdm(
            total=self.size, unit="B", unit_scale=True, desc=self.name, file=sys.stderr
        ) as bar:
            tries = 0
            while True:
                before = part.stat().st_size if part.exists() else 0
                bar.n = before
                bar.refresh()
                if before >= self.size:  # whole, or too long: the checksum tells
                    break
                try:
                    self._append(url, part, before, bar)
                    break
                except requests.RequestException as error:
                    after = part.stat().st_size if part.exists() else 0
                    tries = 0 if after > before else tries + 1
                    answer = getattr(error, "response", None)
                    refused = answer is not None and answer.status_code < 500
                    if refused or tries >= _TRIES:
                        raise
                    time.sleep(_PAUSE * tries)
        os.replace(part, output_file)

    def _append(self, url: str, part: Path, start: int, bar: tqdm) -> None:
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as got:
            got.raise_for_status()
            resumed = got.status_code == 206
            if not resumed:
                bar.n = 0
            with open(part, "ab" if resumed else "wb") as file:
                for piece in got.iter_content(_PIECE):
                    file.write(piece)
                    bar.update(len(piece))


def _fetched(archive: Archive, folder: Path, sources: Sequence[str]) -> Path:
    """The archive in `folder`, its checksum right."""
    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    failures, wrong = [], None
    for source in sources:
        url = source.rstrip("/") + "/" + archive.name
        try:
            path = pooch.retrieve(
                url,
                f"sha256:{archive.sha256}",
                archive.name,
                folder,
                downloader=Resuming(archive.name, archive.size),
            )
            return Path(path)
        except requests.RequestException as error:
            failures.append(f"{url}: {error}")
        except ValueError as error:  # pooch has deleted it: the next server may do
            failures.append(f"{url}: {error}")
            wrong = error
    if wrong:
        raise ValueError(
            f"{archive.name} is not the file it should be (expected sha256 "
            f"{archive.sha256}) and was deleted; run `python -m helpers download` "
            "again, or fetch the archive by hand, unpack it and set OXFORD_PETS_DIR. "
            "Tried " + "; ".join(failures)
        ) from wrong
    raise OSError(
        errno.EHOSTUNREACH,
        f"cannot download {archive.name}; check the network and run "
        "`python -m helpers download` again, it goes on from what is kept in "
        f"{folder}. Tried " + "; ".join(failures),
    )


def _unpack(path: Path, folder: Path) -> None:
    """Unpack an archive that may write nothing but files and folders in `folder`."""
    inside = folder.resolve()
    with tarfile.open(path) as archive:
        progress = tqdm(archive, f"Unpacking {path.name}", unit="file", file=sys.stderr)
        # Python's own filter for this came with 3.11.4; Debian 12 has 3.11.2.
        for member in progress:
            target = (inside / member.name).resolve()
            plain = member.isreg() or member.isdir()
            if not (plain and target.is_relative_to(inside)):
                raise ValueError(
                    f"{path} holds {member.name!r}; expected only files and folders, "
                    "none outside of its folder; nothing was unpacked, delete the "
                    "archive"
                )
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)


def _check_space(folder: Path, archives: Sequence[Archive]) -> None:
    have = sum(f.stat().st_size for f in folder.iterdir() if f.is_file())
    if shutil.disk_usage(folder).free + have < _needed(archives):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _needed(archives: Sequence[Archive]) -> float:
    """Bytes for the archives and, for a while at the same time, what is in them."""
    return 2.1 * sum(archive.size for archive in archives)


def _explained(error: OSError, folder: Path, archives: Sequence[Archive]) -> OSError:
    if error.errno == errno.ENOSPC:
        shutil.rmtree(folder, ignore_errors=True)  # gives the space back
        return OSError(
            error.errno,
            f"the disk of {folder.parent} is full: {_needed(archives) / 1e6:.0f} MB "
            f"are needed; make room, or set {VARIABLE} to a folder on another disk",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return OSError(
            error.errno,
            f"cannot write to {folder.parent} ({error.strerror}); set {VARIABLE} to a "
            "folder that can be written",
        )
    return error
