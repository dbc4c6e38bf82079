"""Take from notebooks what a commit should not hold.

nbstripout does the work. Cells tagged `nbval-check-output` keep their text and their
count, which nbval needs to compare them; images and widgets go there too, and so does
what Colab and other editors leave in the metadata. With --check nothing is written
and a notebook that would change is an error.
"""

import argparse
import copy
import sys
from pathlib import Path

import nbformat
from address import replace
from nbstripout import strip_output

CHECKED = "nbval-check-output"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT = {"tags", "mystnb"}


def is_checked(cell: nbformat.NotebookNode) -> bool:
    """Whether nbval compares this cell's output with the stored one."""
    return CHECKED in cell.metadata.get("tags", [])


def is_text(output: nbformat.NotebookNode) -> bool:
    """Whether the output is text and nothing else, so that it can be compared."""
    kinds = list(output.get("data", {}))
    return output.output_type == "stream" or kinds == ["text/plain"]


def stripped(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy as it should be committed."""
    clean = strip_output(
        copy.deepcopy(notebook), keep_output=False, keep_count=False, keep_id=True
    )
    clean.metadata = nbformat.from_dict(METADATA)
    for cell, before in zip(clean.cells, notebook.cells):
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key in KEPT}
        )
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if is_checked(before):
                cell.outputs = [output for output in before.outputs if is_text(output)]
                cell.execution_count = before.execution_count
    return clean


def main() -> None:
    """`make strip`, and with --check a part of `make lint`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("notebooks", nargs="*", type=Path)
    asked = parser.parse_args()
    dirty = []
    for path in asked.notebooks:
        before = path.read_text()
        after = nbformat.writes(stripped(nbformat.reads(before, as_version=4))) + "\n"
        if before != after:
            dirty.append(str(path))
            if not asked.check:
                replace(path, after)
    if dirty and asked.check:
        sys.exit(f"not stripped: {', '.join(dirty)}; run: make strip")


if __name__ == "__main__":
    main()
