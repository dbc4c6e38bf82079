"""Ways through the book: search, keys, themes, phones, folders, wrong addresses."""

import posixpath
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.page import built, visits
from tests.page.visits import visit

WORDS = {
    "checkerboard": "book/upsampling.html",
    "Dice": "book/losses.html",
    "overlap-tile": "book/padding.html",
}
"""What readers look for, and a chapter that has to be among the answers."""
STOPS = {
    "search": ".search-button__button, .search-button, .bd-search input",
    "theme switch": ".theme-switch-button",
    "menu": ".primary-toggle",
    "contents": ".bd-links a",
}
"""What a reader reaches by the tab key, before the text."""
KINDS = {
    "link": "a[href]",
    "slider": "input[type=range]",
    "choice": "input[type=radio]",
    "button": "button:not(.copy)",
    "summary": "summary",
    "button that copies": ".copy",
    "listing that scrolls": ".unet-source pre",
}
"""What a reader reaches by the tab key in the text of a chapter."""
MOST_STOPS = 400
CHAPTER = "book/padding.html"
DARK_OR_LIGHT = "() => document.documentElement.dataset.theme"
SEARCHED = """() => {
  const said = document.querySelector(".search-summary")?.textContent || "";
  return /finished|did not match/i.test(said);
}"""

STOP = """(kinds) => {
  const stop = document.activeElement;
  return {
    inArticle: Boolean(stop.closest("article")),
    kind: Object.keys(kinds).find((kind) => stop.matches(kinds[kind])),
    look: [stop.localName, stop.type, ...stop.classList, "in",
      ...stop.parentElement.classList].join("."),
  };
}"""
"""What has the focus: its kind, and what the rules of a style sheet tell it by."""
FORBID = """
  Object.defineProperty(window, "localStorage", {
    configurable: true,
    get() { throw new DOMException("forbidden", "SecurityError"); },
  });
  navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"));
"""
"""A browser that keeps nothing and copies nothing, as its reader may have asked for."""
BREAK = """
  document.addEventListener("readystatechange", () => {
    document.querySelector("figure.explorer script").textContent = "{";
    document.querySelector(".predict > p").remove();
  }, { once: true });
"""
"""Spoils the first explorer and the first question before the scripts start."""
LINES = """(pre) => {
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(pre);
  const height = pre.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  return [Math.round(height / parseFloat(lineHeight)),
    pre.textContent.trimEnd().split("\\n").length];
}"""
"""The lines of a printed text: those that are shown, and those that were printed."""
ASKEW = """() => [...document.querySelectorAll(".cell:has(.unet-source)")]
  .map((cell) => {
    const sides = (selector) => {
      const boxes = [...cell.querySelectorAll(selector)]
        .map((each) => each.getBoundingClientRect());
      return [Math.min(...boxes.map(({ left }) => left)),
        Math.max(...boxes.map(({ right }) => right))].map(Math.round);
    };
    return [sides(".cell_input"), sides(".unet-source figure")];
  })
  .filter(([code]) => code[1] > code[0]) // others are folded
  .filter(([code, panes]) => code.join() !== panes.join())"""
"""Cells whose code and whose listing do not begin and end at the same places."""
REFUSED = """() => [...document.querySelectorAll(".copy")]
  .some((button) => button.textContent === "Not allowed to copy")"""

pytestmark = pytest.mark.usefixtures("browser")


def folder() -> str:
    """The address of the built book as a plain folder."""
    return built.HTML.as_uri() + "/"


@pytest.mark.parametrize("name", built.names() or ["no page"])
def test_a_page_opens_from_a_plain_folder(name, browser):
    with visit(browser, folder() + name, folder()) as here:
        if name == "index.html":
            here.page.wait_for_url("**/book/index.html")
        here.keep("formulas")
        here.keep("unloaded")
        if here.page.locator("figure.explorer").count():
            here.page.locator("figure.explorer input").first.focus()
            before = here.look("explorer", 0)
            here.page.keyboard.press("End")
            now = here.look("explorer", 0)
            moved = now["alt"] != before["alt"] and now["right"] and now["loaded"]
            here.check(moved, f"{now['id']} does not move")


@pytest.mark.parametrize("place", ["host", "folder"])
def test_the_search_finds_what_readers_look_for(place, browser, server):
    root = server.root if place == "host" else folder()
    with visit(browser, f"{root}search.html", root) as here:
        for word, chapter in WORDS.items():
            here.page.goto(f"{root}search.html?q={word}")
            if not here.settle(SEARCHED, None, f"{word}: the search never ends"):
                continue
            found = here.page.locator("#search-results li a").evaluate_all(
                "links => links.map((link) => link.href)"
            )
            pages = {
                address.removeprefix(root).split("#")[0].split("?")[0]
                for address in found
            }
            here.check(
                chapter in pages, f"{word}: in {pages or 'no page'}, not in {chapter}"
            )
            for page in pages - set(built.names()):
                here.note(f"{word}: leads to {page}, which is no page")


