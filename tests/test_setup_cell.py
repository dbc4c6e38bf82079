"""A notebook on its own: an empty folder, the frameworks, and no helpers.

The environment here is a second one that sees the packages of the running one, but
not the repository: that is on the path by a .pth file, and Python reads those only in
an environment's own folder.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import address
import nbclient
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
KEPT = ("torch", "tensorflow", "keras", "numpy")
VERSIONS = f"""
import json
from importlib import metadata
print(json.dumps({{name: metadata.version(name) for name in {KEPT}}}))
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> str:
    """The address of a repository that holds the working tree's helpers."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "helpers",
        folder / "helpers",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    results = Path("benchmarks", "results")
    shutil.copytree(ROOT / results, folder / results)
    someone = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
    for command in (["init", "-q"], ["add", "."], [*someone, "commit", "-qm", "Copy"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder.as_uri()


class Environment:
    """A Python without helpers, and what is needed to run a notebook with it."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", folder], check=True
        )
        self.python = folder / "bin" / "python"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        site = folder / "lib" / version / "site-packages"
        (site / "frameworks.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.variables = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        self.run("-m", "ipykernel", "install", "--sys-prefix", "--name", "python3")

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run Python with these arguments and return what it printed."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=cwd,
            env=self.variables,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def execute(self, notebook: nbformat.NotebookNode, folder: Path) -> None:
        """Run every cell in `folder`, the outputs going into `notebook`.

        Raises `nbclient.exceptions.CellExecutionError` as the first cell that fails
        does.
        """
        variables = {**self.variables, "UNET_BOOK_CACHE": str(folder / "cache")}
        variables.pop("OXFORD_PETS_DIR", None)
        client = nbclient.NotebookClient(
            notebook,
            timeout=180,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        )
        manager = client.create_kernel_manager()
        manager.kernel_spec.argv[0] = str(self.python)
        client.execute(env=variables)


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Environment:
    """Shared by the tests that install helpers into it."""
    return Environment(tmp_path_factory.mktemp("frameworks"))


def only_setup(source: str) -> nbformat.NotebookNode:
    """A notebook of the setup cell and the plainest use of helpers."""
    cells = [source, "import helpers.spec\nprint(helpers.spec.__file__)"]
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )


def printed(notebook: nbformat.NotebookNode, index: int) -> str:
    """What the cell printed, errors included."""
    outputs = notebook.cells[index].outputs
    return "".join(output.get("text", "") for output in outputs)


def test_inside_the_repository_the_files_there_are_used(environment):
    notebook = only_setup(address.setup_cell(address.PLACEHOLDER))
    environment.execute(notebook, ROOT / "book")
    assert printed(notebook, 0) == ""
    assert Path(printed(notebook, 1).strip()) == ROOT / "helpers" / "spec.py"


def test_a_placeholder_is_refused_in_one_line(environment, tmp_path):
    notebook = only_setup(address.setup_cell(address.PLACEHOLDER))
    with pytest.raises(nbclient.exceptions.CellExecutionError) as refusal:
        environment.execute(notebook, tmp_path)
    assert refusal.value.ename == "SystemExit"
    assert "make repo URL=" in refusal.value.evalue
    assert "\n" not in refusal.value.evalue
    assert notebook.cells[1].execution_count is None


def test_an_address_that_is_not_there_is_an_error(environment, tmp_path):
    notebook = only_setup(address.setup_cell((tmp_path / "nothing").as_uri()))
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        environment.execute(notebook, tmp_path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_alone_runs(path, clone, environment, tmp_path):
    """A short one without photographs to its end; of the others the imports."""
    before = json.loads(environment.run("-c", VERSIONS, cwd=tmp_path))
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].source = address.setup_cell(clone)
    if path.stem != "losses":
        notebook.cells = code[:2]
    environment.execute(notebook, tmp_path)
    assert printed(nbformat.v4.new_notebook(cells=code), 0) == ""
    where = environment.run(
        "-c", "import helpers; print(helpers.__file__)", cwd=tmp_path
    )
    assert environment.python.parents[1] in Path(where.strip()).parents
    assert json.loads(environment.run("-c", VERSIONS, cwd=tmp_path)) == before
    own = environment.python.parents[1] / "lib"
    assert not [path for name in KEPT for path in own.rglob(f"{name}-*.dist-info")]
