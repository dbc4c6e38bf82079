"""The built pages as files: links, ids, order, weight, and what other sites see."""

import posixpath
import re
from collections import Counter
from functools import cache
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import address
import lean
import pytest

from benchmarks import lighthouse
from helpers import record
from tests.page import built

MOST_HTML = 1_500_000
"""Bytes of one page."""
NO_READING = {"index.html", "search.html", "404.html"}
"""Pages that belong to no chain: the way to the start page, the search, and no page."""
NEEDED_BY = {
    "explorers.js": ".explorer",
    "predict.js": ".predict",
}
"""Scripts that a page loads where it has what they serve, and nowhere else."""
GONE = ("mathjax", "require.js", "embed-amd", "thebe", "html-manager")
"""What no page needs."""
POINTS = {
    "a": "href",
    "link": "href",
    "script": "src",
    "img": "src",
    "source": "srcset",
    "form": "action",
}
"""The attributes that lead from a page to a file."""

EXERCISE = re.compile(r"^[\d. ]*(Predict|Change|Build): ")
RAN = re.compile(r"\| \d{4}-\d\d-\d\d \d\d:\d\d \| (yes|kept) \| [1-9]\d*$")
"""How a line of the colophon ends: date, whether in this build, and seconds."""

pytestmark = pytest.mark.usefixtures("book")
each_page = pytest.mark.parametrize("name", built.names() or ["no page"])


@cache
def ids(name: str) -> Counter[str]:
    """The places of a page that a link can name, and how often each is there."""
    return Counter(tag["id"] for tag in built.soup(name).select("[id]"))