@pytest.mark.parametrize("name", [CHAPTER, "book/index.html"])
def test_the_keyboard_reaches_everything(name, browser, server):
    still = {"reduced_motion": "reduce"}  # a sign that fades in is not seen at once
    with visit(browser, server.root + name, **still) as here:
        keyboard = here.page.keyboard
        keyboard.press("Tab")
        first = here.look("focus")
        here.check(
            "skip" in first["name"].lower(), f"the first stop is {first['name']}"
        )
        keyboard.press("Enter")
        keyboard.press("Tab")
        after = here.look("focus")
        inside = after and after["inMain"]
        here.check(inside, f"the skip link leads to {after and after['name']}")

        here.page.reload()
        stops, seen = {}, set()
        for _ in range(80):
            keyboard.press("Tab")
            stop = here.look("focus")
            if stop is None or stop["key"] in seen:
                break
            seen.add(stop["key"])
            here.check(stop["label"], f"a stop without a name: {stop['name']}")
            here.check(stop["visible"], f"no sign of the focus on {stop['name']}")
            here.check(min(stop["size"]) > 1, f"hidden, but a stop: {stop['name']}")
            for what, selector in STOPS.items():
                if here.page.evaluate(
                    "s => document.activeElement.matches(s)", selector
                ):
                    stops[what] = stop["name"]
            if stop["inArticle"] and len(stops) == len(STOPS):
                break
        for what in STOPS.keys() - stops.keys():
            here.note(f"the tab key does not reach the {what}")


def test_the_focus_is_seen_all_the_way_through_a_chapter(browser, server):
    still = {"reduced_motion": "reduce"}
    with visit(browser, server.root + CHAPTER, **still) as here:
        keyboard = here.page.keyboard
        keyboard.press("Tab")
        keyboard.press("Enter")  # skips to the text
        kinds, looks, entered = set(), set(), False
        for _ in range(MOST_STOPS):
            keyboard.press("Tab")
            stop = here.page.evaluate(STOP, KINDS)
            if not stop["inArticle"]:
                if entered:
                    break
                continue
            entered = True
            kinds.add(stop["kind"])
            if stop["look"] not in looks:  # the same rules hold for the others
                looks.add(stop["look"])
                seen = here.look("focus")
                here.check(seen["visible"], f"no sign of the focus on {seen['name']}")
                here.check(min(seen["size"]) > 1, f"hidden, but a stop: {seen['name']}")
        else:
            here.note(f"{MOST_STOPS} stops, and the article goes on")
        for kind in KINDS.keys() - kinds:
            here.note(f"the tab key reaches no {kind}")


def test_the_theme_is_chosen_and_kept(browser, server):
    with visit(browser, server.root + CHAPTER, color_scheme="light") as here:
        here.check(here.page.evaluate(DARK_OR_LIGHT) == "light", "not light at first")
        here.page.locator(".theme-switch-button:visible").first.focus()
        for _ in range(3):  # light, dark, and as the system has it
            if here.page.evaluate(DARK_OR_LIGHT) != "dark":
                here.page.keyboard.press("Enter")
        here.check(
            here.page.evaluate(DARK_OR_LIGHT) == "dark", "the switch does not act"
        )
        here.page.goto(server.root + "book/index.html")
        here.check(
            here.page.evaluate(DARK_OR_LIGHT) == "dark", "not kept on a next page"
        )


def test_what_a_browser_refuses_stops_nothing_else(browser, server):
    with visit(browser, server.root + CHAPTER, color_scheme="dark") as here:
        here.page.add_init_script(FORBID)
        here.page.reload()
        here.check(here.page.evaluate(DARK_OR_LIGHT) == "dark", "not as the system")
        here.page.locator(".theme-switch-button:visible").first.click()
        here.check(here.page.evaluate(DARK_OR_LIGHT) == "light", "the switch is dead")
        here.page.evaluate("document.dispatchEvent(new Event('keydown'))")  # no key
        here.page.locator(".cell_input .highlight:visible").first.hover()
        here.page.locator(".highlight:hover > .copy").click()
        here.settle(REFUSED, None, "the button does not say that nothing was copied")
        here.page.goto(f"{server.root}search.html?q=Dice")
        here.settle(SEARCHED, None, "the search never ends")


