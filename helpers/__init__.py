"""What the book's chapters are built on; importing it loads no framework.

The network: spec (rules), sizes, layers, recipe, history; built and trained in
pytorch/ and keras/, compared by parity; inside it: levels, field, probe; before it:
sliding. Its relatives: family, laddernet; at equal cost: matching, timing; their gates:
attention.
The data: pets (folders, pictures, arrays, download; standins/ draws), shapes (canvas),
lines, kinds, cells, samples, augment, elastic, batches, checks. Masks: boxes,
instances, edits, objects, gaps, borders, faults. Upsampling as arithmetic: resampling.
At the edge of an image and beyond: edges, tiles, outofcore, memory. The U-Net paper's
training and prediction: paper, rotations. Numbers: scores, record (machine); what they
make of the articles: claims (counted, printed, settled); outcomes (tables).
The page: figures (panels, charts, style), the U and its graph: blueprint (ushape),
graphs; those of a chapter: views (the task), inside (encoder and decoder), skipcharts,
slopes (losses), lattice (upsampling), extents (padding), familyview; explore, source,
exercises/.
The command line: __main__, commands, runs, datasets, frameworks, labeling, budget. The
house: files, programs, repository, install.
"""

import importlib
import pkgutil
from types import ModuleType

__version__ = "0.1.0"

_MODULES = {module.name for module in pkgutil.iter_modules(__path__)} - {"__main__"}


def __getattr__(name: str) -> ModuleType:
    """Load a module on first use, so that `helpers.keras` alone costs TensorFlow."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(
        f"helpers has no {name!r}; it has {', '.join(sorted(_MODULES))}"
    )


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