def leads_to(name: str, link: str) -> str:
    """Why a link of the page leads nowhere; empty where it leads to something."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    target = name
    if path.startswith("/"):
        return "it names the root of the host, which is not the book's"
    if path:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if target.startswith("..") or not (built.HTML / target).is_file():
            return f"there is no {target}"
    place = unquote(parts.fragment)
    if place and target.endswith(".html") and not ids(target)[place]:
        return f"{target} has no place of that name"
    return ""


def fail_with(findings: list[str]) -> None:
    """Fail where something was found, and say all of it."""
    assert not findings, "\n- ".join(["found:", *findings])


@each_page
def test_every_link_leads_somewhere(name):
    found = []
    for tag, attribute in POINTS.items():
        for each in built.soup(name).find_all(tag, attrs={attribute: True}):
            link = (each[attribute].split() or [""])[0]
            if why := leads_to(name, link):
                said = each.get_text().strip()[:40]
                found.append(f'{name}: <{tag}> to {link} ("{said}"): {why}')
    fail_with(sorted(set(found)))


@each_page
def test_code_from_files_is_linked_to_its_reference(name):
    page, found = built.soup(name), []
    shown, called = page.select(".unet-source"), built.count_calls(name, "source.show")
    if len(shown) != called:
        found.append(f"{len(shown)} listings in the page, {called} in the cells")
    for figure in page.select('figure[data-name^="helpers."]'):
        piece, link = figure["data-name"], figure.select_one("figcaption a.unet-entry")
        to = urlsplit(link["href"] if link else "")
        entry = unquote(to.fragment).removeprefix("module-")
        if not re.fullmatch(r"reference_\w+\.html", to.path):
            found.append(f"{piece}: no link to the reference, but {to.geturl()!r}")
        elif not f"{piece}.".startswith(f"{entry}."):  # nor its class's, nor its file's
            found.append(f"{piece}: the link leads to {entry or 'no entry'}")
        elif why := leads_to(name, link["href"]):
            found.append(f"{piece}: {why}")
    fail_with([f"{name}: {each}" for each in found])


@each_page
def test_a_place_is_named_once(name):
    fail_with([f"{name}: {n} times id={i!r}" for i, n in ids(name).items() if n > 1])


@each_page
def test_a_page_is_light_with_all_that_it_can_bring(name):
    sizes = {path: path.stat().st_size for path in built.brought(name)}
    heaviest = sorted(sizes.items(), key=lambda item: -item[1])[:3]
    weight = sum(sizes.values())
    assert weight <= built.MOST_BYTES, f"{name}: {weight:,} bytes, as {heaviest}"


@each_page
def test_a_page_is_light_and_loads_what_it_needs(name):
    page = built.soup(name)
    size = (built.HTML / name).stat().st_size
    found = [] if size <= MOST_HTML else [f"{size:,} bytes, at most {MOST_HTML:,}"]
    scripts = [script["src"] for script in page.select("script[src]")]
    inside = [script.get_text() for script in page.select("script:not([src])")]
    for script, what in NEEDED_BY.items():
        loads = any(f"/{script}" in each for each in scripts)
        if loads != bool(page.select(what)):
            found.append(f"loads {script}: {loads}, has {what}: {not loads}")
    for word in GONE:
        found += [f"loads {each}" for each in scripts if word in each.lower()]
        found += [f"speaks of {word}: {s[:60]}" for s in inside if word in s.lower()]
    if page.select('script[type="application/vnd.jupyter.widget-state+json"]'):
        found.append("has the state of widgets, which no script reads")
    fail_with([f"{name}: {each}" for each in found])


def linked(name: str, button: str) -> str:
    """The page that a button at the foot of a page leads to."""
    found = built.soup(name).select_one(f"a.{button}[href]")
    if found is None:
        return ""
    path = posixpath.join(posixpath.dirname(name), urlsplit(found["href"]).path)
    return posixpath.normpath(path)


def test_next_and_previous_make_one_chain_through_the_contents():
    order = built.in_order()
    assert set(order) == set(built.names()) - NO_READING
    found = []
    for before, name, after in zip(["", *order], order, [*order[1:], ""]):
        for button, wanted in (("left-prev", before), ("right-next", after)):
            got = linked(name, button)
            if got != wanted:
                found.append(f"{name}: {button} to {got or 'nothing'}, not {wanted}")
    fail_with(found)


def test_chapters_are_numbered_in_their_order():
    numbers = []
    for name in built.in_order():
        heading = built.soup(name).select_one("h1 .section-number")
        if name in built.chapters():
            assert heading, f"{name}: no number before its title"
            numbers.append(int(heading.get_text().strip(" .")))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def places(name: str, chapter: str) -> list[str]:
    """The places of a chapter that the text of a page links to, in order."""
    links = [urlsplit(a["href"]) for a in built.soup(name).select("article a[href]")]
    there = posixpath.basename(chapter)
    return [unquote(link.fragment) for link in links if link.path == there]


def test_the_colophon_tells_when_each_chapter_ran():
    told = {}
    for row in built.soup("book/built.html").select("article tr:has(a[href])"):
        cells = [cell.get_text().strip() for cell in row.select("td")]
        told[row.a["href"]] = " | ".join(cells)
    lines = {name: told.get(posixpath.basename(name), "") for name in built.chapters()}
    wrong = {name: line for name, line in lines.items() if not RAN.search(line)}
    fail_with([f"{name}: {line or 'no line'}" for name, line in wrong.items()])


def test_the_list_of_exercises_has_the_three_of_each_chapter():
    found = []
    for name in built.chapters():
        there = [
            section["id"]
            for section in built.soup(name).select("article section[id]:has(> h3)")
            if EXERCISE.match(section.h3.get_text())
        ]
        linked_to = places("book/exercises.html", name)
        listed = [place for place in linked_to if place in there]
        if len(there) != 3 or listed != there:
            found.append(f"{name}: {listed} listed, {there} in the chapter")
    fail_with(found)


def test_the_list_of_explorers_has_all():
    start = built.soup("book/index.html").get_text()
    found, number = [], sum(map(built.count_explorers, built.moving()))
    if f"{number} explorers" not in start:
        found.append(f"the start page does not count {number} explorers")
    for name in built.moving():
        there = [figure["id"] for figure in built.soup(name).select("figure.explorer")]
        listed = [place for place in places("book/explorers.html", name) if place]
        if len(there) != built.count_explorers(name) or listed != there:
            found.append(f"{name}: {listed} listed, {there} in the page")
    links = built.soup("book/explorers.html").select("article li a[href*='#']")
    called = Counter(link.get_text().strip() for link in links)
    found += [f"{n} explorers are called {t!r}" for t, n in called.items() if n > 1]
    fail_with(found)


def base() -> str:
    """The address under which the book is published; empty for an unknown host."""
    return address.pages(address.read()[0])


def test_the_sitemap_lists_every_page():
    path = built.HTML / "sitemap.xml"
    if not base() or address.read()[0] == address.PLACEHOLDER:
        assert not path.exists(), "it has no addresses to list"
        return
    tree = ElementTree.parse(path)
    listed = [tag.text for tag in tree.iter() if tag.tag.endswith("}loc")]
    assert all(each.startswith(base()) for each in listed), listed
    named = {each.removeprefix(base()) for each in listed}
    wanted = set(built.names()) - NO_READING
    assert wanted <= named <= wanted | {"index.html", ""}
    assert len(listed) == len(named)


def test_lighthouse_was_content_with_the_start_page_and_the_heaviest_chapter():
    found = record.experiment("lighthouse")
    seen = found["values"]["pages"]
    assert all(target["met"] for target in found["values"]["targets"])
    assert lighthouse.START in seen
    # Stand-ins weigh other than photographs, so the first two may change places.
    chapters = set(built.chapters())
    first = lighthouse.heaviest(built.HTML, tuple(chapters))
    second = lighthouse.heaviest(built.HTML, tuple(chapters - {first}))
    assert seen.keys() & {first, second}, f"look at {first} anew: make bench"


@pytest.mark.parametrize("name", built.in_order())
def test_a_page_can_be_shared(name):
    """A title, a description and a picture for the cards that other sites make."""
    page = built.soup(name)
    found = []
    cards = {
        tag["property"]: tag.get("content", "")
        for tag in page.select("meta[property^=og]")
    }
    for wanted in ("og:title", "og:description", "og:url", "og:image"):
        if not cards.get(wanted):
            found.append(f"no {wanted}")
    picture = cards.get("og:image", "")
    if picture and not picture.startswith(base()):
        found.append(f"og:image lies elsewhere: {picture}")
    elif picture and not (built.HTML / picture.removeprefix(base())).is_file():
        found.append(f"there is no og:image {picture}")
    if not page.select('link[rel~="icon"][href]'):
        found.append("no icon")
    if not page.select(".navbar-brand img[alt]"):
        found.append("no logo")
    if len(page.select('meta[name="description"]')) != 1:
        found.append("not one description")
    title = page.title.get_text().strip() if page.title else ""
    if not re.search(r"\w", title):
        found.append("no title")
    fail_with([f"{name}: {each}" for each in found])


def test_titles_differ():
    titles = Counter(built.soup(name).title.get_text() for name in built.in_order())
    found = [f"{n} pages are called {t!r}" for t, n in titles.items() if n > 1]
    parts = {title: re.split(r"\s+[—–-]\s+", title.strip()) for title in titles}
    found += [f"said twice: {t!r}" for t, p in parts.items() if len(set(p)) < len(p)]
    fail_with(found)


def test_there_is_a_page_for_addresses_without_one():
    assert (built.HTML / "404.html").is_file()


def test_what_styles_draw_is_there():
    """`lean` removes files that nothing loads; what a style sheet names has to stay."""
    sheets = sorted((built.HTML / "_static").rglob("*.css"))
    files = [
        sheet.parent / name
        for sheet in sheets
        for name in lean.DRAWN.findall(sheet.read_text())
        if not name.startswith("data:")
    ]
    assert len(files) > 10, "formulas bring fonts"
    fail_with([f"there is no {path}" for path in files if not path.is_file()])
