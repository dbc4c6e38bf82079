"""`make links`: are the pages that the book links to outside still there?

Sphinx's own checker goes through every page, with nothing executed. The weekly workflow
runs it; no test does. As an extension, this asks doi.org about a DOI instead of the
publisher behind it, many of whom turn programs away.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import address
import yaml
from build import JUPYTER_BOOK
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "_build" / "links"


def settings(config: dict) -> dict:
    """The book's settings, for a build that checks links and runs no notebook."""
    own = config["repository"]["url"]
    more = {
        "linkcheck_anchors": False,  # many pages make theirs with scripts
        "linkcheck_ignore": [re.escape(own), re.escape(address.COLAB)],
        "linkcheck_report_timeouts_as_broken": False,  # slow is not gone
        "linkcheck_retries": 3,
        "linkcheck_timeout": 30,
        "linkcheck_workers": 4,
    }
    sphinx = config["sphinx"]
    tools = str(ROOT / "book" / "_tools")  # the settings lie elsewhere
    extensions = dict.fromkeys([*sphinx["local_extensions"], "links"], tools)
    sphinx |= {"local_extensions": extensions, "config": sphinx["config"] | more}
    # A page's head may ask for a run in spite of the mode, but not if it is excluded.
    execute = {"execute_notebooks": "off", "exclude_patterns": ["*"]}
    return config | {"execute": execute, "sphinx": sphinx}


def asked(app: Sphinx, uri: str) -> str | None:
    """Where to look for an address; None where it says so itself."""
    doi = re.fullmatch(r"https://doi\.org/(10\..+)", uri)
    return f"https://doi.org/api/handles/{doi[1]}" if doi else None


def main() -> None:
    """Check, and end with status 1 where a link leads nowhere."""
    shutil.rmtree(FOUND, ignore_errors=True)
    FOUND.mkdir(parents=True)
    config = FOUND / "_config.yml"
    config.write_text(yaml.safe_dump(settings(yaml.safe_load(CONFIG.read_text()))))
    run = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "--all"]
    run += ["--config", str(config), "--builder", "linkcheck"]
    run += ["--path-output", str(FOUND)]
    status = subprocess.run(run, cwd=ROOT, check=False).returncode
    for output in FOUND.glob("_build/*/output.txt"):
        shutil.copy(output, FOUND)
        print(output.read_text())
    sys.exit(bool(status))


CONFIG = ROOT / "_config.yml"


def setup(app: Sphinx) -> dict[str, object]:
    """What Sphinx calls."""
    app.connect("linkcheck-process-uri", asked)
    return {"version": "1", "parallel_read_safe": True}


if __name__ == "__main__":
    main()
