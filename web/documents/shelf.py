"""Which documents there are, and where their files lie."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from web.documents.render import Document, render

#: Address of the method: what every number of a page links to, with the anchor of its section.
METHOD = "/docs/method"
#: The documents for people who use the product, in the order of the list; the others are for those who build it.
TITLES = {
    "method": "Method",
    "planning": "Planning",
    "report": "Reports, field by field",
    "calibration": "Calibration",
    "summary-files": "Summary files and day totals",
    "import-units": "Import with one row per unit",
    "experiment-file": "Experiment files",
    "settings": "Settings",
    "demo": "Demo",
}


def folder() -> Path:
    """Where the documents lie: inside the wheel, else beside the packages of the checkout."""
    here = Path(__file__).resolve()
    packed = here.parent / "_docs"
    return packed if packed.is_dir() else here.parents[2] / "docs"


@lru_cache(maxsize=len(TITLES))
def document(name: str) -> Document | None:
    """A document by its name without ending, rendered once per process; None where there is none of that name."""
    path = folder() / f"{name}.md"
    if name not in TITLES or not path.is_file():
        return None
    return render(path.read_text("utf-8"), known=frozenset(TITLES))
