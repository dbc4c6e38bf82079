"""Code shown from the code itself, and where the repository is."""

import ast
import inspect
import re
from html.parser import HTMLParser

import pytest

from helpers import repository, scores, source, spec


class Text(HTMLParser):
    """Collects the text of each <pre> and the addresses of the links."""

    def __init__(self, page):
        super().__init__()
        self.code, self.links, self._inside = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "pre":
            self._inside = True
            self.code.append("")
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self._inside &= tag != "pre"

    def handle_data(self, data):
        if self._inside:
            self.code[-1] += data


def tree(code):
    return ast.dump(ast.parse(code))


@pytest.mark.parametrize("thing", [scores.iou, spec.UNetSpec, source.Listing])
def test_whole_code_is_the_code_of_the_file(thing):
    (piece,) = source.show(thing, docstring=True).pieces
    assert piece.code == inspect.getsource(thing).rstrip()
    lines = inspect.getsource(inspect.getmodule(thing)).splitlines()
    shown = lines[piece.first - 1 : piece.last]
    assert "\n".join(shown).rstrip() == piece.code


@pytest.mark.parametrize("thing", [scores.iou, spec.UNetSpec, source.Listing, Text])
def test_without_docstrings_the_program_is_the_same(thing):
    whole, short = (source.show(thing, docstring=d).pieces[0].code for d in (1, 0))
    assert short.count('"""') == 0
    bare = ast.parse(whole)
    for node in ast.walk(bare):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            del node.body[0]
    assert tree(short) == ast.dump(bare)


def test_a_body_of_a_docstring_alone_keeps_a_body():
    code = source._without_docstrings('def f():\n    """Says.\n\n    more"""\n')
    assert code == "def f():\n    ..."


def test_comments_stay():
    (piece,) = source.show(source._colored).pieces
    assert "# plain text shows as well" in piece.code


def test_page_holds_the_code_of_both_panes():
    listing = source.show("scores.iou", "helpers.scores.dice")
    page = Text(listing._repr_html_())
    assert [code.rstrip() for code in page.code] == [p.code for p in listing.pieces]
    assert tree(page.code[0]) != tree(page.code[1])


def test_page_says_which_piece_a_pane_shows():
    page = source.show("pytorch.UNet.forward", spec.UNetSpec)._repr_html_()
    named = re.findall(r'<figure data-name="(.+?)">', page)
    assert named == [
        "helpers.pytorch.build.UNet.forward",
        "helpers.spec.UNetSpec",
    ]


def test_page_needs_no_script_and_nothing_from_outside():
    page = source.show(scores.iou)._repr_html_()
    assert not re.search(r"<script|@import|src=|url\(", page)
    assert 'html[data-theme="dark"]' in page


def test_frameworks_are_named_from_their_folder(tmp_path, monkeypatch):
    for name in ("pytorch", "keras"):
        folder = tmp_path / "fake" / name
        folder.mkdir(parents=True)
        (tmp_path / "fake" / "__init__.py").touch()
        (folder / "__init__.py").write_text(f"def f():\n    return {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    import fake.keras
    import fake.pytorch

    listing = source.show(fake.pytorch.f, fake.keras.f)
    assert [piece.label for piece in listing.pieces] == ["PyTorch", "Keras"]
    assert repr(listing).startswith("# PyTorch: ")


@pytest.mark.parametrize("colors", [source.LIGHT, source.DARK])
def test_tokens_stand_out_from_their_pane(colors):
    from tests.test_figures import contrast

    for name in ("text", "quiet", "keyword", "string", "number", "name", "link"):
        assert contrast(colors[name], colors["pane"]) >= 4.5, name
        assert contrast(colors["link"], colors["bar"]) >= 4.5


@pytest.mark.parametrize(
    "name, words",
    [("scores.nothing", "has no 'nothing'"), ("nowhere.f", "no module 'nowhere'")],
)
def test_names_that_do_not_exist(name, words):
    with pytest.raises(ValueError, match=words):
        source.show(name)


def test_things_without_source():
    with pytest.raises(TypeError, match="no Python source"):
        source.show(len)
    with pytest.raises(ValueError, match="nothing to show"):
        source.show()


CONFIG = """\
html:
  url: https://example.org/wrong
repository:
  url: {url}  # the address

  branch: trunk
other: 1
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A function that makes a book with an address the current one."""

    def make(url):
        (tmp_path / "helpers").mkdir(exist_ok=True)
        (tmp_path / "_config.yml").write_text(CONFIG.format(url=url))
        monkeypatch.setattr(repository, "HERE", tmp_path / "helpers")
        return tmp_path

    return make


def test_links_go_to_the_lines_in_the_repository(book):
    book("https://example.org/me/book.git")
    assert repository.address() == ("https://example.org/me/book", "trunk")
    page = Text(source.show(scores.iou)._repr_html_())
    (piece,) = source.show(scores.iou).pieces
    assert page.links == [
        "https://example.org/me/book/blob/trunk/helpers/scores.py"
        f"#L{piece.first}-L{piece.last}"
    ]


@pytest.mark.parametrize("url", ["https://github.com/OWNER/unet-book", "/some/clone"])
def test_a_placeholder_or_a_folder_gives_no_link(book, url):
    book(url)
    assert repository.link("helpers/scores.py") is None
    assert not Text(source.show(scores.iou)._repr_html_()).links


def test_root_is_found_from_below_or_not_at_all(book, tmp_path, monkeypatch):
    folder = book("https://example.org/me/book")
    assert repository.root() == folder
    (folder / "book").mkdir()
    monkeypatch.setattr(repository, "HERE", tmp_path / "elsewhere" / "helpers")
    monkeypatch.chdir(folder / "book")
    assert repository.root() == folder
    (folder / "_config.yml").unlink()
    assert repository.root() is None
