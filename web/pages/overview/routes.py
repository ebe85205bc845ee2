"""The overview: how sales and service are going, what to decide today, what starts, what was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from experiments.services.clock import now_us, to_iso
from experiments.services.experiments import unreadable
from experiments.services.overview import Asked, calendar, figures, wheel
from experiments.services.sessions import reading
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.frame import is_fragment, signed_in_only
from web.pages.overview.filters import choices
from web.pages.overview.lanes import lanes_view
from web.pages.overview.view import day_rows, summary_rows, view

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.overview import Figures

bp = Blueprint("overview", __name__)
signed_in_only(bp)
SUMMARY = ("figure", "value", "n", "low", "high", "before", "n_before", "change", "change_low", "change_high",
           "today", "n_today", "same_day", "n_same_day")  # fmt: skip
DAYS = ("figure", "day", "value", "day_before", "value_before")
CALENDAR = ("layer", "test", "status", "starts", "recruits_until", "ends", "waits_for", "missing")


@bp.get("/")
def show() -> ResponseReturnValue:
    """The page; for htmx only its part that changes."""
    settings, now = deployment().settings, now_us()
    asked = Asked.read(request.args)
    zone = ZoneInfo(settings.time_zone)
    with reading(deployment().engine) as session:
        found = figures(session, asked, now, zone, settings.digital)
        turning = wheel(session, now, zone, current_actor())
        planned = calendar(session, now)
        options = choices(session, found)
        damaged = unreadable(session)
    template = "pages/_overview_live.html" if is_fragment() else "pages/overview.html"
    return render_template(
        template,
        title="Overview",
        page=view(found),
        wheel=turning,
        calendar=lanes_view(planned, now),
        choices=options,
        asked=asked,
        unreadable=damaged,
    )


@bp.get("/overview.csv")
def export() -> ResponseReturnValue:
    """The figures of the period and the one before."""
    return csv_answer("overview", SUMMARY, summary_rows(_figures()))


@bp.get("/overview/days.csv")
def export_days() -> ResponseReturnValue:
    """Every figure by day."""
    zone = ZoneInfo(deployment().settings.time_zone)
    return csv_answer("overview-days", DAYS, day_rows(_figures(), zone))


@bp.get("/overview/calendar.csv")
def export_calendar() -> ResponseReturnValue:
    """The calendar as rows."""
    with reading(deployment().engine) as session:
        planned = calendar(session, now_us())
    spans = [(planned.name_of(lane.layer), span) for lane in planned.lanes for row in lane.rows for span in row]
    rows = [
        (
            name,
            span.key,
            span.status.value,
            to_iso(span.starts),
            to_iso(span.recruits_until) if span.recruits_until else "",
            to_iso(span.ends) if span.ends else "",
            span.waits_for or "",
            " ".join(span.missing),
        )
        for name, span in spans
    ]
    return csv_answer("calendar", CALENDAR, rows)


def _figures() -> Figures:
    settings = deployment().settings
    with reading(deployment().engine) as session:
        return figures(session, Asked.read(request.args), now_us(), ZoneInfo(settings.time_zone), settings.digital)
