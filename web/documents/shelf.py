"""Which documents there are, and where their files lie."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from web.documents.render import Document, render, title_of

#: Address of the method: what every number of a page links to, with the anchor of its section.
METHOD = "/docs/method"
#: What most people look for first; the others follow by name.
FIRST = ("method", "planning", "set-up", "report", "calibration")
#: For those who build the product, who read it beside the code.
NOT_SHOWN = frozenset({"house"})


def folder() -> Path:
    """Where the documents lie: inside the wheel, else beside the packages of the checkout."""
    here = Path(__file__).resolve()
    packed = here.parent / "_docs"
    return packed if packed.is_dir() else here.parents[2] / "docs"


@lru_cache(maxsize=1)
def titles() -> dict[str, str]:
    """Title of every document by its name, in the order of the list."""
    found = {path.stem: title_of(path.read_text("utf-8")) for path in sorted(folder().glob("*.md"))}
    shown = [name for name in found if name not in NOT_SHOWN]
    ordered = [name for name in FIRST if name in shown] + [name for name in shown if name not in FIRST]
    return {name: found[name] for name in ordered}


@lru_cache(maxsize=100)
def document(name: str) -> Document | None:
    """A document by its name without ending, rendered once per process; None where there is none of that name."""
    if name not in titles():
        return None
    return render((folder() / f"{name}.md").read_text("utf-8"), known=frozenset(titles()))
