"""Every page as a reader sees it: formulas, pictures, room, weight, access."""

import npm
import pytest

from tests.page import built
from tests.page.visits import PHONE, serving, visit

WANTED = built.ROOT / "tests" / "page" / "web"
SHIFT = 0.1
"""How much of a page may jump while it loads: web.dev calls less than this good."""
ORDER = ["heading-order", "page-has-heading-one", "empty-heading"]
"""Rules of axe-core that count here although it calls them moderate."""
COLORS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core whose answer depends on the theme."""

FAINT = """<!DOCTYPE html>
<html lang="en">
<head><title>Faint</title><link rel="icon" href="data:,"></head>
<body style="background: white">
<main>
<h1>Faint</h1>
<section style="content-visibility: auto">
<p style="color: #ccc">x</p>
<p style="color: white">As white as its ground</p>
<p style="color: #ccc; background: linear-gradient(to left, gray, #fff0 9px)">Shade</p>
</section>
</main>
</body>
</html>
"""

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


def test_faint_text_is_found_where_axe_alone_leaves_it_open(tmp_path, browser, axe):
    (tmp_path / "faint.html").write_text(FAINT)
    with (
        serving(tmp_path) as server,
        visit(browser, server.root + "faint.html") as here,
    ):
        here.page.evaluate(axe)
        accessible(here, "light")
        found, here.findings = "\n".join(here.findings), []
    assert "color-contrast (serious, 1 places)" in found and ">Shade<" in found
    assert "color-contrast (serious, 2 places)" in found
    assert ">x<" in found and ">As white as its ground<" in found


@pytest.mark.parametrize("name", built.names() or ["no page"])
def test_a_page_reads_well(name, browser, server, axe):
    server.sent.clear()
    address = server.root + name
    plain = {"reduced_motion": "reduce", "color_scheme": "light"}
    with visit(browser, address, wait="networkidle", **plain) as here:
        weight = sum(server.sent.values())
        heaviest = sorted(server.sent.items(), key=lambda item: -item[1])[:3]
        light = weight <= built.MOST_BYTES
        here.check(light, f"{weight:,} bytes at first, as {heaviest}")
        if name == "index.html":  # leads on to the start page
            return
        here.keep("waiting")
        here.keep("formulas")
        here.keep("pictures")
        shifted = here.look("shifted")
        here.check(shifted < SHIFT, f"jumps by {shifted:.3f} while it loads")
        here.keep("moving")
        if name in built.in_order():
            here.keep("captions")
        if name in built.chapters():
            here.keep("long")
        here.look("unfold")
        here.page.evaluate(axe)
        for width in (1280, 1200):
            here.page.set_viewport_size({"width": width, "height": 800})
            here.keep("sideways")
        here.keep("cut")
        accessible(here, "light")
        here.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        dark = "() => document.documentElement.dataset.theme === 'dark'"
        if here.settle(dark, None, "no dark theme where the system asks for it"):
            accessible(here, "dark", runOnly=COLORS)
        here.page.set_viewport_size(PHONE["viewport"])
        here.look("looked")
        here.keep("sideways")
        accessible(here, "dark, as narrow as a telephone")
