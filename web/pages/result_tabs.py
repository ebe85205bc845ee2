"""The tabs of one experiment's results: each an address of its own that works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from web.pages.result_parts import log, over_time, plan, quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from web.pages.results_page import ResultsPage


@dataclass(frozen=True)
class Tab:
    """One tab.

    Args:
        key: last part of its address, empty for the first one.
        template: what it shows below the tabs; gets `page`, `decide` and `part`.
        read: reads `part`, what only this tab shows; None where the page is enough.
    """

    key: str
    label: str
    template: str
    read: Callable[[Session, ResultsPage, int], Any] | None = None


RESULTS = Tab("", "Results", "pages/_tab_results.html")
TABS = (
    RESULTS,
    Tab("cannibalisation", "Cannibalisation", "pages/_tab_cannibalisation.html"),
    Tab("segments", "Segments", "pages/_tab_segments.html"),
    Tab("over-time", "Over time", "pages/_tab_over_time.html", over_time.read),
    Tab("quality", "Data quality", "pages/_tab_quality.html", quality.read),
    Tab("plan", "Plan", "pages/_tab_plan.html", plan.read),
    Tab("log", "Log", "pages/_tab_log.html", log.read),
)
#: A page of its own among the tabs, where a winner was shipped.
ROLL_OUT = Tab("rollout", "Roll-out", "pages/_tab_rollout.html")


def tab_of(key: str) -> Tab | None:
    """The tab with this key; None where there is none."""
    return next((tab for tab in TABS if tab.key == key), None)


def tab_items(page: ResultsPage, active: Tab) -> list[dict[str, Any]]:
    """The tabs as links; none before launch, when there is nothing to divide."""
    if not page.begun:
        return []
    address = f"/experiments/{page.experiment.key}"
    shown = (*TABS, ROLL_OUT) if page.experiment.rollout is not None or active is ROLL_OUT else TABS
    return [{"href": f"{address}/{tab.key}".rstrip("/"), "label": tab.label, "active": tab is active} for tab in shown]
