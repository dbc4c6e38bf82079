"""The page "How this book was built", written by the build itself.

The places in book/built.md, such as `<!-- made: machine -->`, are filled before Sphinx
reads the page, which is after all others: then it knows when each of their notebooks
ran. Nothing here names a folder or a host of the machine.
"""

import datetime
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import address
from sphinx.application import Sphinx
from startpage import PLACE, ROOT, contents, numbered
from web_files import WANTED

from helpers import budget, pets
from helpers.machine import machine

PAGE = "book/built"
MINUTE = "%Y-%m-%d %H:%M"
MOST_SECONDS = 60
PHOTOGRAPHS = {
    True: "the photographs of Oxford-IIIT Pet",
    False: "drawn stand-ins, since there were no photographs",
}
SECTIONS = ("The book", "Networks", "Arrays and pictures")  # of requirements.in
FROM_NPM = {
    "katex": "draws the formulas while the book is built",
    "purgecss": "leaves out the rules of style that no page uses",
}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown; names of columns that end in a colon are of numbers."""
    marks = ["---:" if name.endswith(":") else "---" for name in head]
    lines = [[name.rstrip(":") for name in head], marks, *rows]
    cells = [[str(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def when(moment: datetime.datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{moment.astimezone(datetime.timezone.utc):{MINUTE}} UTC"


def commit(root: Path = ROOT) -> str:
    """The commit that was built, and whether files differed from it."""

    def git(*words: str) -> str:
        run = ["git", *words]
        done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        name, changed = git("rev-parse", "HEAD"), git("status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return "none: not built from a repository"
    said = f"`{name[:12]}`"
    url = address.read(root)[0]
    if url != address.PLACEHOLDER and url.startswith("https://"):
        said = f"[{said}]({url}/commit/{name})"
    return f"{said}, and changes since" if changed else said


def ran_on(here: Mapping) -> str:
    """The machine in words."""
    memory = here["memory_gb"] and f"{here['memory_gb']:g} GB of memory"
    parts = [here["cpu"], f"{here['cores']} cores", memory, here["gpu"], here["system"]]
    return ", ".join(part for part in parts if part)


def circumstances(now: datetime.datetime) -> str:
    """When, from what, where and with how much work the book was built."""
    here = machine()
    chosen = budget.budget()
    rows = [
        ("Date", when(now)),
        ("Commit", commit()),
        ("Command", "`make book`"),
        ("Machine", ran_on(here)),
        ("Python", here["versions"]["python"]),
        (
            "Budget",
            f"`{chosen.name}`; there are `small`, for a CPU, and `large`, for a GPU",
        ),
        ("The pets chapter", f"ran on {PHOTOGRAPHS[pets.find() is not None]}"),
    ]
    return table(("What", "In this build"), rows)


def packages(text: str) -> str:
    """What the book depends on directly: version, and what for, by section."""
    found = []
    for section in re.split(r"^# (?=[A-Z])", text, flags=re.M):
        title, _, lines = section.partition("\n")
        rows = []
        for line in lines.splitlines() if title in SECTIONS else ():
            named = re.match(r"([\w.-]+)(?:\[\w+\])?[^#]*(?:#\s*(.*))?", line)
            if named:
                rows.append((named[1], version(named[1]), named[2] or ""))
        if rows:
            head = ("Package", "Version", "What for, or why this one")
            found.append(f"### {title}\n\n{table(head, rows)}")
    return "\n\n".join(found)


def from_npm(text: str) -> str:
    """The same of what npm brings; text: the package.json that names it."""
    wanted = json.loads(text)["dependencies"]
    rows = [(name, number, FROM_NPM.get(name, "")) for name, number in wanted.items()]
    return f"### From npm\n\n{table(('Package', 'Version', 'What for'), rows)}"


def version(package: str) -> str:
    """The version that is installed, without the kind of build."""
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        return "not installed"


def runs(found: Mapping[str, Mapping], pages: Sequence[str], start: float) -> str:
    """When each page ran and how long it took, in the order of the contents.

    found: of each page, as myst-nb keeps it, when its run ended and the seconds it
    took. start: of this build; what ran before was kept.
    """
    numbers, rows, total = numbered(), [], 0.0
    for page in [page for page in pages if page in found]:
        seconds = found[page]["runtime"] or 0
        ended = datetime.datetime.fromtimestamp(
            found[page]["mtime"], datetime.timezone.utc
        )
        now = "yes" if found[page]["mtime"] >= start else "kept"
        place = next((ROOT / "book").glob(f"{Path(page).name}.*[bd]")).name
        total += seconds
        rows.append(
            (
                numbers.get(page, ""),
                f"[]({place})",
                f"{ended:{MINUTE}}",
                now,
                f"{seconds:.0f}",
            )
        )
    rows.append(("", "**All of them**", "", "", f"**{total:.0f}**"))
    return table(("", "Page", "Ran (UTC)", "In this build", "Seconds:"), rows)


def slow(found: Mapping[str, Mapping]) -> list[str]:
    """A line for each page that ran for longer than `MOST_SECONDS`."""
    return [
        f"{page} ran for {data['runtime']:.0f} s; a notebook should take at most "
        f"{MOST_SECONDS} s on two cores: run it again on a quiet machine, or cut it"
        for page, data in found.items()
        if (data["runtime"] or 0) > MOST_SECONDS
    ]


def fill(app: Sphinx, name: str, text: list[str]) -> None:
    """Put in their places what is known of this build, when Sphinx reads the page."""
    if name != PAGE:
        return
    kept = getattr(app.env, "nb_metadata", {})
    found = {
        page: data["exec_data"] for page, data in kept.items() if data.get("exec_data")
    }
    for line in slow(found):
        # No warning, which would end the build: the clock may be the machine's fault.
        print(line, flush=True)
    made = {
        "circumstances": lambda: circumstances(datetime.datetime.now().astimezone()),
        "packages": lambda: packages((ROOT / "requirements.in").read_text()),
        "from_npm": lambda: from_npm((WANTED / "package.json").read_text()),
        "runs": lambda: runs(found, contents(), STARTED),
    }
    text[0] = PLACE.sub(lambda place: made[place[1]](), text[0])


STARTED = datetime.datetime.now().timestamp()


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("source-read", fill, priority=400)  # before indexes.py asks
    return {"version": "1", "parallel_read_safe": True}
