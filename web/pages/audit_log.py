"""The audit log: who changed what, when, from what to what, and why; for approvers and administrators."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request

from experiments.services import audit
from experiments.services.audit import AuditQuery
from experiments.services.sessions import reading
from web.auth import current_actor
from web.deployment import deployment
from web.pages.admin_frame import admin_tabs
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("audit_log", __name__)
signed_in_only(bp)

PAGE = 50
FILTERS = ("who", "action", "noun", "key", "since", "until")
HEAD = ("id", "at", "who", "action", "noun", "key", "before", "after", "reason")
#: Where a thing of the log has its page.
PLACES = {"experiment": "/experiments/{}", "metric": "/data/metrics/{}", "product": "/data/products/{}"}


@bp.get("/admin/audit")
def index() -> ResponseReturnValue:
    """The newest deeds, filtered as the address says."""
    form = Form(request.args)
    query = _query(form, older_than=form.whole("older_than", "The page", 0) or None)
    with reading(deployment().engine) as session:
        found = list(audit.search(session, current_actor(), query, PAGE + 1))
        words = {column: audit.known_words(session, column) for column in ("action", "noun")}
    asked = {name: form.text(name) for name in FILTERS if form.text(name)}
    more = len(found) > PAGE
    return render_template(
        "pages/audit.html",
        title="Audit log",
        area=admin_tabs(current_actor()),
        rows=[_row(audit.describe(each)) for each in found[:PAGE]],
        form=form,
        asked=asked,
        choices={name: [("", "Any"), *((word, _spoken(word)) for word in known)] for name, known in words.items()},
        files={form: f"/admin/audit.{form}?{urlencode(asked)}" for form in ("csv", "json")},
        newest=f"/admin/audit?{urlencode(asked)}" if query.older_than else None,
        older=f"/admin/audit?{urlencode({**asked, 'older_than': found[PAGE - 1].id})}" if more else None,
    ), (422 if form.errors else 200)


@bp.get("/admin/audit.<any(csv, json):kind>")
def export(kind: str) -> ResponseReturnValue:
    """Every deed that the filters let through."""
    with reading(deployment().engine) as session:
        found = [audit.describe(each) for each in audit.search(session, current_actor(), _query(Form(request.args)))]
    if kind == "csv":
        return csv_answer("audit", HEAD, ([_cell(row[name]) for name in HEAD] for row in found))
    headers = {"Content-Disposition": "attachment; filename=audit.json", "Cache-Control": "no-store"}
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json", headers=headers)


def _query(form: Form, older_than: int | None = None) -> AuditQuery:
    given = {name: form.text(name) for name in ("who", "action", "noun", "key")}
    since, until = _day(form, "since"), _day(form, "until")
    return AuditQuery(**given, since=since, until=None if until is None else _next(until), older_than=older_than)


def _day(form: Form, name: str) -> int | None:
    """The instant at which a day begins where the deployment is; an error stays in the form."""
    typed = form.text(name)
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        form.errors[name] = f"{name} == {typed!r}, must be a day such as 2026-05-31."
        return None
    return _begin(day)


def _begin(day: date) -> int:
    zone = ZoneInfo(deployment().settings.time_zone)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000_000


def _next(begin: int) -> int:
    zone = ZoneInfo(deployment().settings.time_zone)
    return _begin(datetime.fromtimestamp(begin / 1e6, zone).date() + timedelta(1))


def _row(told: dict[str, Any]) -> dict[str, Any]:
    before, after = told["before"] or {}, told["after"] or {}
    place = PLACES.get(told["noun"])
    return {
        **told,
        "what": f"{_spoken(told['action']).capitalize()} {_spoken(told['noun'])}",
        "href": place.format(told["key"]) if place else None,
        "changes": [(name, _cell(before.get(name)), _cell(after.get(name))) for name in {**before, **after}],
    }


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
