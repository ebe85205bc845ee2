"""One experiment: what is missing before launch, the results, the plan, what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.errors import ConflictError, NotFoundError
from experiments.services import experiments, launch, refreshing
from experiments.services.approvals import requests
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from experiments.services.steps import failing_at
from web.auth import current_actor
from web.deployment import deployment
from web.pages.approvals import approval_on
from web.pages.bars import bar_of
from web.pages.decide_form import decide_form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.holdback_view import holdback_view
from web.pages.result_tabs import RESULTS, TABS, Tab, tab_items, tab_of
from web.pages.results_page import results_page

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
    return holdback_view(session, page.experiment, MultiDict({"holdback": decide.holdback, **decide.ship}))


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
        "faults": failing_at(session, page.experiment.key),
    }
