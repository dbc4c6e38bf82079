"""A Sphinx extension: pictures keep their place, and come when they are needed.

Every <img> of the built pages gets its width and height, so that no text moves when it
arrives; all but one at the top of a page wait until the reader comes near.
"""

import base64
import html
import io
import re
from pathlib import Path
from urllib.parse import unquote

from address import replace
from PIL import Image
from sphinx.application import Sphinx

TAG = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
WIDE = re.compile(r"(?<![\w-])width:\s*([\d.]+)px\s*;?\s*")
MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.S)
SCREENFUL = 2000  # characters of text above a picture that is seen at once
NUMBER = r"\s*=\s*[\"']\s*([\d.]+)(?:px)?\s*[\"']"


def describe(page: str, folder: Path) -> str:
    """The page with sizes and loading of its pictures; `folder` is where it lies."""
    article = page.find("<article")
    seen = 0

    def described(tag: re.Match) -> str:
        nonlocal seen
        if not 0 <= article < tag.start():
            return _write(_sized(tag[0], folder))  # a logo, which is there at once
        seen += 1
        above = MARKUP.sub("", page[article : tag.start()])
        at_the_top = seen == 1 and len(above) < SCREENFUL
        given = _sized(tag[0], folder) | {"decoding": "async"}
        given.pop("loading", None)
        return _write(given | ({} if at_the_top else {"loading": "lazy"}))

    return TAG.sub(described, page)


def _sized(tag: str, folder: Path) -> dict[str, str]:
    """The attributes of the tag, width and height among them."""
    found = ATTRIBUTE.findall(tag.removeprefix("<img"))
    given = {name: html.unescape(one or other) for name, one, other in found}
    natural = size(given.get("src", ""), folder)
    if natural is None:
        return given
    shown = given.get("width")
    style = given.get("style", "")
    if wide := WIDE.search(style):
        shown, rest = wide[1], WIDE.sub("", style)
        given.pop("style")
        given |= {"style": rest} if rest else {}
    if "height" in given and "width" in given:
        return given
    if shown is None and "height" in given:
        shown = natural[0] * float(given["height"]) / natural[1]
    width = float(shown or natural[0])
    height = width * natural[1] / natural[0]
    return given | {"width": f"{width:.0f}", "height": f"{height:.0f}"}


def _write(attributes: dict[str, str]) -> str:
    said = (f'{name}="{html.escape(text)}"' for name, text in attributes.items())
    return f"<img {' '.join(said)}>"


def size(source: str, folder: Path) -> tuple[float, float] | None:
    """Width and height of the picture that a page in `folder` shows; None if afar."""
    if source.startswith("data:image/"):
        kind, _, data = source.partition(",")
        content = base64.b64decode(data) if "base64" in kind else unquote(data).encode()
    elif source and ":" not in source:
        content = (folder / unquote(source.partition("?")[0])).read_bytes()
    else:
        return None
    if b"<svg" in content[:2000]:
        return _svg(content.decode())
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size


def _svg(text: str) -> tuple[float, float] | None:
    head = text[text.index("<svg") :]
    head = head[: head.index(">")]
    sides = [re.search(rf"\b{name}{NUMBER}", head) for name in ("width", "height")]
    if all(sides):
        return tuple(float(side[1]) for side in sides)
    box = re.search(r"\bviewBox\s*=\s*[\"']([^\"']+)", head)
    if not box:
        return None
    _, _, width, height = map(float, box[1].replace(",", " ").split())
    return width, height


def finish(app: Sphinx, problem: Exception | None) -> None:
    """Go through all pages, when they and the pictures lie where they belong."""
    if problem is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" not in path.parts:
            page = path.read_text(encoding="utf-8")
            if (new := describe(page, path.parent)) != page:
                replace(path, new)


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True}
