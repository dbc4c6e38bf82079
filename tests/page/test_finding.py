"""Ways through the book: search, keys, themes, phones, folders, wrong addresses."""

import posixpath
from urllib.parse import urlsplit

import pytest

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
CHAPTER = "book/padding.html"
DARK_OR_LIGHT = "() => document.documentElement.dataset.theme"
SEARCHED = """() => {
  const said = document.querySelector(".search-summary")?.textContent || "";
  return /finished|did not match/i.test(said);
}"""

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
