"""Explorers and predict-questions, moved by keyboard, by mouse and by touch."""

import pytest

from tests.page import built
from tests.page.visits import PHONE, Visit, visit

FEWEST_QUESTIONS = 3
CHAPTER = "book/padding.html"
"""Its explorers have frames of several heights."""
NEAR = 2  # pixels that two layouts of a page may differ by
ANSWERED = "n => 'answered' in document.querySelectorAll('.predict')[n].dataset"

pytestmark = pytest.mark.usefixtures("browser")


class Explorer:
    """An explorer of an open page, by its place among them."""

    def __init__(self, here: Visit, number: int) -> None:
        self.here, self.number = here, number
        figure = here.page.locator("figure.explorer").nth(number)
        figure.scroll_into_view_if_needed()
        self.inputs = figure.locator("input[type=range]")
        self.first = self.state()

    def state(self) -> dict:
        """What it shows, when its picture has loaded."""
        return self.here.look("explorer", self.number)

    def moves(self, control: int, value: int, before: dict, how: str) -> dict:
        """Look at it after a control was moved to the value; keeps what is wrong."""
        now = self.state()
        it = now["controls"][control]
        told = f"{now['id']}, {it['name'].split()[0]} to {it['label']!r} by {how}: "
        wrong = [
            (it["value"] != value, f"stands at {it['value']}, not at {value}"),
            (now["src"] == before["src"], "the picture stays"),
            (now["alt"] == before["alt"], "the alt text stays"),
            (not now["loaded"], f"no picture at {now['src']}"),
            (not now["right"], "not the frame of this setting"),
            (it["said"] != it["label"], f"a screen reader hears {it['said']!r}"),
            (it["shown"] != it["label"], f"the label beside it says {it['shown']!r}"),
            (now["size"] != before["size"], f"from {before['size']} to {now['size']}"),
            (abs(now["page"] - before["page"]) > 2, "the page below it moves"),
        ]
        for is_wrong, finding in wrong:
            self.here.check(not is_wrong, told + finding)
        return now

    def by_arrows(self) -> None:
        """Every value of every control, and back to the first."""
        for k, control in enumerate(self.first["controls"]):
            self.inputs.nth(k).focus()
            now = self.state()
            for value in range(1, control["most"] + 1):
                self.here.page.keyboard.press("ArrowRight")
                now = self.moves(k, value, now, "the right arrow")
            self.here.page.keyboard.press("Home")
            self.moves(k, 0, now, "Home")
        now = self.state()
        back = all(now[what] == self.first[what] for what in ("src", "alt", "size"))
        self.here.check(back, f"{now['id']}: moved back, not as at first")

    def by_end_keys(self) -> None:
        """The last value of every control and the first, by a key for each."""
        for k, control in enumerate(self.first["controls"]):
            self.inputs.nth(k).focus()
            now = self.state()
            for key, value in (("End", control["most"]), ("Home", 0)):
                self.here.page.keyboard.press(key)
                now = self.moves(k, value, now, key)

    def by(self, press, how: str) -> None:
        """The last value of every control and the first, at both ends of its track."""
        for k, control in enumerate(self.first["controls"]):
            self.inputs.nth(k).scroll_into_view_if_needed()
            box = self.inputs.nth(k).bounding_box()
            middle = box["y"] + box["height"] / 2
            now = self.state()
            press(box["x"] + box["width"] - 3, middle)
            now = self.moves(k, control["most"], now, how)
            press(box["x"] + 3, middle)
            self.moves(k, 0, now, how)

    def by_a_drag(self) -> None:
        """The last value of every control, without letting go on the way there."""
        mouse = self.here.page.mouse
        for k, control in enumerate(self.first["controls"]):
            self.inputs.nth(k).scroll_into_view_if_needed()
            box = self.inputs.nth(k).bounding_box()
            middle = box["y"] + box["height"] / 2
            now = self.state()
            mouse.move(box["x"] + 3, middle)
            mouse.down()
            mouse.move(box["x"] + box["width"] - 3, middle, steps=8)
            now = self.moves(k, control["most"], now, "a drag")
            mouse.up()
            self.here.page.keyboard.press("Home")
            self.moves(k, 0, now, "Home")


def explorers(here: Visit, name: str) -> list[Explorer]:
    """Those of a page, each there once."""
    wanted = built.count_explorers(name)
    found = here.page.locator("figure.explorer").count()
    here.check(found == wanted, f"{found} explorers in the page, {wanted} in the cells")
    here.check(
        here.page.locator(".explorer").count() == found, "an explorer is no <figure>"
    )
    return [Explorer(here, number) for number in range(found)]


