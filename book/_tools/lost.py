"""A Sphinx extension for the page that a server shows where there is none.

It appears under the address that was asked for, at any depth, so its links cannot be
relative to itself. All of them are relative to the top of the book, and a `<base>` says
where that is: where the repository's Pages are, or wherever else the book is served, or
the folder of 404.html if somebody opens that. A script finds out which, if need be by
asking for a file that lies at the top. Only then does it write what the page loads,
because browsers fetch ahead before scripts have run.
"""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import address
from sphinx.application import Sphinx
from sphinx.config import Config

NAME = "404"
BODY = """\
<h1>There is no such page</h1>
<p>Asked for this address, the book predicts background in every pixel. A page may have
moved, or a letter may be wrong.</p>
<ul>
<li><a href="{top}book/index.html">The start page</a> lists every chapter.</li>
<li><a href="{top}search.html">Search</a> finds a word in all of them.</li>
<li><a href="{top}book/glossary.html">The glossary</a> explains the words.</li>
</ul>
"""
BASE = """
    <script>
      (() => {{
        const path = location.pathname;
        const above = (place) => place.replace(/[^\\/]*\\/?$/, "");
        const isTop = (place) => {{
          const ask = new XMLHttpRequest();
          try {{
            ask.open("HEAD", place + "objects.inv", false);
            ask.send();
          }} catch {{
            return false;
          }}
          const kind = ask.getResponseHeader("Content-Type");
          return ask.status === 200 && !/html/.test(kind);
        }};
        let top = {quoted};
        if (path.endsWith("/{name}.html")) top = above(path);
        else if (!path.startsWith(top)) {{
          const inside = path.search(/\\/(book|_images|_sources|_static)\\//) + 1;
          const places = inside ? [path.slice(0, inside)] : [];
          for (let place = above(path); place; place = above(place)) places.push(place);
          top = places.find(isTop) ?? above(path);
        }}
        document.write(`<base href="${{top}}">`);
        addEventListener("DOMContentLoaded", () => {{
          for (const link of document.querySelectorAll('a[href^="#"]'))
            link.href = path + location.search + link.getAttribute("href");
        }});
      }})();
    </script>
    <noscript><base href="{top}" /></noscript>"""
INLINE = re.compile(r"(<script\b(?:(?!\ssrc=)[^>])*>.*?</script>)", re.S)
LOADED = re.compile(
    r'<link\b[^>]*\shref="(?![a-z]+:)[^>]*>|<img\b[^>]*\ssrc="(?![a-z]+:)[^>]*>'
    r'|<script\b[^>]*\ssrc="(?![a-z]+:)[^>]*></script>'
)


def prepare(app: Sphinx, config: Config) -> None:
    """Tell sphinx-notfound-page where the book will be, and what to say."""
    top = urlsplit(config.site).path or "/"
    config.notfound_urls_prefix = top
    config.notfound_pagename = NAME
    config.notfound_context = {
        "title": "There is no such page",
        "body": BODY.format(top=top),
    }


def rooted(page: str, top: str) -> str:
    """The page with links relative to the top of the book.

    page: as sphinx-notfound-page makes it, with every link below `top`.
    """
    link = re.compile(rf'(\s(?:href|src|action)=")({re.escape(top)})(?!/)([^"]*)')
    return link.sub(lambda found: found[1] + (found[3] or "./"), page)


def based(page: str, top: str) -> str:
    """The page with a base for its links, and with nothing loaded before that.

    Raises `ValueError` where a `<base>` would come too late.
    """
    head = re.search(r"<meta charset=[^>]*>", page)
    if head is None or re.search(r"\s(?:href|src)=", page[: head.start()]):
        raise ValueError(f"{NAME}.html: no place for a <base> before the first link")
    base = BASE.format(top=top, quoted=json.dumps(top), name=NAME)
    rest = INLINE.split(page[head.end() :])
    rest[::2] = [LOADED.sub(_written, part) for part in rest[::2]]
    return page[: head.end()] + base + "".join(rest)


def _written(found: re.Match) -> str:
    """What writes a tag when the base is known; without scripts the tag itself."""
    text = json.dumps(found[0]).replace("</", "<\\/")
    plain = "" if found[0].startswith("<script") else f"<noscript>{found[0]}</noscript>"
    return f"<script>document.write({text})</script>{plain}"


def _mended(
    app: Sphinx, error: Exception | None, mend: Callable[[str, str], str]
) -> None:
    path = Path(app.outdir) / f"{NAME}.html"
    if not error and app.builder.format == "html" and path.exists():
        address.replace(path, mend(path.read_text(), app.config.notfound_urls_prefix))


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls; between the two steps pictures.py measures the logo."""
    app.setup_extension("notfound.extension")
    app.connect("config-inited", prepare, priority=700)  # identity.py knows where
    for mend, priority in ((rooted, 100), (based, 900)):
        step = partial(_mended, mend=mend)
        app.connect("build-finished", step, priority=priority)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
