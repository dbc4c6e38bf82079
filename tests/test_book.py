"""Checks of the book itself: its notebooks, its address, the order of its rooms."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import address
import nbformat
import pytest
import strip
import tomllib
import yaml

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
HELPERS = sorted((ROOT / "helpers").rglob("*.py"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# What neither framework's folder may import.
OTHER_SIDE = {
    "pytorch": ("keras", "tensorflow", "helpers.keras"),
    "keras": ("torch", "accelerate", "helpers.pytorch"),
}

# Methods that a framework calls and describes.
FRAMEWORKS_OWN = re.compile("forward|call|build|get_config|compute_.*|on_.*")

each_helper = pytest.mark.parametrize(
    "path", HELPERS, ids=lambda p: p.relative_to(ROOT / "helpers").as_posix()
)


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    """The notebook's cells of this kind."""
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def public_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions, and methods of classes, whose names do not open with an underscore."""
    named = [
        node for node in tree.body if not getattr(node, "name", "_").startswith("_")
    ]
    classes = [node for node in named if isinstance(node, ast.ClassDef)]
    inside = [node for each in classes for node in each.body]
    return [
        node
        for node in [*named, *inside]
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def imported(tree: ast.AST) -> set[str]:
    """The full names of what a module imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


# Notebooks


@each_notebook
def test_a_notebook_opens_with_the_badge_and_the_setup_cell(path):
    url, branch = address.read()
    name = path.relative_to(ROOT).as_posix()
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.splitlines()[0] == address.badge(url, branch, name)
    assert cells(path, "code")[0].source == address.setup_cell(url)


