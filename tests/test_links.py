"""What `make links` asks for."""

import links
import pytest
import yaml


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
    assert found["execute"] == {"execute_notebooks": "off"}
    assert found["repository"] == before["repository"]
    added = set(found["sphinx"]["local_extensions"])
    assert added == {*before["sphinx"]["local_extensions"], "links"}
    assert found["sphinx"]["config"].items() >= before["sphinx"]["config"].items()
