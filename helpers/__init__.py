"""What the book's chapters are built on; importing it loads no framework.

The network: spec, sizes, recipe, history; built and trained in pytorch/ and keras/,
compared by parity. The data: shapes (canvas), pets (folders, pictures, arrays,
download; standins/ draws), samples, augment, batches, checks. Masks:
boxes, instances, edits, objects; losses: borders,
cells, slopes; a network before U-Net: sliding; inside
one: kinds, lines, probe, field, inside; at its edges:
edges, tiles, outofcore, memory, extents; its skips:
levels, gaps, skipcharts. The page: figures
(panels, charts, style), explore, source, scores, record (machine), exercises/. The
command line: __main__, commands, runs, datasets, frameworks, labeling, budget. The
house: files, repository, install.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_MODULES = (
    "augment",
    "batches",
    "borders",
    "boxes",
    "budget",
    "cells",
    "checks",
    "datasets",
    "download",
    "edges",
    "edits",
    "explore",
    "extents",
    "field",
    "figures",
    "files",
    "folders",
    "frameworks",
    "history",
    "inside",
    "instances",
    "keras",
    "kinds",
    "labeling",
    "lines",
    "memory",
    "objects",
    "outofcore",
    "parity",
    "pets",
    "probe",
    "pytorch",
    "recipe",
    "record",
    "repository",
    "samples",
    "scores",
    "shapes",
    "sizes",
    "sliding",
    "slopes",
    "source",
    "spec",
    "standins",
    "style",
    "tiles",
)


def __getattr__(name: str) -> ModuleType:
    """Load a module on first use, so that `helpers.keras` alone costs TensorFlow."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"helpers has no {name!r}; it has {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
