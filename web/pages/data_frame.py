"""What the pages of the area Data share: its tabs, and tables as CSV."""

from __future__ import annotations

from typing import Any

from flask import request

from web.sheets import sheet as csv_answer

__all__ = ["AREA", "area_tabs", "csv_answer"]

#: (address, label) of the pages of the area.
AREA = (
    ("/data/imports", "Imports"),
    ("/data/reconciliation", "Reconciliation"),
    ("/data/quarantine", "Quarantine"),
    ("/data/products", "Products"),
    ("/data/metrics", "Metrics"),
)


def area_tabs() -> list[dict[str, Any]]:
    """The tabs, the current one marked."""
    return [{"href": href, "label": label, "active": request.path.startswith(href)} for href, label in AREA]