def test_a_broken_block_leaves_the_others(browser, server):
    with visit(browser, server.root + CHAPTER) as here:
        here.page.add_init_script(BREAK)
        here.page.reload()
        figures = here.page.locator("figure.explorer")
        figures.nth(1).locator("input").first.focus()
        before = here.look("explorer", 1)
        here.page.keyboard.press("End")
        here.check(here.look("explorer", 1)["alt"] != before["alt"], "does not move")
        asked = here.page.locator(".predict")
        here.check(asked.nth(0).locator("summary").count() > 1, "answers are lost")
        here.check(asked.nth(1).get_by_role("radio").count() > 1, "nothing to choose")
        for said in ("explorer-padding-1 does not move", "question 1 stays as it is"):
            told = [each for each in here.findings if said in each]
            here.findings = [each for each in here.findings if each not in told]
            here.check(len(told) == 1, f"{said}: said {len(told)} times")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_table_shows_on_which_side_there_is_more(scheme, browser, server):
    # So high that the head of the page hides nothing of the table.
    options = {"viewport": {"width": 390, "height": 1600}, "color_scheme": scheme}
    with visit(browser, server.root + "book/results.html", **options) as here:
        here.look("unfold")
        tables = here.page.locator(".unet-table")
        wide = tables.evaluate_all(
            "all => all.findIndex((each) => each.scrollWidth > each.clientWidth + 40)"
        )
        frame = tables.nth(wide)
        for place, more in ((0, "right"), (9999, "left")):
            frame.evaluate("(frame, place) => { frame.scrollLeft = place; }", place)
            picture = Image.open(BytesIO(frame.screenshot())).convert("L")
            sides = {"left": 1, "right": picture.width - 2}
            below = picture.height - 5  # the words of the last row
            ground = picture.getpixel((picture.width // 2, below))
            for side, x in sides.items():
                shaded = abs(picture.getpixel((x, below)) - ground) > 30
                told = f"scrolled to {place}, {side}: shaded {shaded}"
                here.check(shaded == (side == more), told)


def test_a_printed_table_keeps_its_columns_and_listings_line_up(browser, server):
    size = {"width": 1200, "height": 800}
    with visit(browser, server.root + "book/losses.html", viewport=size) as here:
        table = here.page.locator(".stream pre", has_text="F.binary_cross_entropy")
        shown, printed = table.first.evaluate(LINES)
        here.check(shown == printed, f"{printed} lines printed, {shown} shown")
        for code, panes in here.page.evaluate(ASKEW):
            here.note(f"code from {code}, its listing from {panes}")


def test_the_menu_of_a_phone_leads_to_a_chapter(browser, server):
    with visit(browser, server.root + "book/index.html", **visits.PHONE) as here:
        link = here.page.locator(f'.bd-links a[href$="{posixpath.basename(CHAPTER)}"]')
        here.check(not link.first.is_visible(), "the menu is open at first")
        here.page.locator(".primary-toggle:visible").first.tap()
        link.first.tap()
        here.page.wait_for_url("**/" + CHAPTER)


def test_a_chapter_needs_no_script(browser, server):
    options = {"java_script_enabled": False}
    with visit(browser, server.root + CHAPTER, **options) as here:
        main = here.page.locator("main")
        here.check(main.locator("article h1").first.is_visible(), "no title")
        here.check(main.locator(".katex").first.is_visible(), "no formulas")
        explorer = main.locator("figure.explorer").first
        here.check(explorer.locator("img").is_visible(), "no picture in an explorer")
        answers = main.locator(".predict details")
        count = answers.count()
        here.check(count >= 9, f"{count} answers to predict-questions")
        answers.first.locator("summary").click()
        here.check(
            answers.first.locator("p").first.is_visible(), "an answer stays shut"
        )


@pytest.mark.parametrize(
    "wrong", ["nothing.html", "book/nothing", "no/such/place.html"]
)
def test_a_wrong_address_leads_back(wrong, browser, server):
    address = server.root + wrong
    with visit(browser, address) as here:
        here.page.wait_for_load_state("networkidle")
        # The page may try where the book's list of places is, folder by folder.
        tried = (f"404 for {address}", "/objects.inv")
        here.findings = [each for each in here.findings if not each.endswith(tried)]
        here.check(here.page.locator("h1").count(), "no title")
        links = here.page.locator("main a[href], body a[href]").evaluate_all(
            "links => links.map((link) => link.href)"
        )
        ours = [urlsplit(link)._replace(fragment="").geturl() for link in links]
        starts = [
            server.root + "book/index.html",
            server.root + "index.html",
            server.root,
        ]
        here.check(set(ours) & set(starts), f"no way to the start: {ours[:5]}")
        for link in sorted(set(ours)):
            if link.startswith(server.root) and link not in (address, server.root):
                name = link.removeprefix(server.root)
                here.check((built.HTML / name).is_file(), f"leads to {link}: nothing")
