"""The tabs of one experiment's results: each an address of its own that works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.pages.results_page import ResultsPage


@dataclass(frozen=True)
class Tab:
    """One tab.

    Args:
        key: last part of its address, empty for the first one.
        template: what it shows below the tabs; gets `page` and `decide`.
    """

    key: str
    label: str
    template: str


RESULTS = Tab("", "Results", "pages/_tab_results.html")
TABS = (
    RESULTS,
    Tab("cannibalisation", "Cannibalisation", "pages/_tab_cannibalisation.html"),
    Tab("segments", "Segments", "pages/_tab_segments.html"),
)
#: A page of its own among the tabs, where a winner was shipped.
ROLL_OUT = Tab("rollout", "Roll-out", "pages/_tab_rollout.html")


def tab_of(key: str) -> Tab | None:
    """The tab with this key; None where there is none."""
    return next((tab for tab in TABS if tab.key == key), None)


def tab_items(page: ResultsPage, active: Tab) -> list[dict[str, Any]]:
    """The tabs as links; none before launch, when there is nothing to divide."""
    if page.experiment.launched_at is None:
        return []
    address = f"/experiments/{page.experiment.key}"
    shown = (*TABS, ROLL_OUT) if page.experiment.rollout is not None or active is ROLL_OUT else TABS
    return [{"href": f"{address}/{tab.key}".rstrip("/"), "label": tab.label, "active": tab is active} for tab in shown]
