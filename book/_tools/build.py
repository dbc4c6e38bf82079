"""Build the book: execute what changed, check what came out.

Sphinx takes a notebook for unchanged while its own text is: it does not see the code
and the data that the notebook runs on. So a key over those is kept beside the cache,
and where it differs both the cache and the pages are made anew.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import icons
import npm
import web_files
from bs4 import BeautifulSoup

from helpers.explore import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build"
INDEX = BUILT / "html" / "index.html"
EXECUTIONS = BUILT / ".jupyter_cache"
KEY = BUILT / "made-from.txt"
UNFINISHED = BUILT / "unfinished"  # there while a build runs, and after one that failed
MADE_FROM = ["helpers/**/*.py", "requirements.txt", "benchmarks/results/**/*"]
# Not of the build: npm's packages, and what a stopped measurement goes on from.
KEPT = {web_files.INSTALLED.name, npm.TOOLS.name, "time_to_quality"}
SETTINGS = ["OXFORD_PETS_DIR", "UNET_BOOK_CACHE", "UNET_BOOK_BUDGET"]


def key() -> str:
    """A hash of what notebooks run on: code, packages, records, photographs."""
    digest = hashlib.sha256()
    files = sorted({path for pattern in MADE_FROM for path in ROOT.glob(pattern)})
    for path in files:
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)}\n".encode())
            digest.update(path.read_bytes())
    for name in SETTINGS:
        digest.update(f"{name}={os.environ.get(name, '')}\n".encode())
    from helpers import pets

    digest.update(f"photographs: {pets.find()}\n".encode())
    return digest.hexdigest()


def undescribed_images(pages: list[Path]) -> list[str]:
    """The images of the built pages that have no description to read out."""
    found = []
    for page in pages:
        soup = BeautifulSoup(page.read_text(), "html.parser")
        for image in soup.select("article img"):
            if not (image.get("alt") or "").strip() or image["alt"] == image["src"]:
                found.append(f"{page.relative_to(BUILT / 'html')}: {image['src']}")
    return found


def heavy_explorers(pages: list[Path]) -> list[str]:
    """The built pages whose explorers weigh more than one explorer may."""
    found = []
    for page in pages:
        soup = BeautifulSoup(page.read_text(), "html.parser")
        scripts = soup.select('figure.explorer script[type="application/json"]')
        frames = {
            (page.parent / frame["src"]).resolve()
            for script in scripts
            for frame in json.loads(script.text)["frames"]
        }
        weight = sum(frame.stat().st_size for frame in frames)
        if weight > MOST_BYTES:
            found.append(f"{page.name}: {weight:,} bytes, at most {MOST_BYTES:,}")
    return found


def loaded_from_outside(pages: list[Path]) -> list[str]:
    """What the built pages load from other places: none of it comes without a network.

    A link is not loaded, and no script that waits for a click is looked at.
    """
    found = []
    for page in pages:
        soup = BeautifulSoup(page.read_text(), "html.parser")
        tags = soup.select("script[src], img[src], iframe[src], link[rel=stylesheet]")
        for tag in tags:
            address = tag.get("src") or tag.get("href")
            if address.partition(":")[0] in ("http", "https"):
                found.append(f"{page.relative_to(BUILT / 'html')}: {address}")
    return found


def forget(*, executions: bool) -> None:
    """Remove what was built, so that the next build reads every page again.

    Sphinx warns about a page only when it reads it: after a failed build a second one
    would skip the page, warn about nothing and pass.
    """
    for path in BUILT.glob("*"):
        if path.name in KEPT or (path == EXECUTIONS and not executions):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def build() -> None:
    """Run jupyter-book and look at what it made; raises `RuntimeError`."""
    whole = web_files.install()
    strict = ["build", str(ROOT), "-W", "-n", "--keep-going"]
    command = [sys.executable, "-c", JUPYTER_BOOK, *strict]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise RuntimeError("the first warning or error above says why")
    if not INDEX.exists():
        raise RuntimeError(f"there was no error, but no {INDEX} either")
    pages = sorted((BUILT / "html" / "book").glob("*.html"))
    if silent := undescribed_images(pages):
        raise RuntimeError("images without a description:\n" + "\n".join(silent))
    if heavy := heavy_explorers(pages):
        raise RuntimeError("too much for a page:\n" + "\n".join(heavy))
    if undrawn := icons.missing(pages):
        raise RuntimeError(
            "icons that icons.SHOWN in book/_tools/icons.py lacks:\n"
            + "\n".join(undrawn)
        )
    if whole and (outside := loaded_from_outside(pages)):
        raise RuntimeError("pages load from outside:\n" + "\n".join(outside))


def main() -> None:
    """`make book`."""
    start = time.monotonic()
    now = key()
    if not KEY.exists() or KEY.read_text() != now:
        forget(executions=True)
    elif UNFINISHED.exists():
        forget(executions=False)
    BUILT.mkdir(exist_ok=True)
    KEY.write_text(now)
    UNFINISHED.touch()
    INDEX.unlink(missing_ok=True)
    try:
        build()
    except RuntimeError as error:
        sys.exit(f"The book was not built: {error}")
    UNFINISHED.unlink()
    print(f"The book is at {INDEX} ({time.monotonic() - start:.0f} s)")


# jupyter-book has no __main__, and its script names an environment by its full path.
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"

if __name__ == "__main__":
    main()