@each_notebook
def test_a_notebook_is_stripped(path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook == strip.stripped(notebook), "run: make strip"


@each_notebook
def test_a_checked_cell_has_something_to_compare(path):
    checked = [cell for cell in cells(path, "code") if strip.is_checked(cell)]
    assert checked, "no output of this notebook is checked"
    for cell in checked:
        assert cell.outputs, f"checked, but nothing is stored:\n{cell.source}"
        assert cell.execution_count, f"stored, but nbval skips it:\n{cell.source}"


@each_notebook
def test_cells_are_short(path):
    """All but the setup cell, which holds an address that may be long."""
    sources = [cell.source for cell in cells(path, "code")][1:]
    for source in [address.setup_cell(address.PLACEHOLDER), *sources]:
        lines = source.splitlines()
        assert len(lines) <= 20, source
        assert max(map(len, lines)) <= 78, max(lines, key=len)


@each_notebook
def test_a_notebook_asserts(path):
    code = "\n".join(cell.source for cell in cells(path, "code"))
    assert re.search(r"^\s*assert ", code, re.M)


@each_notebook
def test_text_is_plain_markdown(path):
    """Colab and GitHub show MyST directives and roles as raw text."""
    myst = re.compile(r"^\s*(:::|```\{|~~~\{)|\{[a-z:-]+\}`", re.M)
    for cell in cells(path, "markdown"):
        assert not myst.search(cell.source), cell.source


@each_notebook
def test_a_figure_is_described_and_says_what_to_conclude(path):
    captions = []
    for cell in cells(path, "code"):
        shown = cell.metadata.get("mystnb", {})
        alt = shown.get("image", {}).get("alt")
        caption = shown.get("figure", {}).get("caption")
        assert (alt is None) == (caption is None), cell.source
        if caption is not None:
            assert len(caption) >= 40 and caption.endswith("."), caption
            assert caption != alt, "the caption repeats what is to be seen"
            # Its line of HTML would become a figure of its own, with this caption.
            assert "record(" not in cell.source, cell.source
            captions.append(caption)
    assert len(set(captions)) == len(captions)


@each_notebook
def test_an_explorer_says_what_to_conclude(path):
    found = []
    for cell in cells(path, "code"):
        tree, named = ast.parse(cell.source), {}
        for line in tree.body:
            if not isinstance(getattr(line, "value", None), ast.Constant):
                continue
            if isinstance(line, ast.Assign):
                named[ast.unparse(line.targets[0])] = line.value.value
            elif isinstance(line, ast.AugAssign):
                named[ast.unparse(line.target)] += line.value.value
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "explore":
                given = {word.arg: word.value for word in node.keywords}
                assert "caption" in given, cell.source
                name = ast.unparse(given["caption"])
                said = named[name] if name in named else ast.literal_eval(name)
                assert len(said) >= 40 and said.endswith("."), said
                found.append(said)
    assert found and len(set(found)) == len(found)


@each_notebook
def test_a_notebook_has_one_title(path):
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    outside = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    assert len(re.findall(r"^# ", outside, re.M)) == 1


def test_the_table_of_contents_names_every_page():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters = [chapter for part in contents["parts"] for chapter in part["chapters"]]
    below = [page for chapter in chapters for page in chapter.get("sections", [])]
    named = {contents["root"], *(page["file"] for page in [*chapters, *below])}
    pages = [*NOTEBOOKS, *(ROOT / "book").glob("*.md")]
    assert named == {p.relative_to(ROOT).with_suffix("").as_posix() for p in pages}


def test_the_start_page_links_every_other():
    linked = re.findall(
        r"\]\((\w+\.(?:ipynb|md))\)", (ROOT / "book/index.md").read_text()
    )
    pages = {p.name for p in [*NOTEBOOKS, *(ROOT / "book").glob("*.md")]}
    below = {p.name for p in (ROOT / "book").glob("reference_*.md")}  # of reference.md
    assert set(linked) == pages - below - {"index.md"}


# The address


@pytest.fixture
def book(tmp_path) -> Path:
    """A copy of what holds the address."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "book").mkdir()
    for path in NOTEBOOKS:
        shutil.copy(path, tmp_path / "book")
    return tmp_path


def test_a_new_address_reaches_every_file_and_the_old_one_restores_them(book):
    files = ["_config.yml", *(f"book/{path.name}" for path in NOTEBOOKS)]
    before = [(book / name).read_text() for name in files]
    mine = "https://github.com/someone/a.fork"
    assert address.rewrite(mine + ".git/", book) == files
    for name in files:
        text = (book / name).read_text()
        # The setup cell goes on refusing the placeholder, by name.
        assert text.count("OWNER") == name.endswith(".ipynb")
        assert mine.removeprefix("https://github.com/") in text
    assert address.rewrite(mine, book) == []
    address.rewrite(address.PLACEHOLDER, book)
    if address.read()[0] == address.PLACEHOLDER:
        assert [(book / name).read_text() for name in files] == before


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/a/b",
        "git@github.com:a/b",
        "https://github.com/a",
        'https://x/a/"b',
    ],
)
def test_a_bad_address_changes_nothing(book, url):
    before = (book / "_config.yml").read_text()
    with pytest.raises(ValueError, match="make repo URL=https"):
        address.rewrite(url, book)
    assert (book / "_config.yml").read_text() == before


def test_a_notebook_out_of_shape_changes_nothing(book):
    before = (book / "_config.yml").read_text()
    plain = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Plain")])
    nbformat.write(plain, book / "book" / "z.ipynb")
    with pytest.raises(ValueError, match=r"z\.ipynb: the first line is no Colab badge"):
        address.rewrite("https://github.com/a/b", book)
    assert (book / "_config.yml").read_text() == before
    assert not list(book.rglob("*.partial"))


# Stripping


def test_stripping_keeps_checked_text_and_nothing_else():
    text = nbformat.v4.new_output("stream", text="12\n")
    figure = nbformat.v4.new_output("display_data", data={"image/png": "AAAA"})
    kept, gone = (
        nbformat.v4.new_code_cell("f()", outputs=[text, figure], execution_count=3)
        for _ in range(2)
    )
    kept.metadata["tags"] = [strip.CHECKED]
    gone.metadata["colab"] = {"height": 3}
    notebook = nbformat.v4.new_notebook(cells=[kept, gone], metadata={"widgets": {}})
    clean = strip.stripped(notebook)
    assert clean.cells[0].outputs == [text]
    assert clean.cells[0].execution_count == 3
    assert clean.cells[1].outputs == []
    assert clean.cells[1].execution_count is None
    assert clean.cells[1].metadata == {}
    assert "widgets" not in clean.metadata
    assert strip.stripped(clean) == clean


# The rooms of helpers


def test_helpers_alone_loads_no_framework():
    code = (
        "import sys, helpers, helpers.spec, helpers.scores, helpers.pets\n"
        "print([n for n in ('torch', 'tensorflow', 'keras') if n in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "[]"


@each_helper
def test_a_file_is_short(path):
    assert len(path.read_text().splitlines()) <= 250


@each_helper
def test_imports_run_downwards(path):
    names = imported(ast.parse(path.read_text()))
    inside = path.relative_to(ROOT / "helpers").parts
    if inside[0] in OTHER_SIDE:
        banned = OTHER_SIDE[inside[0]]
        assert not [
            n for n in names if n.split(".")[0] in banned or n.startswith(banned)
        ]
    elif inside[0] not in ("parity.py", "__main__.py"):
        top = {name.split(".")[0] for name in names_at_import(path)}
        assert not top & {"torch", "tensorflow", "keras", "accelerate"}


def names_at_import(path: Path) -> set[str]:
    """What a module imports when it is loaded, not what its functions do later."""
    body = [
        node
        for node in ast.parse(path.read_text()).body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    return imported(ast.Module(body=body, type_ignores=[]))


@each_helper
def test_public_functions_have_types_and_a_docstring(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or not tree.body, f"{path.name} lacks a docstring"
    for function in public_functions(tree):
        where = f"{path.name}: {function.name}"
        own = FRAMEWORKS_OWN.fullmatch(function.name)
        described = ast.get_docstring(function) or own
        assert described, f"{where} has no docstring"
        assert function.returns is not None, f"{where} does not say what it returns"
        arguments = function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in named:
            typed = argument.annotation is not None or argument.arg in ("self", "cls")
            assert typed, f"{where}: {argument.arg} has no type"


def test_every_folder_of_helpers_is_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = settings["tool"]["setuptools"]["packages"]
    found = {path.parent.relative_to(ROOT).as_posix() for path in HELPERS}
    assert sorted(listed) == sorted(
        {name.replace("/", ".") for name in found} | {"helpers.results"}
    )


# What no file of the project may hold

MACHINES = re.compile(
    r"/(?:work|root)/|/home/\w|\.\./shared/"  # folders of one machine
    r"|pypi\.[o]rg|pythonhosted|download\.pytorch"  # an index of one machine
)
BINARY = {".png", ".jpg", ".svg", ".npy", ".npz"}
EXEMPT = {".ci/run", "tests/test_book.py"}  # they name such things to deal with them


def test_nothing_names_a_machine_or_an_index():
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=False)
    for name in filter(None, run.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and name not in EXEMPT and path.suffix not in BINARY:
            found = MACHINES.search(path.read_text())
            assert found is None, f"{name}: {found}"


def test_the_pins_are_plain():
    """Every line one exact version that any index has."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line.split("#")[0].strip() for line in lines]
    pins = [pin for pin in pins if pin]
    assert len(pins) > 100
    for pin in pins:
        assert re.fullmatch(r"[a-z0-9.-]+==[0-9][0-9a-z.]*", pin), pin
    assert "torch==2.13.0" in pins
