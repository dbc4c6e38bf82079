"""What `make links` asks for."""

import io

import links
import pytest
import yaml
from jupyter_book.config import yaml_to_sphinx
from sphinx.application import Sphinx

PAGE = """\
---
file_format: mystnb
kernelspec: {name: python3}
mystnb: {execution_mode: force}
---
# A page that asks to be run

```{code-cell}
open("ran", "w").close()
```
"""


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        ("https://doi.org/10.1000/a_(b)", "https://doi.org/api/handles/10.1000/a_(b)"),
        ("https://doi.org/", None),
        ("https://example.org/10.1000/a", None),
    ],
)
def test_a_doi_is_asked_of_those_who_give_them(uri, asked):
    assert links.asked(None, uri) == asked


def test_links_are_checked_without_running_a_notebook():
    before = yaml.safe_load(links.CONFIG.read_text())
    found = links.settings(yaml.safe_load(links.CONFIG.read_text()))
    assert found["execute"]["execute_notebooks"] == "off"
    assert found["repository"] == before["repository"]
    added = set(found["sphinx"]["local_extensions"])
    assert added == {*before["sphinx"]["local_extensions"], "links"}
    assert found["sphinx"]["config"].items() >= before["sphinx"]["config"].items()


def test_not_even_a_page_that_asks_for_it_is_run(tmp_path):
    (tmp_path / "index.md").write_text(PAGE)
    settings = links.settings(yaml.safe_load(links.CONFIG.read_text()))
    converted = yaml_to_sphinx(settings)[0]
    options = {k: v for k, v in converted.items() if k.startswith("nb_execution_")}
    options["extensions"] = ["myst_nb"]
    # Sphinx keeps what an earlier one in this process took for its default.
    options["source_suffix"] = {".md": "myst-nb", ".ipynb": "myst-nb"}
    out = tmp_path / "_build"
    app = Sphinx(
        tmp_path, None, out, out / "doctrees", "dummy", options, None, io.StringIO()
    )
    app.build()
    assert app.env.found_docs == {"index"}
    assert not (tmp_path / "ran").exists()
