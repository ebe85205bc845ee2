"""Rows as a CSV file to keep."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from flask import Response, request

from experiments.domain.spreadsheet import safe_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask import Flask

#: Without it Excel reads "−€875" of a UTF-8 file as "âˆ’â‚¬875".
MARK = b"\xef\xbb\xbf"
#: Files that programs ask for, which know their encoding and stumble over a mark.
OF_PROGRAMS = ("/api/", "/v1/")


def register(app: Flask) -> None:
    """Mark what people download as UTF-8 where it holds more than ASCII."""
    app.after_request(_marked)


def _marked(response: Response) -> Response:
    if response.mimetype != "text/csv" or response.is_streamed or request.path.startswith(OF_PROGRAMS):
        return response
    if not (body := response.get_data()).isascii() and not body.startswith(MARK):
        response.set_data(MARK + body)
    return response


def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The file; cells that a spreadsheet would run as a formula are made texts, tables inside a cell are JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f"attachment; filename={name}.csv", "Cache-Control": "no-store"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


def _cell(cell: Any) -> Any:
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False)
    return safe_cell(cell)
