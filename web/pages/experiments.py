"""The list of experiments."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from experiments.domain.access import Right
from experiments.domain.checks import parse_enum
from experiments.domain.experiment import Experiment, Status
from experiments.services import experiments
from experiments.services.clock import maybe_iso
from experiments.services.headlines import headline
from experiments.services.sessions import reading
from web.auth import current_actor
from web.deployment import deployment
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("experiments", __name__)
signed_in_only(bp)

PER_PAGE = 25
COLUMNS = ("key", "name", "status", "unit", "launched_at", "stopped_at", "units", "action", "title")


@bp.get("/experiments")
def index() -> ResponseReturnValue:
    """All experiments, newest first, filtered by state; as CSV with ?format=csv.

    Raises:
        DomainError: `unknown_choice`, there is no such state.
    """
    wanted = request.args.get("status", "")
    state = parse_enum(Status, wanted, "status") if wanted else None
    with reading(deployment().engine) as session:
        everything = experiments.all_experiments(session)
        found = [item for item in everything if state in (None, item.status)]
        if request.args.get("format") == "csv":
            return _csv([_row(session, item) for item in found])
        number = _page_number(len(found))
        rows = [_row(session, item) for item in found[(number - 1) * PER_PAGE : number * PER_PAGE]]
    return render_template(
        "pages/experiments.html",
        title="Experiments",
        rows=rows,
        wanted=wanted,
        filters=_filters(everything, wanted),
        pages=_pages(len(found), number, wanted),
        csv_href=_address(wanted, format="csv"),
        may_create=current_actor().may(Right.EDIT),
    )


def _row(session: Session, experiment: Experiment) -> dict[str, Any]:
    launched = experiment.launched_at is not None
    said = headline(session, experiment.key, experiment.phase.number) if launched else None
    return {
        "key": experiment.key,
        "name": experiment.name,
        "status": experiment.status.value,
        "unit": experiment.unit.value,
        "imported": experiment.imported,
        "launched_at": maybe_iso(experiment.launched_at),
        "stopped_at": maybe_iso(experiment.stopped_at),
        "units": said.exposed if said else None,
        "action": said.action.value if said else None,
        "title": said.title if said else "",
    }


def _filters(everything: Sequence[Experiment], wanted: str) -> list[dict[str, Any]]:
    counts = Counter(item.status.value for item in everything)
    states = [("", "All", len(everything))]
    states += [(state.value, state.value.capitalize(), counts[state.value]) for state in Status]
    return [
        {"href": _address(value), "label": label, "count": count, "active": value == wanted}
        for value, label, count in states
        if count or value in ("", wanted)
    ]


def _page_number(total: int) -> int:
    asked = request.args.get("page", 1, type=int)
    return min(max(asked, 1), max(1, -(-total // PER_PAGE)))


def _pages(total: int, number: int, wanted: str) -> dict[str, str | None] | None:
    """Summary and neighbours for the pagination; None where all fits on one page."""
    if total <= PER_PAGE:
        return None
    first, last = (number - 1) * PER_PAGE + 1, min(number * PER_PAGE, total)
    return {
        "summary": f"{first} to {last} of {total}",
        "previous": _address(wanted, page=str(number - 1)) if number > 1 else None,
        "next": _address(wanted, page=str(number + 1)) if last < total else None,
    }


def _address(status: str, **more: str) -> str:
    query = urlencode({name: value for name, value in {"status": status, **more}.items() if value})
    return f"/experiments?{query}" if query else "/experiments"


def _csv(rows: list[dict[str, Any]]) -> Response:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(row[name]) for name in COLUMNS} for row in rows)
    headers = {"Content-Disposition": "attachment; filename=experiments.csv"}
    return Response(out.getvalue(), mimetype="text/csv", headers=headers)


def _plain(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula begins with a quote instead."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
