"""Reconciliation: what came from where on which day, what of it belongs to somebody, and how far sources are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from experiments.services import reconciliation
from experiments.services.clock import local_day, maybe_iso, now_us
from experiments.services.conflicts import conflicts
from experiments.services.experiments import unreadable
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.services.reconciliation import DayRow

bp = Blueprint("reconciliation", __name__, url_prefix="/data")
signed_in_only(bp)
RANGES = ((7, "7 days"), (14, "14 days"), (31, "31 days"), (62, "62 days"))
#: Conflicts between sources that the page shows.
CONFLICTS = 20


@bp.get("/reconciliation")
def index() -> ResponseReturnValue:
    """The page."""
    with reading(deployment().engine) as session:
        rows = _rows(session)
        states = reconciliation.source_states(session, rows)
        linked = reconciliation.linked(session)
        different = conflicts(session, most=CONFLICTS)
        damaged = unreadable(session)
    return render_template(
        "pages/reconciliation.html",
        title="Reconciliation",
        area=area_tabs(),
        rows=rows,
        states=states,
        linked=linked,
        conflicts=different,
        unreadable=damaged,
        ranges=RANGES,
        days=_days(),
        source=request.args.get("source", ""),
        sources=[(state.source.key, state.source.name) for state in states],
        csv_href=f"/data/reconciliation.csv?{request.query_string.decode()}",
    )


@bp.get("/reconciliation.csv")
def export() -> ResponseReturnValue:
    """The table of days."""
    head = ("day", "source", *(name for name in ("sales", "sales_matched", "refunds", "contacts", "others")))
    more = ("matched", "refused", "waiting")
    stated = ("relations_stated", "relations_conflicting")
    with reading(deployment().engine) as session:
        rows = _rows(session)
    zone = ZoneInfo(deployment().settings.time_zone)
    cells = (
        [local_day(row.day, zone), *(getattr(row, name) for name in (*head[1:], *more)),
         row.relations.sales, row.relations.conflicting]
        for row in rows
    )  # fmt: skip
    return csv_answer("reconciliation", (*head, *more, *stated), cells)


@bp.get("/reconciliation/sources.csv")
def export_sources() -> ResponseReturnValue:
    """How far each source is."""
    head = ("source", "name", "kind", "delivered_up_to", "newest_day", "sales", "share_matched", "waiting",
            "relations_stated", "relations_conflicting", "relations_unknown", "relations_unread")  # fmt: skip
    zone = ZoneInfo(deployment().settings.time_zone)
    with reading(deployment().engine) as session:
        states = reconciliation.source_states(session, _rows(session))
    cells = (
        [each.source.key, each.source.name, each.source.kind.value, maybe_iso(each.source.watermark),
         None if each.last_day is None else local_day(each.last_day, zone),
         each.sales, each.share_matched, each.waiting,
         each.relations.sales, each.relations.conflicting, each.relations.unknown, each.relations.unread]
        for each in states
    )  # fmt: skip
    return csv_answer("sources", head, cells)


@bp.get("/reconciliation/relations.csv")
def export_relations() -> ResponseReturnValue:
    """Which relations senders state where the holdings give another one."""
    with reading(deployment().engine) as session:
        states = reconciliation.source_states(session, _rows(session))
    cells = [
        [each.source.key, pair.stated, pair.computed, pair.sales] for each in states for pair in each.relations.pairs
    ]
    return csv_answer("stated-relations", ("source", "stated", "computed", "sales"), cells)


def _rows(session: Session) -> list[DayRow]:
    zone = ZoneInfo(deployment().settings.time_zone)
    return reconciliation.days_of(session, now_us(), zone, days=_days(), source=request.args.get("source", ""))


def _days() -> int:
    told = request.args.get("days", type=int)
    return told if told in dict(RANGES) else reconciliation.USUAL_DAYS
