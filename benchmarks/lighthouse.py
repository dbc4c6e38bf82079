"""Lighthouse's scores for the start page and the heaviest chapter, on a phone.

It needs the built book (`make book`), Node and a Chromium; npm installs Lighthouse,
with checksums, into _build/tools. The performance score is a clock's: on a machine with
other work it is lower than the page deserves.
"""

import json
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.targets import Target, write
from helpers import programs

# The book's tools, found as pyproject.toml lets pytest find them.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_tools"))
import npm
import web_files

from tests.page import built, visits

WANTED = Path(__file__).parent / "web"
RUNS = 3
TARGET = 95
CATEGORIES = ("performance", "accessibility", "best-practices")
START = "book/index.html"
FLAGS = ("--headless=new", "--no-sandbox", *visits.FLAGS)


def heaviest(html: Path, chapters: tuple[str, ...]) -> str:
    """The chapter whose page and pictures weigh the most."""

    def weight(name: str) -> int:
        page = html / name
        pictures = {
            (page.parent / image["src"]).resolve()
            for image in built.soup(name).select("main img[src]")
            if not image["src"].startswith("data:")
        }
        return page.stat().st_size + sum(path.stat().st_size for path in pictures)

    return max(chapters, key=weight)


def look(node: str, modules: Path, address: str, browser: str) -> dict:
    """One run of Lighthouse with its defaults, a slow phone: its report.

    Every run starts a browser in a new folder, which Lighthouse removes.
    """
    command = [node, str(modules / "lighthouse" / "cli" / "index.js"), address]
    command += ["--output=json", "--quiet", f"--chrome-flags={in_a_line(FLAGS)}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    return json.loads(programs.run(command, CHROME_PATH=browser))


def in_a_line(flags: Iterable[str]) -> str:
    """Flags of Chromium, values in quotes: Lighthouse divides the line at spaces."""
    parts = [flag.partition("=") for flag in flags]
    return " ".join(f"{name}='{value}'" if value else name for name, _, value in parts)


def lost(report: dict) -> list[str]:
    """What a report takes points for, in its own words."""
    wanted = {
        reference["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"] > 0
    }
    return [
        f"{audit['title']}: {audit.get('displayValue', audit['score'])}"
        for name, audit in report["audits"].items()
        if name in wanted and audit["score"] is not None and audit["score"] < 0.9
    ]


def main() -> bool:
    """Measure, write benchmarks/results/lighthouse.json; whether all were met."""
    if why := built.missing():
        print(f"error: {why}")
        return False
    modules = npm.install(WANTED, "lighthouse")
    node = web_files.program("node")
    pages, targets = {}, []
    with visits.serving() as server:
        for name in (START, heaviest(built.HTML, built.chapters())):
            reports = []
            for run in range(RUNS):
                address = server.root + name
                reports.append(look(node, modules, address, built.chromium()))
                scores = {
                    key: round(100 * reports[-1]["categories"][key]["score"])
                    for key in CATEGORIES
                }
                print(f"{name}, run {run + 1}/{RUNS}: {scores}", flush=True)
            found = {
                key: [round(100 * each["categories"][key]["score"]) for each in reports]
                for key in CATEGORIES
            }
            pages[name] = {"scores": found, "lost": lost(reports[-1])}
            targets += [
                Target(f"{key} of {name}", statistics.median(found[key]), TARGET)
                for key in CATEGORIES
            ]
    version = reports[-1]["lighthouseVersion"]
    agent = reports[-1]["environment"]["hostUserAgent"].partition("Chrome/")[2]
    return write(
        "lighthouse",
        {
            "pages": pages,
            "lighthouse": version,
            "chromium": agent.split(" ")[0],
            "benchmark_index": reports[-1]["environment"]["benchmarkIndex"],
        },
        targets,
    )
