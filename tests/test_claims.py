"""The page of claims shows what was recorded, in order, and nothing else."""

import ast
import functools
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from helpers import claims, counted, printed, record, settled
from helpers.claims import Claim

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
FOUND = claims.read()
COUNTED = claims.count()
PAGE = (BOOK / "claims.md").read_text()


@functools.cache
def code_of(page: str) -> str:
    """The code of a chapter."""
    notebook = nbformat.read(BOOK / f"{page}.ipynb", as_version=4)
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "code")


def is_recorded(name: str) -> bool:
    """Whether the code of the name's chapter records it."""
    page, short = name.split(".")
    if page == claims.COUNTED:
        return name in COUNTED
    texts, made = strings_of(page)
    # In full, or put together by a function that the chapter writes for itself.
    in_part = any(re.fullmatch(p, name) for p in made if p.startswith(rf"{page}\."))
    short_is_there = short in texts or any(re.fullmatch(p, short) for p in made)
    return name in texts or (in_part and short_is_there)


@functools.cache
def strings_of(page: str) -> tuple[set[str], list[str]]:
    """The texts in a chapter's code, and patterns of those that it puts together."""
    nodes = [*ast.walk(ast.parse(code_of(page)))]
    texts = {n.value for n in nodes if isinstance(n, ast.Constant)}
    made = [as_pattern(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    return {text for text in texts if isinstance(text, str)}, made


def as_pattern(node: ast.JoinedStr) -> str:
    """A pattern of the texts that an f-string makes; none if it has no own text."""
    parts = [
        re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+"
        for part in node.values
    ]
    return "".join(parts) if set(parts) != {r"\w+"} else "$^"


def typed(code: str, function: str, places: dict[int, str]) -> list[str]:
    """Calls of a function with a literal where a computed value is to stand.

    places: the arguments to look at, by position and name.
    """
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        if ast.unparse(node.func).split(".")[-1] != function:
            continue
        given = [v for at, v in enumerate(node.args) if at in places]
        given += [word.value for word in node.keywords if word.arg in places.values()]
        if any(not has_names(value) for value in given):
            found.append(ast.unparse(node))
    return found


def has_names(value: ast.expr) -> bool:
    """Whether an expression depends on anything."""
    return any(isinstance(node, ast.Name) for node in ast.walk(value))


def entry(value=0.5, verdict="holds", **fields):
    return {"value": value, "spread": None, "unit": "", "claim": "it", "source": ""} | {
        "verdict": verdict,
        **fields,
    }


def soup(shown) -> BeautifulSoup:
    return BeautifulSoup(shown.data, "html.parser")


def text_of(shown) -> str:
    return soup(shown).get_text(" ")


# The list


def test_there_are_claims_enough_and_most_are_settled():
    assert len(FOUND) >= 40
    assert sum(bool(claim.records) for claim in FOUND) >= 40
    assert {claim.source for claim in FOUND} == {counted.TRAN, counted.BHARATH}


def test_a_claim_has_a_name_of_its_own_a_place_and_words():
    ids = [claim.id for claim in FOUND]
    assert len(set(ids)) == len(ids)
    for claim in FOUND:
        assert re.fullmatch(r"[a-z0-9-]+", claim.id), claim.id
        assert claim.section and claim.begins
        assert len(claim.begins.split()) <= 8, f"{claim.id} quotes too much"
        assert claim.text.endswith("."), claim.id


def test_a_claim_is_measured_or_says_what_it_needs():
    for claim in FOUND:
        assert bool(claim.records) != bool(claim.needs), claim.id
        assert not re.search(r"\d\.\d|\d %|±", claim.needs), claim.id


@pytest.mark.parametrize("name", sorted({n for c in FOUND for n in c.records}))
def test_a_number_is_recorded_where_its_name_says(name):
    assert is_recorded(name)


@pytest.mark.parametrize("name", ["skips.nothing", "pets.iou", "claims.none"])
def test_a_number_that_no_chapter_records_is_found_out(name):
    assert not is_recorded(name)


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_chapter_records_under_its_own_name(path):
    pattern = r'record\(\s*f?"([a-z_]+)\.'
    named = set(re.findall(pattern, code_of(path.stem)))
    assert named <= {path.stem}


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.ipynb")), ids=lambda p: p.stem)
def test_no_number_is_typed(path):
    """What is recorded was computed, if only from numbers that a source prints."""
    assert typed(code_of(path.stem), "record", {1: "value"}) == []


@pytest.mark.parametrize(
    "code", ['record("a.b", 2)', 'r.record("a.b", value=-4)', 'record("a.b", 2 * 2)']
)
def test_a_typed_number_is_found_out(code):
    assert len(typed(code, "record", {1: "value"})) == 1


def test_a_computed_number_may_have_literals_beside_it():
    assert typed('record("a.b", 2 * n, "c", spread=1)', "record", {1: "value"}) == []


def test_a_bad_file_is_refused(tmp_path):
    path = tmp_path / "claims.yml"
    claim = {"id": "a", "begins": "So it", "text": "It is so.", "recods": ["a.b"]}
    section = {"source": "S", "section": "T", "claims": [claim]}
    path.write_text(yaml.safe_dump([section]))
    with pytest.raises(TypeError, match="recods"):
        claims.read(path)


# Verdicts


@pytest.mark.parametrize(
    "verdicts, expected",
    [
        (["holds", "holds"], "holds"),
        (["does not hold"], "does not hold"),
        (["holds when"], "holds when"),
        (["holds", "does not hold"], "holds when"),
        (["holds", None], "open"),
        ([None], "open"),
        ([], "open"),
    ],
)
def test_the_verdict_is_that_of_the_numbers(verdicts, expected):
    numbers = {f"a.b{i}": entry(verdict=v) for i, v in enumerate(verdicts) if v}
    names = tuple(f"a.b{i}" for i in range(len(verdicts)))
    claim = Claim("x", "S", "T", "So it", "It is.", names)
    assert claim.verdict(numbers) == expected
    counts = claims.tally([claim], numbers)
    assert counts.pop(expected) == 1 and not any(counts.values())


def test_numbers_are_those_of_this_build(tmp_path, monkeypatch):
    """Neither an older record, nor one of a page that is gone, nor a typed count."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "pets.ipynb").touch()
    monkeypatch.setattr(claims.repository, "root", lambda: tmp_path)
    monkeypatch.setattr(claims, "count", lambda: {"claims.one": entry(1)})
    monkeypatch.setenv(record.FOLDER, str(tmp_path / "records"))
    monkeypatch.setattr(record, "_memory", {})
    record.record("pets.old", 1)
    assert list(claims.numbers()) == ["pets.old", "claims.one"]
    shown = tmp_path / claims.SHOWN
    shown.mkdir(parents=True)
    for page in ("pets", "gone", "claims"):
        text = f'{{"{page}.new": {{"value": 2}}}}'
        (shown / f"{page}.json").write_text(text)
    assert list(claims.numbers()) == ["pets.new", "claims.one"]


# The page


def test_the_page_shows_every_section_in_the_order_of_the_articles():
    cells = re.findall(
        r'section = "(.*)"\nsettled.section\(found, numbers, "(.*)", section\)', PAGE
    )
    wanted = dict.fromkeys((claim.source, claim.section) for claim in FOUND)
    assert [(source, section) for section, source in cells] == list(wanted)
    headings = re.findall(r"^### (.*)$", PAGE, re.M)
    assert headings == [section for _, section in wanted]


def test_a_section_shows_its_claims_with_their_numbers_and_links():
    numbers = {n: entry(0.25, spread=0.01) for c in FOUND for n in c.records}
    first = FOUND[0]
    shown = soup(settled.section(FOUND, numbers, first.source, first.section))
    wanted = [c for c in FOUND if c.section == first.section]
    boxes = shown.select(".unet-claim")
    assert [box["id"] for box in boxes] == [claim.id for claim in wanted]
    for box, claim in zip(boxes, wanted):
        links = [a["href"] for a in box.select("li a")]
        assert links == [claims.address(name) for name in claim.records]
        assert "0.250 ± 0.010" in box.get_text()


def test_a_section_without_claims_is_an_error():
    with pytest.raises(ValueError, match="no claims in 'Nowhere'; sections are The"):
        settled.section(FOUND, {}, counted.TRAN, "Nowhere")


def test_every_number_shown_comes_from_a_record():
    """With no records there are no numbers on the page, and every claim is open."""
    for source, section in dict.fromkeys((c.source, c.section) for c in FOUND):
        shown = soup(settled.section(FOUND, {}, source, section))
        assert not shown.select("strong")
        badges = [box.select_one("span").get_text() for box in shown.select("div")]
        assert set(badges) == {"open"}
    assert len(soup(settled.still_open(FOUND, {})).select("li")) == len(FOUND)
    assert f"{len(FOUND)} are open" in text_of(settled.overview(FOUND, {})).replace(
        "  ", " "
    )


def test_a_claim_whose_number_is_missing_is_open_and_says_which():
    claim = Claim("x", "S", "T", "So it", "It is.", ("a.b", "a.c"))
    shown = text_of(settled.section([claim], {"a.b": entry()}, "S", "T"))
    assert "needs: a record of a.c" in shown and "0.5" not in shown
    assert "a.c" in text_of(settled.still_open([claim], {"a.b": entry()}))
    both = {"a.b": entry(), "a.c": entry()}
    assert text_of(settled.still_open([claim], both)) == "None."


def test_evidence_stands_by_its_text():
    numbers = {"a.b": entry(0.123)}
    told = {"a.b": "holds", "a.c": "holds when"}
    evidence = settled.Evidence(numbers)
    shown = text_of(evidence(told))
    assert "holds  it  0.123" in shown and "not measured yet: a.c" in shown
    with pytest.raises(ValueError, match=r"a\.b: 'holds', but the text says 'does not"):
        evidence({"a.b": "does not hold"})


def test_corrections_tell_what_they_leave_out():
    numbers = {f"a.{n}": entry(verdict="does not hold") for n in "bc"}
    numbers["a.d"] = entry()
    found = [
        Claim(f"of-{n}", "S", "T", "So", f"It is {n}.", (f"a.{n}",)) for n in "bcd"
    ]
    evidence = settled.Evidence(numbers)
    assert [a["href"] for a in soup(evidence.left_out(found)).select("a")] == [
        "claims.html#of-b",
        "claims.html#of-c",
    ]
    evidence({"a.b": "does not hold", "a.c": "does not hold"})
    assert text_of(evidence.left_out(found)) == "None."


@pytest.mark.parametrize(
    "name", re.findall(r'"([a-z_]+\.\w+)": "', (BOOK / "corrections.md").read_text())
)
def test_a_correction_rests_on_a_number_that_is_recorded(name):
    assert is_recorded(name)


def test_texts_are_escaped():
    claim = Claim("x", "S", "T", "So <it>", "It < is.", ("a.b",))
    shown = settled.section([claim], {"a.b": entry(claim="p < q")}, "S", "T").data
    assert "It &lt; is." in shown and "p &lt; q" in shown and "&lt;it&gt;" in shown


@pytest.mark.parametrize("page", ["claims", "corrections", "results"])
def test_the_prose_holds_no_number_of_ours(page):
    """Only what the articles say, such as 572, and years stand in the text itself."""
    text = (BOOK / f"{page}.md").read_text().split("---\n", 2)[2]
    prose = re.sub(r"```\{code-cell\}.*?^```", "", text, flags=re.M | re.S)
    assert not re.search(r"\d[.,]\d|\d\s?%|\d{4,}(?<!20\d\d)", prose)


@pytest.mark.parametrize("page", ["claims", "corrections", "results"])
def test_the_page_is_run_anew_in_every_build(page):
    head = yaml.safe_load((BOOK / f"{page}.md").read_text().split("---\n")[1])
    assert head["mystnb"] == {"execution_mode": "force"}
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]
    assert f"book/{page}" in settings["config"]["read_last"]
    assert settings["local_extensions"]["afterwards"] == "book/_tools"


def test_titles_are_those_of_the_pages():
    assert claims.title("losses") == "Loss functions"
    assert claims.title("claims") == "Claims, settled"
    assert claims.title("nothing") == "nothing"


# What is counted


def test_counts_are_recorded_as_they_are(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv(record.FOLDER, str(tmp_path))
    monkeypatch.setattr(record, "_memory", {})
    settled.counted()
    assert record.load() == dict(sorted(COUNTED.items()))
    assert len(capsys.readouterr().out.splitlines()) == len(COUNTED)


@pytest.mark.parametrize("module", [counted, printed], ids=lambda m: m.__name__)
def test_no_count_has_a_typed_number_or_verdict(module):
    code = Path(module.__file__).read_text()
    assert typed(code, "entry", {0: "value", 3: "true"}) == []


def test_the_page_shows_the_code_of_every_count():
    assert "source.show(counted.entry, *counted.GROUPS, *printed.GROUPS)" in PAGE


def test_every_count_is_used():
    used = {name for claim in FOUND for name in claim.records}
    text = (BOOK / "corrections.md").read_text()
    assert [n for n in COUNTED if n not in used and f'"{n}"' not in text] == []


@pytest.mark.parametrize(
    "name, value, verdict",
    [
        ("paper_output", 388, "holds"),
        ("center_crop", 88, "holds"),
        ("skip_parameters", 159_777 - 134_433, "does not hold"),
        ("only_the_head", 31_055_427 - 31_055_297, "holds"),
        ("published", 2015, "holds"),
        ("biomedical", 3, "holds"),
        ("keras_needs_tensorflow", 1, "holds when"),
        ("decoder_relus", 2, "does not hold"),
        ("second_input", 64, "does not hold"),
        ("joined_sides", 2, "does not hold"),
        ("steps", 798, "holds"),
        ("log_best_epoch", 11, "holds when"),
    ],
)
def test_counts_known_from_elsewhere(name, value, verdict):
    found = COUNTED[f"claims.{name}"]
    assert (found["value"], found["verdict"]) == (value, verdict)


@pytest.mark.parametrize(
    "needs, verdict",
    [
        ({"tensorflow": ["keras>=3"], "keras": None}, "holds when"),
        ({"tensorflow": ["keras<3"], "keras": ["tensorflow>=2"]}, "holds"),
        ({"tensorflow": ["keras-tuner"], "keras": ["numpy"]}, "does not hold"),
    ],
)
def test_who_needs_whom_is_asked_of_what_is_installed(monkeypatch, needs, verdict):
    monkeypatch.setattr(printed.metadata, "requires", needs.get)
    assert printed.packages()["keras_needs_tensorflow"]["verdict"] == verdict


def test_by_another_name_tensorflow_leaves_its_claim_open(monkeypatch):
    """Such as tensorflow-cpu: the page is built, and says what it lacks."""

    def requires(name):
        raise printed.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(printed.metadata, "requires", requires)
    numbers = claims.count()
    assert COUNTED.keys() - numbers.keys() == {"claims.keras_needs_tensorflow"}
    [claim] = [c for c in FOUND if c.id == "keras-in-tensorflow"]
    assert claim.is_open(numbers)
    assert "claims.keras_needs_tensorflow" in text_of(
        settled.still_open([claim], numbers)
    )


def test_other_data_would_not_be_biomedical(monkeypatch):
    monkeypatch.setitem(printed.PAPER_DATA, "streets", "camera in a car")
    assert printed.years()["biomedical"]["verdict"] == "does not hold"


def test_the_log_of_the_pets_chapter_is_the_same():
    """The chapter has the article's log for itself."""
    code = re.findall(r"^(val|took) \+?= (\[.*?\])", code_of("pets"), re.M)
    for name, ours in (("val", printed.VAL_LOSS), ("took", printed.EPOCH_SECONDS)):
        lists = [ast.literal_eval(text) for which, text in code if which == name]
        assert [*ours] == [value for each in lists for value in each]