def questions(name: str) -> list[list[tuple[str, bool]]]:
    """The answers of each predict-question, as the page has them without a script."""
    found = []
    for question in built.soup(name).select(".predict"):
        answers = []
        for details in question.select("details"):
            said = " ".join(details.summary.get_text().split())
            body = " ".join(details.get_text().split()).removeprefix(said).strip()
            answers.append((said, body.startswith("Right.")))
        found.append(answers)
    return found


def answer(here: Visit, number: int, answers: list, *, right: bool, press) -> None:
    """Answer one question rightly or wrongly; keeps what is wrong with the reply."""
    question = here.page.locator(".predict").nth(number)
    told = f"question {number + 1}, answered {'right' if right else 'wrong'}: "
    choices = question.get_by_role("radio")
    if choices.count() != len(answers):
        here.note(f"{told}{choices.count()} to choose from, {len(answers)} in the text")
        return
    choice = next(k for k, (_, fine) in enumerate(answers) if fine == right)
    question.scroll_into_view_if_needed()
    press(choices.nth(choice))
    here.check(choices.nth(choice).is_checked(), told + "the choice is not taken")
    press(question.get_by_role("button", name="Answer"))
    answered = (
        "n => document.querySelectorAll('.predict')[n].dataset.answered !== undefined"
    )
    if here.settle(answered, number, told + "no data-answered"):
        said = question.get_by_role("status").inner_text()
        opening = "Right." if right else "No."
        here.check(said.startswith(opening), f"{told}opens with {said[:60]!r}")
        here.check(len(said) > 40, f"{told}does not say why: {said!r}")
        kept = choices.evaluate_all("all => all.every((each) => each.disabled)")
        here.check(kept, told + "can be taken back")
        solution = next(text for text, fine in answers if fine)
        if not right:
            known = solution in " ".join(said.split())
            here.check(known, f"{told}does not say what is right ({solution!r})")


@pytest.mark.parametrize("name", built.moving() or ["no page"])
def test_a_page_answers_keyboard_mouse_and_touch(name, browser, server):
    with visit(browser, server.root + name, has_touch=True) as here:
        for explorer in explorers(here, name):
            explorer.by_arrows()
            explorer.by_end_keys()
            explorer.by(here.page.mouse.click, "a click")
            explorer.by(here.page.touchscreen.tap, "a tap")
            explorer.by_a_drag()

        def press(target) -> None:
            target.focus()
            here.page.keyboard.press("Space")

        asked = questions(name)
        enough = len(asked) >= FEWEST_QUESTIONS or name not in built.chapters()
        here.check(enough, f"{len(asked)} predict-questions")
        for number, answers in enumerate(asked):
            answer(here, number, answers, right=number % 2 == 0, press=press)


@pytest.mark.parametrize("name", built.moving() or ["no page"])
def test_a_page_answers_the_same_on_a_phone(name, browser, server):
    with visit(browser, server.root + name, **PHONE) as here:
        here.keep("sideways")
        for explorer in explorers(here, name):
            explorer.by(here.page.touchscreen.tap, "a tap")
            explorer.by(here.page.mouse.click, "a click")
            explorer.by_end_keys()
        for number, answers in enumerate(questions(name)):
            answer(
                here, number, answers, right=number % 2 == 1, press=lambda t: t.tap()
            )


@pytest.mark.parametrize(
    ("name", "options"),
    [(CHAPTER, PHONE), *((name, {}) for name in built.moving())],
    ids=lambda value: value if isinstance(value, str) else "phone" if value else "wide",
)
def test_nothing_jumps_when_explorers_start(name, options, browser, server):
    count = built.count_explorers(name)
    with visit(browser, server.root + name, **options) as here:
        moving = here.look("room")
        empty = {"body": "", "content_type": "text/javascript"}
        here.page.route("**/explorers.js*", lambda route: route.fulfill(**empty))
        here.page.reload()
        still = here.look("room")
        started = (still["started"], moving["started"])
        here.check(started == (0, count), f"{started} started, of {count}")
        told = f"explorers from {still['heights']} to {moving['heights']} high"
        same = moving["heights"] == pytest.approx(still["heights"], abs=NEAR)
        here.check(same and len(still["heights"]) == count, told)
        told = f"the page from {still['page']} to {moving['page']} high"
        here.check(abs(moving["page"] - still["page"]) <= NEAR, told)
