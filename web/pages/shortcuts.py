"""The keyboard shortcuts, once: the dialog lists them and the browser's script obeys them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shortcut:
    """One shortcut.

    Args:
        keys: pressed one after the other.
        href: where it leads; `action` is done in the page instead: search | help | close.
        needs_edit: only for those who may make drafts.
    """

    keys: tuple[str, ...]
    label: str
    href: str = ""
    action: str = ""
    needs_edit: bool = False


SHORTCUTS = (
    Shortcut(("/",), "Search", action="search"),
    Shortcut(("?",), "Show this list", action="help"),
    Shortcut(("Escape",), "Close what is open", action="close"),
    Shortcut(("n",), "New experiment", "/experiments/build", needs_edit=True),
    Shortcut(("g", "o"), "Overview", "/"),
    Shortcut(("g", "g"), "Goals", "/goals"),
    Shortcut(("g", "j"), "Opportunities and journeys", "/opportunities"),
    Shortcut(("g", "b"), "Backlog", "/backlog"),
    Shortcut(("g", "p"), "Planner", "/planner"),
    Shortcut(("g", "e"), "Experiments", "/experiments"),
    Shortcut(("g", "l"), "Learnings", "/learnings"),
    Shortcut(("g", "c"), "Contact centre", "/contact-centre"),
    Shortcut(("g", "d"), "Data", "/data"),
    Shortcut(("g", "m"), "Metrics", "/data/metrics"),
    Shortcut(("g", "s"), "Set-up", "/setup"),
    Shortcut(("g", "w"), "Definitions of words", "/definitions"),
)


def shortcut_groups(*, may_edit: bool) -> dict[str, Any]:
    """Those a person can use: `here` and `go` for the dialog, `all` for the script."""
    usable = [one for one in SHORTCUTS if may_edit or not one.needs_edit]
    return {
        "here": [one for one in usable if not one.href or len(one.keys) == 1],
        "go": [one for one in usable if one.href and len(one.keys) > 1],
        "all": [{"keys": one.keys, "href": one.href, "action": one.action} for one in usable],
    }
