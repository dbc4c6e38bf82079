"""Outputs in the page: long ones fold, and what unfolds is called what it says.

As a Sphinx extension this leaves the first lines of a long output and puts the others
into a `<details>`, which needs no script.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

LONGEST, FIRST = 25, 15  # lines: an output with more than the one shows the other
UNNAMED = ' aria-label="Toggle hidden content"'  # in place of "Show code cell source"


class Fold(SphinxPostTransform):
    """Folds long outputs, after myst-nb has chosen what each cell shows."""

    default_priority = 200

    def run(self, **_: object) -> None:
        """Fold those that no fold is around already."""
        for block in list(self.document.findall(nodes.literal_block)):
            lines = block.astext().rstrip("\n").split("\n")
            if len(lines) > LONGEST and _is_output(block):
                more = f"{len(lines) - FIRST} more lines"
                head = f'<details class="more-lines"><summary>{more}</summary>'
                block.parent["classes"].append("folded")
                block.replace_self(
                    [
                        _part(block, lines[:FIRST]),
                        nodes.raw("", head, format="html"),
                        _part(block, lines[FIRST:]),
                        nodes.raw("", "</details>", format="html"),
                    ]
                )


def _is_output(block: nodes.literal_block) -> bool:
    around, node = set(), block.parent
    while node is not None:
        around |= {type(node).__name__, *node.get("classes", ())}
        node = node.parent
    return "cell_output" in around and "HideCodeCellNode" not in around


def _part(block: nodes.literal_block, lines: list[str]) -> nodes.literal_block:
    text = "\n".join(lines)
    part = block.copy()  # without its children, and Sphinx colors what is raw alone
    part.rawsource = text
    part += nodes.Text(text)
    return part


def name(
    _app: Sphinx, _page: str, _template: str, context: dict, _tree: object
) -> None:
    """Let a fold be read out as the words that it shows."""
    if "body" in context:
        context["body"] = context["body"].replace(UNNAMED, "")


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.add_post_transform(Fold)
    app.connect("html-page-context", name)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
