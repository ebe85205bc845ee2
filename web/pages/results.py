"""One experiment: what is missing before launch, the results, the plan, what happened."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.decision.gross_to_net.tables import TABLES, table_csv
from experiments.decision.render_text import to_csv, to_segment_csv
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.services import experiments, launch, refreshing
from experiments.services.approvals import requests
from experiments.services.clock import now_us
from experiments.services.insight.offer_conflicts import COLUMNS, offer_conflicts_of
from experiments.services.kept_out import DAY_COLUMNS, kept_out_of
from experiments.services.over_time import over_time
from experiments.services.sessions import reading, writing
from experiments.services.stored_reports import stored_reports
from web.auth import current_actor
from web.deployment import deployment
from web.pages.approvals import approval_on
from web.pages.bars import bar_of
from web.pages.data_frame import csv_answer
from web.pages.decide_form import decide_form
from web.pages.differences import Difference
from web.pages.frame import is_fragment, signed_in_only
from web.pages.holdback_view import holdback_view
from web.pages.result_parts.log import log_lines
from web.pages.result_parts.over_time import POINT_COLUMNS, point_cells
from web.pages.result_tabs import RESULTS, TABS, Tab, tab_items, tab_of
from web.pages.results_page import results_page
from web.pages.shown import shown_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from web.pages.decide_form import DecideForm
    from web.pages.results_page import ResultsPage

bp = Blueprint("results", __name__)
signed_in_only(bp)

ASKED = "A second person must agree before “{name}” is launched; it waits under Approvals."
CHANGES = {
    "start-testing": (launch.start_testing, "“{name}” is in rehearsal: keys of the test environment see it."),
    "back-to-draft": (launch.back_to_draft, "“{name}” is a draft again."),
    "launch": (launch.launch, "“{name}” runs. Its plan is frozen."),
    "pause": (launch.pause, "“{name}” is paused: everyone sees the control."),
    "resume": (launch.resume, "“{name}” runs again."),
    "stop": (launch.stop, "“{name}” is stopped: nobody new is enrolled."),
    "archive": (launch.archive, "“{name}” is put away."),
}


@bp.get("/experiments/<key>")
def show(key: str) -> ResponseReturnValue:
    """The whole page."""
    return render_template("pages/results.html", **_read(key, RESULTS))


#: Names as the router reads them; quoted, because one holds a hyphen.
FURTHER = ", ".join(f"'{tab.key}'" for tab in TABS if tab.key)


@bp.get(f"/experiments/<key>/<any({FURTHER}):name>")
def show_tab(key: str, name: str) -> ResponseReturnValue:
    """The whole page, opened at one of its further tabs."""
    return render_template("pages/results.html", **_read(key, tab_of(name) or RESULTS))


@bp.get("/experiments/<key>/live")
def live(key: str) -> ResponseReturnValue:
    """The part that refreshes itself while the test runs; nothing where nothing changed since `seen`."""
    tab = tab_of(request.args.get("tab", "")) or RESULTS
    values = _read(key, tab)
    if is_fragment() and request.args.get("seen") == values["page"].seen:
        return Response(status=204)
    return render_template("pages/_results_body.html", **values)


@bp.get("/experiments/<key>/first-visitor")
def first_visitor(key: str) -> ResponseReturnValue:
    """Nothing while nobody has been exposed; then the whole page is asked for again."""
    return Response(status=204, headers={} if find_page(key).waiting else {"HX-Refresh": "true"})


@bp.post("/experiments/<key>/refresh")
def refresh_now(key: str) -> ResponseReturnValue:
    """Ask the worker to compute the report anew."""
    try:
        with writing(deployment().engine) as session:
            refreshing.ask(session, current_actor(), now_us(), key)
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/experiments/{key}")


@bp.get("/experiments/<key>/refreshing")
def refreshing_bar(key: str) -> ResponseReturnValue:
    """How far the worker is with it, as a fragment."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        values = _computing(session, key)
    return render_template("pages/_refreshing.html", **values, key=key, fragment=True)


@bp.post("/experiments/<key>/<change>")
def move(key: str, change: str) -> ResponseReturnValue:
    """Rehearse, launch, pause, resume, stop or put away."""
    if change not in CHANGES:
        raise NotFoundError("change", change)
    use_case, words = CHANGES[change]
    try:
        with writing(deployment().engine) as session:
            reason = request.form.get("reason", "")
            if change == "launch":
                outcome = requests.launch_or_ask(session, current_actor(), now_us(), key, reason=reason)
                moved, words = outcome.experiment, ASKED if outcome.asked else words
            else:
                moved = use_case(session, current_actor(), now_us(), key, reason=reason)
        flash(words.format(name=moved.name), "success")
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/experiments/{key}")


