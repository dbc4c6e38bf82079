"""What pages load in a browser: installed whole or not at all, nothing from afar."""

import json
import os
import sys
from types import SimpleNamespace

import build
import pytest
import web_files
from docutils import nodes
from docutils.utils import new_document

STYLE = """@font-face{src:url(fonts/KaTeX.woff2) format("woff2"),\
url(fonts/KaTeX.woff) format("woff"),url(fonts/KaTeX.ttf) format("truetype")}b{}"""
NPM = f"""#!{sys.executable}
import pathlib, sys
assert sys.argv[1] == "ci" and pathlib.Path("package-lock.json").exists()
for name in {list(web_files.PARTS)}:
    path = pathlib.Path("node_modules", name)
    if not path.suffix:
        path = path / "inside.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
dist = pathlib.Path("node_modules/katex/dist")
(dist / "katex.min.js").write_text("katex")
for kind in ["woff2", "woff", "ttf"]:
    (dist / "fonts" / f"KaTeX.{{kind}}").write_text(kind)
(dist / "katex.min.css").write_text({STYLE!r})
"""


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts an npm of the test's own first on the path; gives the function to do so."""
    monkeypatch.setattr(web_files, "INSTALLED", tmp_path / "web")
    monkeypatch.setattr(web_files, "STATIC", tmp_path / "web" / "static")
    monkeypatch.setattr(web_files, "MODULES", tmp_path / "web" / "node_modules")
    katex = tmp_path / "web/node_modules/katex/dist/katex.min.js"
    monkeypatch.setattr(web_files, "KATEX", katex)
    scripts = tmp_path / "bin"
    scripts.mkdir()
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")

    def put(text: str) -> None:
        (scripts / "npm").write_text(text)
        (scripts / "npm").chmod(0o755)

    return put


def test_installs_once_what_pages_load_and_no_more(npm, capsys):
    npm(NPM)
    assert web_files.install()
    assert "npm" in capsys.readouterr().out
    files = [p for p in web_files.STATIC.rglob("*") if p.is_file()]
    assert len(files) == len(web_files.PARTS) + 1  # the lock
    assert {web_files.STATIC / name for name in web_files.PARTS.values()} - set(
        files
    ) == {web_files.STATIC / "katex" / "fonts"}
    assert [p.name for p in files if p.parent.name == "fonts"] == ["KaTeX.woff2"]
    style = (web_files.STATIC / "katex" / "katex.min.css").read_text()
    assert style == '@font-face{src:url(fonts/KaTeX.woff2) format("woff2")}b{}'
    assert web_files.KATEX.read_text() == "katex"
    npm("#!/bin/sh\nexit 1")
    assert web_files.install()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\necho no network >&2; exit 1", "#!/bin/sh\nexit 0"]
)
def test_where_npm_fails_a_line_says_so_and_nothing_stays(npm, capsys, script):
    npm(script)
    assert not web_files.install()
    assert not web_files.INSTALLED.exists()
    said = capsys.readouterr().err
    assert "npm could not: " in said and "CDN" in said
    assert "no network" in said or "exit 0" in script


def test_pages_are_pointed_to_what_is_installed_alone(npm):
    config = SimpleNamespace(html_static_path=["own"])
    web_files.point(None, config)
    assert vars(config) == {"html_static_path": ["own"]}
    npm(NPM)
    web_files.install()
    web_files.point(None, config)
    assert vars(config) == {"html_static_path": ["own", str(web_files.STATIC)]}


def test_a_picture_from_afar_becomes_its_description():
    page = new_document("page")
    far = "https://example.org/badge.svg"
    page += nodes.reference("", "", nodes.image(uri=far, alt="Open in Colab"))
    page += nodes.image(uri="near.png", alt="A figure")
    web_files.name_pictures_from_afar(None, page)
    assert [image["uri"] for image in page.findall(nodes.image)] == ["near.png"]
    assert page[0].astext() == "Open in Colab"
    assert page[0][0]["classes"] == ["unet-badge"]


@pytest.mark.parametrize(
    "folder", ["book/_tools/web", "tests/page/web", "benchmarks/web"]
)
def test_the_lock_holds_a_checksum_of_every_package_and_no_address(folder):
    folder = web_files.HERE.parents[1] / folder
    wanted = json.loads((folder / "package.json").read_text())
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = lock["packages"]
    held = wanted["dependencies"] | wanted.get("overrides", {})
    for name, version in held.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all(p["integrity"] for name, p in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())
    asked = [
        each for p in packages.values() for each in p.get("dependencies", {}).items()
    ]
    moving = {name for name, version in asked if version.isalpha()} - set(held)
    assert not moving, f"the lock is wrong with the next release of {moving}"


def test_what_a_page_loads_from_afar_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "BUILT", tmp_path)
    page = tmp_path / "html" / "page.html"
    page.parent.mkdir()
    page.write_text(
        '<a href="https://one.example">a link</a><script src="_static/a.js"></script>'
        '<img src="data:image/png;base64,AA=="><script>let x = "https://two"</script>'
    )
    assert build.loaded_from_outside([page]) == []
    page.write_text('<script src="https://three.example/a.js"></script>')
    assert build.loaded_from_outside([page]) == [
        "page.html: https://three.example/a.js"
    ]
