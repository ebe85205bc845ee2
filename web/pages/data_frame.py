"""What the pages of the area Data share: its tabs, and tables as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from flask import Response, request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Rows as a file to keep; cells that a spreadsheet would run as a formula are made texts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f"attachment; filename={name}.csv", "Cache-Control": "no-store"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
