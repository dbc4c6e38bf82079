"""Every page as a reader sees it: formulas, pictures, room, weight, access."""

import npm
import pytest

from tests.page import built
from tests.page.visits import visit

WANTED = built.ROOT / "tests" / "page" / "web"
MOST_BYTES = 2_500_000
"""What a first visit may bring, before anyone scrolls."""
SHIFT = 0.1
"""How much of a page may jump while it loads: web.dev calls less than this good."""
ORDER = ["heading-order", "page-has-heading-one", "empty-heading"]
"""Rules of axe-core that count here although it calls them moderate."""
COLORS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core whose answer depends on the theme."""

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture(scope="module")
def axe(server) -> str:
    """The script of axe-core, which npm installs once."""
    return (npm.install(WANTED, "axe") / "axe-core" / "axe.min.js").read_text()


def accessible(here, theme: str, **options) -> None:
    """Keep what axe-core finds, from the serious upwards."""
    for found in here.look("axe", options):
        if found["impact"] in ("serious", "critical") or found["id"] in ORDER:
            where = "\n    ".join(found["where"])
            here.note(
                f"axe, {theme}: {found['id']} ({found['impact']}, {found['count']} "
                f"places): {found['help']}\n    {where}"
            )


@pytest.mark.parametrize("name", built.names() or ["no page"])
def test_a_page_reads_well(name, browser, server, axe):
    server.sent.clear()
    address = server.root + name
    plain = {"reduced_motion": "reduce", "color_scheme": "light"}
    with visit(browser, address, wait="networkidle", **plain) as here:
        weight = sum(server.sent.values())
        heaviest = sorted(server.sent.items(), key=lambda item: -item[1])[:3]
        here.check(weight <= MOST_BYTES, f"{weight:,} bytes at first, as {heaviest}")
        if name == "index.html":  # leads on to the start page
            return
        here.keep("waiting")
        here.keep("formulas")
        here.keep("pictures")
        shifted = here.look("shifted")
        here.check(shifted < SHIFT, f"jumps by {shifted:.3f} while it loads")
        here.keep("moving")
        if name in built.chapters():
            here.keep("captions")
            here.keep("long")
        here.look("unfold")
        for width in (1280, 1200):
            here.page.set_viewport_size({"width": width, "height": 800})
            here.keep("sideways")
        here.keep("cut")
        here.page.evaluate(axe)
        accessible(here, "light")
        here.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        dark = "() => document.documentElement.dataset.theme === 'dark'"
        if here.settle(dark, None, "no dark theme where the system asks for it"):
            accessible(here, "dark", runOnly=COLORS)
        here.page.set_viewport_size({"width": 390, "height": 800})
        here.keep("sideways")