@bp.get("/experiments/<key>/report.<form>")
def export(key: str, form: str) -> ResponseReturnValue:
    """The report the page shows, as JSON or CSV."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        report = shown_of(stored_reports(session, key)).decision
    if report is None or form not in ("json", "csv"):
        raise NotFoundError("report", f"{key}.{form}")
    if form == "json":
        return report.to_dict()
    headers = {"Content-Disposition": f"attachment; filename={key}.csv"}
    return Response(to_csv(report), mimetype="text/csv", headers=headers)


@bp.get("/experiments/<key>/net/<table>.csv")
def net_table(key: str, table: str) -> ResponseReturnValue:
    """One table of the way from gross to net, of the report the page shows."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        report = shown_of(stored_reports(session, key)).effects
    block = report.gross_to_net if report else None
    if block is None or table not in TABLES:
        raise NotFoundError("table", f"{key}/{table}")
    headers = {"Content-Disposition": f"attachment; filename={key}-{table}.csv"}
    return Response(table_csv(block, table), mimetype="text/csv", headers=headers)


@bp.get("/experiments/<key>/segments.csv")
def own_segments(key: str) -> ResponseReturnValue:
    """Effects by segment of the report the page shows, where it brought segments of its own."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        report = shown_of(stored_reports(session, key)).effects
    if report is None or not report.segments:
        raise NotFoundError("table", f"{key}/segments")
    headers = {"Content-Disposition": f"attachment; filename={key}-segments.csv"}
    return Response(to_segment_csv(report), mimetype="text/csv", headers=headers)


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
    headers = {"Content-Disposition": f"attachment; filename={key}-kept-out.csv"}
    return Response(out.getvalue(), mimetype="text/csv", headers=headers)


@bp.get("/experiments/<key>/offer-conflicts.csv")
def offer_conflicts(key: str) -> ResponseReturnValue:
    """Customers who were promised different things, by pair of variants and channels."""
    with reading(deployment().engine) as session:
        experiments.by_key(session, key)
        found = offer_conflicts_of(session, key)
    return csv_answer(f"{key}-offer-conflicts", COLUMNS, [row.cells for row in found.rows])


def find_page(key: str) -> ResultsPage:
    """The page of an experiment, as the person who asks may see it; raises NotFoundError."""
    with reading(deployment().engine) as session:
        return _page(session, key)


def render_results(page: ResultsPage, filled: DecideForm | None = None) -> str:
    """The whole page; `filled` is a decision that was refused, with what was typed."""
    with reading(deployment().engine) as session:
        values = _values(session, page, RESULTS, filled)
    return render_template("pages/results.html", **values)


def _read(key: str, tab: Tab) -> dict[str, Any]:
    with reading(deployment().engine) as session:
        page = _page(session, key)
        part = tab.read(session, page, now_us()) if tab.read and page.begun else None
        values = _values(session, page, tab if page.begun else RESULTS)
        return {**values, **_computing(session, key), "part": part, "key": key}


def _computing(session: Session, key: str) -> dict[str, Any]:
    """How far the worker is with a report that somebody asked for."""
    found = refreshing.progress(session, key)
    if found is None or not found.is_open:
        return {"computing": found, "computing_bar": None}
    usual = refreshing.usual_seconds(session, key)
    since = found.at if found.message else None
    bar = bar_of(found.message, found.done, found.total, since=since, usual=usual, now=now_us())
    return {"computing": found, "computing_bar": bar}


def _page(session: Session, key: str) -> ResultsPage:
    host, currency = request.host_url.rstrip("/"), deployment().settings.currency
    return results_page(session, key, current_actor(), host, currency, now_us())


def _held(session: Session, page: ResultsPage, decide: DecideForm) -> dict[str, Any]:
    """What the holdback of the form could see."""
    return holdback_view(session, page.experiment, {"holdback": decide.holdback, **decide.ship})


def _values(session: Session, page: ResultsPage, tab: Tab, filled: DecideForm | None = None) -> dict[str, Any]:
    name, decide = page.experiment.name, filled or decide_form(page)
    return {
        "title": name if tab is RESULTS else f"{tab.label} · {name}",
        "page": page,
        "decide": decide,
        "held": _held(session, page, decide) if decide and tab is RESULTS else None,
        "tab": tab,
        "tab_links": tab_items(page, tab),
        "approval": approval_on(session, page.experiment.key),
    }
