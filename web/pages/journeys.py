"""Journeys: written beside a look at stored events, counted by the worker, read as funnels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.journey import MOST_STEPS, WINDOW_DAYS
from experiments.services import catalogue
from experiments.services import journeys as service
from experiments.services.clock import now_us
from experiments.services.insight import counting, journey_counts, journey_preview
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages import journey_view
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.journey_form import field_values, read_form, rearranged, step_rows
from web.pages.opportunity_frame import area_tabs, is_counting

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.journey import Journey

bp = Blueprint("journeys", __name__, url_prefix="/opportunities")
signed_in_only(bp)
HOME = "/opportunities/journeys"


@bp.get("/journeys")
def index() -> ResponseReturnValue:
    """Every journey with how many began it and how many finished."""
    with reading(deployment().engine) as session:
        found = catalogue.all_journeys(session)
        rows = [journey_view.row(each, journey_counts.stored(session, each)) for each in found]
        progress = counting.progress(session)
    return render_template(
        "pages/journeys.html",
        title="Journeys",
        area=area_tabs(),
        rows=[row for row in rows if not row["journey"].archived],
        archived=[row for row in rows if row["journey"].archived],
        progress=progress,
        counting=is_counting(progress),
        may_edit=current_actor().may(Right.EDIT),
    )


@bp.get("/journeys.csv")
def export_list() -> ResponseReturnValue:
    """The same list as a table, with what was put away."""
    with reading(deployment().engine) as session:
        found = catalogue.all_journeys(session)
        rows = [journey_view.row(each, journey_counts.stored(session, each)) for each in found]
    return csv_answer("journeys", journey_view.LIST_HEAD, map(journey_view.list_line, rows))


@bp.get("/counting")
def counted() -> ResponseReturnValue:
    """How far the worker is, as a fragment of the page that waits for it."""
    with reading(deployment().engine) as session:
        progress = counting.progress(session)
    return render_template("pages/_counting.html", progress=progress, counting=is_counting(progress), fragment=True)


@bp.post("/count")
def count_now() -> ResponseReturnValue:
    """Ask the worker to count anew."""
    with writing(deployment().engine) as session:
        counting.ask(session, current_actor(), now_us())
    flash("The worker counts anew; the numbers change when it is done.", "success")
    return redirect(_back())


@bp.get("/journeys/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    current_actor().require(Right.EDIT)
    return _form(None, Form(MultiDict({"window_days": str(WINDOW_DAYS)})))


@bp.post("/journeys/new")
def add() -> ResponseReturnValue:
    """Add a journey, rearrange its steps, or look at it first."""
    return _posted(None)


@bp.get("/journeys/<key>")
def show(key: str) -> ResponseReturnValue:
    """The funnel of one journey."""
    with reading(deployment().engine) as session:
        journey = catalogue.journey_by_key(session, key)
        stored = journey_counts.stored(session, journey)
        versions = service.versions(session, key)
        families = {family.key: family.name for family in catalogue.all_families(session)}
        progress = counting.progress(session)
    return render_template(
        "pages/journey.html",
        title=journey.name,
        area=area_tabs(),
        journey=journey,
        versions=versions,
        made_for=[families.get(each, each) for each in journey.families],
        view=journey_view.page(stored, families, request.args.get("holds", ""), request.args.get("channel", "")),
        stored=stored,
        progress=progress,
        counting=is_counting(progress),
        may_edit=current_actor().may(Right.EDIT),
    )


@bp.get("/journeys/<key>.csv")
def export(key: str) -> ResponseReturnValue:
    """The funnel by holding segment, channel and week as a file."""
    with reading(deployment().engine) as session:
        journey = catalogue.journey_by_key(session, key)
        stored = journey_counts.stored(session, journey)
    if stored is None:
        raise NotFoundError("count of journey", key)
    return csv_answer(f"journey-{key}", journey_view.CSV_HEAD, journey_view.csv_rows(stored.counts))


@bp.get("/journeys/<key>/edit")
def edit(key: str) -> ResponseReturnValue:
    """The form of one journey."""
    current_actor().require(Right.EDIT)
    with reading(deployment().engine) as session:
        journey = catalogue.journey_by_key(session, key)
    return _form(journey, Form(MultiDict(field_values(journey))))


@bp.post("/journeys/<key>/edit")
def change(key: str) -> ResponseReturnValue:
    """Save the next version, rearrange its steps, or look at it first."""
    with reading(deployment().engine) as session:
        known = catalogue.journey_by_key(session, key)
    return _posted(known)


@bp.post("/journeys/<key>/archive")
def archive(key: str) -> ResponseReturnValue:
    """Put a journey away, or take it out again."""
    archived = request.form.get("archived", "1") == "1"
    with writing(deployment().engine) as session:
        journey = service.archive(session, current_actor(), now_us(), key, archived=archived)
    flash(f"“{journey.name}” is {'put away' if archived else 'back'}.", "success")
    return redirect(HOME)


def _posted(known: Journey | None) -> ResponseReturnValue:
    form = Form(request.form)
    rows = rearranged(step_rows(form), form.text("action"))
    if rows is not None and not is_fragment():
        return _form(known, form, rows)
    journey = read_form(form, known)
    if is_fragment() or form.text("action") == "preview":
        return _previewed(known, form, journey)
    current_actor().require(Right.EDIT)
    if journey is not None:
        try:
            saved = _save(known, journey)
        except DomainError as error:
            form.refuse(error, {"key": "key", "families": "families", "addons": "addons", "priority": "priority"})
        else:
            flash(f"“{saved.name}” is saved as version {saved.version}; the worker counts it.", "success")
            return redirect(f"{HOME}/{saved.key}")
    return _form(known, form), 422


def _save(known: Journey | None, journey: Journey) -> Journey:
    with writing(deployment().engine) as session:
        if known is None and any(each.key == journey.key for each in catalogue.all_journeys(session)):
            raise ConflictError(f"key == {journey.key!r}, exists already.", "key", code="exists")
        saved = service.save(session, current_actor(), now_us(), journey)
        counting.ask(session, current_actor(), now_us())
        return saved


def _previewed(known: Journey | None, form: Form, journey: Journey | None) -> ResponseReturnValue:
    seen = None
    if journey is not None:
        with reading(deployment().engine) as session:
            seen = journey_preview.preview(session, journey)
    if is_fragment():
        return render_template("pages/_journey_preview.html", seen=seen, form=form, fragment=True)
    return _form(known, form, seen=seen)


def _form(known: Journey | None, form: Form, rows: list[dict[str, str]] | None = None, seen: Any = None) -> str:
    with reading(deployment().engine) as session:
        families = [(family.key, family.name) for family in catalogue.all_families(session)]
        products = [(product.key, product.name) for product in catalogue.all_products(session)]
        names = journey_preview.known_names(session)
    return render_template(
        "pages/journey_form.html",
        title=known.name if known else "New journey",
        journey=known,
        form=form,
        rows=rows if rows is not None else step_rows(form),
        most_steps=MOST_STEPS,
        families=families,
        products=products,
        names=names,
        seen=seen,
    )


def _back() -> str:
    """The page of this area that asked, else the list."""
    wanted = request.form.get("back", "")
    return wanted if wanted.startswith("/opportunities") and "//" not in wanted and "\\" not in wanted else HOME
