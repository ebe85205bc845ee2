"""What the pages of the area Opportunities share: their tabs, and how fresh their numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from experiments.services.insight.counting import Progress

AREA = (("/opportunities", "Opportunities"), ("/opportunities/journeys", "Journeys"))


def area_tabs() -> list[dict[str, Any]]:
    """The tabs, the current one marked."""
    path = request.path
    found = max((href for href, _ in AREA if path == href or path.startswith(href + "/")), key=len, default="")
    return [{"href": href, "label": label, "active": href == found} for href, label in AREA]


def is_counting(progress: Progress | None) -> bool:
    """Whether the worker has something to do."""
    return progress is not None and progress.state in ("asked", "counting")
