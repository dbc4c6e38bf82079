"""A Sphinx extension for the page that a server shows where there is none.

It appears under the address that was asked for, at any depth, so its links cannot be
relative to itself. All of them are relative to the top of the book, and a `<base>` says
where that is: by default where the repository's Pages are, and with a script wherever
else the book is served, or 404.html opened from a folder.
"""

import json
import re
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
    <base href="{top}" />
    <script>
      (() => {{
        const path = location.pathname;
        const folder = path.slice(0, path.lastIndexOf("/") + 1);
        const inside = path.search(/\\/(book|_images|_sources|_static)\\//) + 1;
        let top = {quoted};
        if (path.endsWith("/{name}.html")) top = folder;
        else if (!path.startsWith(top)) top = inside ? path.slice(0, inside) : folder;
        document.querySelector("base").href = top;
        addEventListener("DOMContentLoaded", () => {{
          for (const link of document.querySelectorAll('a[href^="#"]'))
            link.href = path + location.search + link.getAttribute("href");
        }});
      }})();
    </script>"""


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
    """The page with links relative to the top of the book, and a base for them.

    page: as sphinx-notfound-page makes it, with every link below `top`. Raises
    `ValueError` where a `<base>` would come too late.
    """
    link = re.compile(rf'(\s(?:href|src|action)=")({re.escape(top)})(?!/)([^"]*)')
    page = link.sub(lambda found: found[1] + (found[3] or "./"), page)
    head = re.search(r"<meta charset=[^>]*>", page)
    if head is None or re.search(r"\s(?:href|src)=", page[: head.start()]):
        raise ValueError(f"{NAME}.html: no place for a <base> before the first link")
    base = BASE.format(top=top, quoted=json.dumps(top), name=NAME)
    return page[: head.end()] + base + page[head.end() :]


def finish(app: Sphinx, error: Exception | None) -> None:
    """Mend the page that was written."""
    path = Path(app.outdir) / f"{NAME}.html"
    if not error and app.builder.format == "html" and path.exists():
        text = rooted(path.read_text(), app.config.notfound_urls_prefix)
        address.replace(path, text)


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.setup_extension("notfound.extension")
    app.connect("config-inited", prepare, priority=700)  # identity.py knows where
    app.connect("build-finished", finish, priority=100)  # pictures.py reads the page
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
