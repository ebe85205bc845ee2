"""What a page of results shows, as files to keep."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from experiments.decision.gross_to_net.tables import TABLES, table_csv
from experiments.decision.render_text import to_csv, to_segment_csv
from experiments.domain.errors import NotFoundError
from experiments.services import experiments
from experiments.services.insight.offer_conflicts import COLUMNS, offer_conflicts_of
from experiments.services.kept_out import DAY_COLUMNS, kept_out_of
from experiments.services.over_time import over_time
from experiments.services.sessions import reading
from experiments.services.stored_reports import stored_reports
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.differences import Difference
from web.pages.frame import signed_in_only
from web.pages.result_parts.log import log_lines
from web.pages.result_parts.over_time import POINT_COLUMNS, point_cells
from web.pages.shown import Shown, shown_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("result_files", __name__)
signed_in_only(bp)


@bp.get("/experiments/<key>/report.<form>")
def export(key: str, form: str) -> ResponseReturnValue:
    """The report the page shows, as JSON or CSV."""
    report = _shown(key).decision
    if report is None or form not in ("json", "csv"):
        raise NotFoundError("report", f"{key}.{form}")
    if form == "json":
        return report.to_dict()
    return _file(key, to_csv(report))


@bp.get("/experiments/<key>/net/<table>.csv")
def net_table(key: str, table: str) -> ResponseReturnValue:
    """One table of the way from gross to net, of the report the page shows."""
    report = _shown(key).effects
    block = report.gross_to_net if report else None
    if block is None or table not in TABLES:
        raise NotFoundError("table", f"{key}/{table}")
    return _file(f"{key}-{table}", table_csv(block, table))


@bp.get("/experiments/<key>/segments.csv")
def own_segments(key: str) -> ResponseReturnValue:
    """Effects by segment of the report the page shows, where it brought segments of its own."""
    report = _shown(key).effects
    if report is None or not report.segments:
        raise NotFoundError("table", f"{key}/segments")
    return _file(f"{key}-segments", to_segment_csv(report))


@bp.get("/experiments/<key>/over-time.csv")
def effects_by_look(key: str) -> ResponseReturnValue:
    """Every metric at every look."""
    with reading(deployment().engine) as session:
        found = over_time(session, key)
    return csv_answer(f"{key}-over-time", POINT_COLUMNS, [point_cells(point) for point in found.points])


@bp.get("/experiments/<key>/days.csv")
def units_by_day(key: str) -> ResponseReturnValue:
    """Units so far at the close of each day."""
    with reading(deployment().engine) as session:
        days = over_time(session, key).days
    variants = list(days[-1].exposed) if days else []
    head = ["at", *(f"exposed_{name}" for name in variants), *(f"mature_{name}" for name in variants)]
    rows = [
        [day.at, *map(day.exposed.get, variants), *map(day.mature.get, variants), day.information, day.split_p]
        for day in days
    ]
    return csv_answer(f"{key}-days", [*head, "information", "split_p"], rows)


@bp.get("/experiments/<key>/log.csv")
def log_file(key: str) -> ResponseReturnValue:
    """The log, newest first, every field before and after."""
    with reading(deployment().engine) as session:
        lines = log_lines(session, experiments.by_key(session, key))
    rows = [
        [line.when, line.kind, line.who, line.what, line.detail, each.field, each.before, each.after]
        for line in lines
        for each in line.changed or (Difference("", "", ""),)
    ]
    head = ("when", "kind", "who", "what", "reason", "field", "before", "after")
    return csv_answer(f"{key}-log", head, rows)


@bp.get("/experiments/<key>/kept-out.csv")
def kept_out(key: str) -> ResponseReturnValue:
    """Why units were kept out, by day."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        found = kept_out_of(session, key)
    out = io.StringIO()
    writer = csv.DictWriter(out, DAY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found.days)
    return _file(f"{key}-kept-out", out.getvalue())


@bp.get("/experiments/<key>/offer-conflicts.csv")
def offer_conflicts(key: str) -> ResponseReturnValue:
    """Customers who were promised different things, by pair of variants and channels."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        found = offer_conflicts_of(session, key)
    return csv_answer(f"{key}-offer-conflicts", COLUMNS, [row.cells for row in found.rows])


def _shown(key: str) -> Shown:
    """The reports that the page shows; raises NotFoundError where there is no such test."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        return shown_of(stored_reports(session, key))


def _file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(text, mimetype="text/csv", headers=headers)
