"""A Sphinx extension: explorers as plain HTML, with a few lines of script of ours.

What `helpers.explore` shows is a widget, and a page for widgets needs 700 KB of scripts
and every frame inside it. So each explorer that a notebook left becomes, when Sphinx
reads the page, a figure with range inputs, and its frames become files beside the other
pictures. No state of widgets stays; a widget that is no explorer would be dead in the
page, and is a warning, which the build takes for an error.
"""

import base64
import hashlib
import json
import os
import posixpath
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup
from docutils import nodes
from jinja2 import Template
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxTranslator

VIEW = "application/vnd.jupyter.widget-view+json"
FOLDER = "frames"  # beside the built pages, where those of myst-nb's pictures lie
TEMPLATE = Template(
    """\
<figure class="explorer" id="{{ name }}">
<div class="explorer-controls">
{% for control, labels in controls -%}
<label><span>{{ control }}</span> \
<input type="range" min="0" max="{{ labels | length - 1 }}" step="1" value="0" \
aria-valuetext="{{ labels[0] }}" autocomplete="off">\
<output aria-hidden="true">{{ labels[0] }}</output></label>
{% endfor -%}
</div>
<img src="{{ frames[0].src }}" alt="{{ frames[0].alt }}" width="{{ width }}" \
height="{{ height }}" style="aspect-ratio: {{ width }} / {{ height }}" \
loading="lazy" decoding="async">
{% if caption %}<figcaption>{{ caption }}</figcaption>
{% endif -%}
<script type="application/json">{{ data }}</script>
</figure>
""",
    autoescape=True,
)
log = logging.getLogger(__name__)


class explorer(nodes.General, nodes.Element):
    """The figure; its children are the frames, as images, and then the caption."""


@dataclass
class Frame:
    """One picture: its bytes, what it shows, and its size in pixels of the page."""

    png: bytes
    alt: str
    width: int
    height: int


@dataclass
class Explorer:
    """What a widget holds: labels by control, a frame for each setting, in order."""

    controls: dict[str, list[str]]
    frames: list[Frame]
    caption: str


def read(widgets: dict[str, dict], name: str) -> Explorer | None:
    """The explorer that the widget `name` is; None if it is another kind of widget.

    widgets: the state of a notebook's widgets by name, as ipywidgets 8 saves it.
    """
    if "explorer" not in _state(widgets, name).get("_dom_classes", ()):
        return None
    controls, frames, caption = {}, [], ""
    for child in _children(widgets, name):
        state = _state(widgets, child)
        if "_options_labels" in state:
            controls[state["description"]] = list(state["_options_labels"])
        elif "explorer-caption" in state["_dom_classes"]:
            caption = BeautifulSoup(state["value"], "html.parser").get_text()
        else:
            frames += [
                _frame(_state(widgets, leaf)) for leaf in _leaves(widgets, child)
            ]
    if len(frames) != prod(len(labels) for labels in controls.values()):
        return None  # saved by ipywidgets 7, where a kernel swaps the frames
    return Explorer(controls, frames, caption)


def _state(widgets: dict[str, dict], name: str) -> dict:
    return widgets.get(name, {}).get("state", {})


def _children(widgets: dict[str, dict], name: str) -> list[str]:
    children = _state(widgets, name).get("children", ())
    return [child.removeprefix("IPY_MODEL_") for child in children]


def _leaves(widgets: dict[str, dict], name: str) -> Iterator[str]:
    children = _children(widgets, name)
    for child in children:
        yield from _leaves(widgets, child)
    if not children:
        yield name


def _frame(state: dict) -> Frame:
    image = BeautifulSoup(state["value"], "html.parser").img
    width, height = int(image["width"]), int(image["height"])
    style = dict(part.split(":") for part in image["style"].replace(" ", "").split(";"))
    shown = int(style["max-width"].removesuffix("px"))
    png = base64.b64decode(image["src"].partition(",")[2])
    return Frame(png, image["alt"], shown, round(height * shown / width))


def replace(app: Sphinx, page: nodes.document) -> None:
    """Put figures in the place of explorers, and take the state of widgets away."""
    name = app.env.docname
    scripts = getattr(app.env, "nb_metadata", {}).get(name, {}).get("js_files", {})
    widgets = {}
    for script in [script for script in scripts if script.startswith("ipywidgets_")]:
        _, settings = scripts.pop(script)
        if script == "ipywidgets_state":
            widgets = json.loads(settings["body"])["state"]
    number = 0
    for view in list(page.findall(_is_view)):
        found = read(widgets, json.loads(_text(view))["model_id"])
        if found is None:
            log.warning(
                "a widget that no page can move stands here: show it with "
                "helpers.explore, or a picture, or what it prints",
                location=(name, view.line or view.parent.line),
                type="explorers",
            )
            view.parent.remove(view)
            continue
        number += 1
        chapter = posixpath.basename(name)
        view.parent.replace_self(_figure(app, f"explorer-{chapter}-{number}", found))


def _is_view(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("mime_type") == VIEW


def _text(view: nodes.container) -> str:
    return BeautifulSoup(view.astext(), "html.parser").script.text


def _figure(app: Sphinx, name: str, found: Explorer) -> explorer:
    # Sphinx copies the images among the children to where it copies all others.
    figure = explorer(
        controls=list(found.controls.items()),
        width=max(frame.width for frame in found.frames),
        height=max(frame.height for frame in found.frames),
        ids=[name],
    )
    folder = Path(app.outdir).parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for frame in found.frames:
        file = folder / f"{hashlib.sha256(frame.png).hexdigest()}.png"
        _keep(file, frame.png)
        uri = "/" + os.path.relpath(file, app.srcdir).replace(os.sep, "/")
        figure += nodes.image(uri=uri, alt=frame.alt)
    if found.caption:
        figure += nodes.caption("", found.caption)
    return figure


def _keep(file: Path, content: bytes) -> None:
    """Write the file whole or not at all; one that is there has the same content."""
    if file.exists():
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as partial:
        partial.write(content)
    os.chmod(partial.name, 0o644)
    os.replace(partial.name, file)


def visit(translator: SphinxTranslator, figure: explorer) -> None:
    """Write the figure as HTML."""
    builder = translator.builder
    frames = [
        {
            "src": posixpath.join(builder.imgpath, quote(builder.images[image["uri"]])),
            "alt": image["alt"],
        }
        for image in figure.findall(nodes.image)
    ]
    labels = [labels for _, labels in figure["controls"]]
    data = {"shape": [len(of) for of in labels], "labels": labels, "frames": frames}
    html = TEMPLATE.render(
        name=figure["ids"][0],
        controls=figure["controls"],
        width=figure["width"],
        height=figure["height"],
        frames=frames,
        caption="".join(node.astext() for node in figure.findall(nodes.caption)),
        data=_script(data),
    )
    translator.body.append(html)
    raise nodes.SkipNode


def _script(data: dict) -> Markup:
    """JSON that no text in it can end the script with, which stands unescaped."""
    return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))


def load(app: Sphinx, _page: str, _template: str, _context: dict, tree: object) -> None:
    """Load script and style on the pages that have an explorer, and on no others."""
    if isinstance(tree, nodes.document) and next(tree.findall(explorer), None):
        app.add_js_file("explorers.js", loading_method="defer")
        app.add_css_file("explorers.css")


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.add_node(explorer, html=(visit, None))
    app.connect("doctree-read", replace, priority=400)  # before images are collected
    app.connect("html-page-context", load)
    return {"version": "1", "parallel_read_safe": True}
