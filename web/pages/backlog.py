"""The backlog: the ranked list, a form for everybody, one idea, and the calendar that fits ideas to their people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.idea import IdeaStatus
from experiments.insight.related import Near
from experiments.services import audit, catalogue
from experiments.services.backlog import ideas, start
from experiments.services.backlog.calendar import calendar, lane_names
from experiments.services.backlog.ranking import backlog
from experiments.services.clock import now_us
from experiments.services.experiments import unreadable
from experiments.services.learn import library, told
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.backlog_form import PLACES, form_values, read_form
from web.pages.backlog_view import lanes_of, prior_lines, rows_of
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.domain.metric import Metric
    from experiments.services.backlog.ideas import Held

bp = Blueprint("backlog", __name__)
signed_in_only(bp)


@bp.get("/backlog")
def index() -> ResponseReturnValue:
    """The open ideas in their order; `?move=` and `?place=` fill the form that moves one."""
    return _list(Form(MultiDict()), Form(request.args))


@bp.post("/backlog/suggest")
def suggest() -> ResponseReturnValue:
    """Put an idea in: title, why, what was seen; everybody may."""
    form = Form(request.form)
    try:
        with writing(deployment().engine) as session:
            ideas.suggest(
                session, current_actor(), now_us(), form.text("title"), form.text("hypothesis"), form.text("evidence")
            )
    except DomainError as error:
        if error.code == "forbidden":
            raise
        form.refuse(error, {f"idea.{name}": name for name in ("title", "hypothesis", "evidence")})
        return _list(form, Form(MultiDict())), 422
    flash("Thank you: your idea is in the backlog.", "success")
    return redirect("/backlog")


@bp.post("/backlog/move")
def move() -> ResponseReturnValue:
    """Move an idea to a place, or give it back to its value; a reason is kept either way."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    by_value = bool(form.text("by_value"))
    place = None if by_value else form.number("place", "The place")
    idea_id = form.whole("move", "The idea", 0)
    if not form.errors:
        try:
            with writing(deployment().engine) as session:
                whole = None if place is None else round(place)
                ideas.place(session, current_actor(), now_us(), idea_id, whole, form.text("reason"))
        except DomainError as error:
            if error.code in ("forbidden", "not_found"):
                raise
            form.refuse(error, {"reason": "reason", "place": "place", "status": "move"})
    if form.errors:
        return _list(Form(MultiDict()), form), 422
    flash("The order is changed; the reason is kept.", "success")
    return redirect("/backlog")


@bp.get("/backlog/new")
def new() -> ResponseReturnValue:
    """An empty idea; the address may fill it, and `?learning=` begins it from a learning."""
    current_actor().require(Right.EDIT)
    return _form_page(Form(_begun(request.args)), None)


@bp.post("/backlog/new")
def add() -> ResponseReturnValue:
    """Put a whole idea in."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    held = _saved(form, lambda session, idea: ideas.add(session, current_actor(), now_us(), idea))
    return redirect(f"/backlog/{held.id}") if held else (_form_page(form, None), 422)


@bp.get("/backlog/<int:idea_id>")
def show(idea_id: int) -> ResponseReturnValue:
    """One idea with what it is worth, what past tests say, and its form."""
    with reading(deployment().engine) as session:
        held, metrics = ideas.by_id(session, idea_id), _metrics(session)
    return _form_page(Form(MultiDict(form_values(held.idea, metrics))), held)


@bp.post("/backlog/<int:idea_id>")
def change(idea_id: int) -> ResponseReturnValue:
    """Change an idea."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    revision = form.whole("revision", "Revision", 0) or None
    saved = _saved(
        form, lambda session, idea: ideas.change(session, current_actor(), now_us(), idea_id, idea, revision)
    )
    if saved is None:
        with reading(deployment().engine) as session:
            held = ideas.by_id(session, idea_id)
        return _form_page(form, held), 422
    flash("Kept.", "success")
    return redirect(f"/backlog/{idea_id}")


@bp.post("/backlog/<int:idea_id>/<any(archive, restore):deed>")
def put_away(idea_id: int, deed: str) -> ResponseReturnValue:
    """Put an idea away, or bring it back."""
    act = ideas.archive if deed == "archive" else ideas.restore
    try:
        with writing(deployment().engine) as session:
            act(session, current_actor(), now_us(), idea_id)
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/backlog/{idea_id}")


@bp.post("/backlog/<int:idea_id>/start")
def begin(idea_id: int) -> ResponseReturnValue:
    """Make an experiment draft of it."""
    try:
        with writing(deployment().engine) as session:
            draft = start.start(session, current_actor(), now_us(), idea_id, deployment().settings.currency)
    except ConflictError as error:
        flash(error.message, "error")
        return redirect(f"/backlog/{idea_id}")
    flash("The draft is made from the idea. Complete it and launch.", "success")
    return redirect(f"/experiments/{draft.key}")


@bp.get("/backlog/calendar")
def lanes() -> ResponseReturnValue:
    """When each idea could be tested, and when it would end."""
    return _calendar(Form(MultiDict()))


@bp.post("/backlog/seasons")
def add_season() -> ResponseReturnValue:
    """Keep days on which no test may run."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    try:
        season = ideas.read_season({name: form.text(name) for name in ("name", "starts_on", "ends_on")})
        with writing(deployment().engine) as session:
            ideas.add_season(session, current_actor(), now_us(), season)
    except DomainError as error:
        if error.code == "forbidden":
            raise
        form.refuse(error, {f"{part}{name}": name for name in ("name", "starts_on", "ends_on")
                            for part in ("", "season.")})  # fmt: skip
        return _calendar(form), 422
    return redirect("/backlog/calendar#seasons")


@bp.post("/backlog/seasons/<int:season_id>/delete")
def delete_season(season_id: int) -> ResponseReturnValue:
    """Forget such days."""
    with writing(deployment().engine) as session:
        ideas.delete_season(session, current_actor(), now_us(), season_id)
    return redirect("/backlog/calendar#seasons")


@bp.get("/backlog.csv")
def export() -> ResponseReturnValue:
    """The open ideas in their order."""
    head = ("position", "id", "title", "origin", "who", "lane", "value", "value_per_week", "rank", "rank_from",
            "rank_to", "chance_to_ship", "weeks", "starts", "ends", "effort_days", "moved_to", "reason",
            "why_not_valued")  # fmt: skip
    with reading(deployment().engine) as session:
        found = backlog(session, now_us())
        plan = calendar(session, now_us(), _zone(), found)
        rows = rows_of(found, plan, lane_names(session))
    return csv_answer("backlog", head, [_cells(row) for row in rows])


@bp.get("/backlog/closed.csv")
def export_closed() -> ResponseReturnValue:
    """The ideas that were started or archived."""
    head = ("id", "title", "origin", "who", "status", "experiment")
    with reading(deployment().engine) as session:
        rows = [(held.id, held.idea.title, held.idea.origin.value, held.who, held.status.value, held.experiment or "")
                for held in _closed(session)]  # fmt: skip
    return csv_answer("backlog-closed", head, rows)


def _closed(session: Session) -> list[Held]:
    return [held for held in ideas.all_ideas(session) if held.status is not IdeaStatus.OPEN]


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    one, idea, bar, worth = row["one"], row["idea"], row["bar"], row["one"].priority
    valued = (worth.value, worth.per_week, worth.rank, worth.best, worth.worst, worth.chance) if worth else ("",) * 6
    days = (bar.start.isoformat(), bar.ends.isoformat()) if bar else ("", "")
    return (one.position, one.held.id, idea.title, idea.origin.value, one.held.who, row["lane"], *valued,
            one.sized.weeks or "", *days, "" if idea.effort_days is None else idea.effort_days, one.held.place or "",
            one.held.place_reason, one.sized.why)  # fmt: skip


def _list(form: Form, moving: Form) -> str:
    with reading(deployment().engine) as session:
        found = backlog(session, now_us())
        plan = calendar(session, now_us(), _zone(), found)
        rows = rows_of(found, plan, lane_names(session))
        titles = {key: metric.name for key, metric in _metrics(session).items()}
        away = _closed(session)
        damaged = unreadable(session)
    return render_template(
        "pages/backlog.html",
        title="Backlog",
        rows=rows,
        priors=prior_lines(found, titles),
        away=away,
        form=form,
        moving=moving,
        move_options=[(str(row["one"].held.id), row["idea"].title) for row in rows],
        may_edit=current_actor().may(Right.EDIT),
        unreadable=damaged,
    )


def _form_page(form: Form, held: Held | None) -> str:
    with reading(deployment().engine) as session:
        metrics = _metrics(session)
        found = backlog(session, now_us())
        one = found.find(held.id) if held else None
        asked = Near(form.text("journey"), form.text("template"), tuple(form.many("families")))
        near = told.related(session, now_us(), asked)
        deeds = audit.history(session, noun=ideas.NOUN, key=str(held.id), limit=20) if held else ()
        choices = _choices(session, metrics)
    return render_template(
        "pages/idea.html",
        title=held.idea.title if held else "New idea",
        held=held,
        one=one,
        prior=dict(prior_lines(found, {})).get(held.idea.goal, "") if held else "",
        found=near,
        deeds=deeds,
        form=form,
        may_edit=current_actor().may(Right.EDIT),
        **choices,
    )


def _calendar(form: Form) -> str:
    with reading(deployment().engine) as session:
        plan = calendar(session, now_us(), _zone())
        view = lanes_of(plan, lane_names(session), now_us())
        seasons = ideas.all_seasons(session)
        damaged = unreadable(session)
    return render_template(
        "pages/backlog_calendar.html",
        title="Calendar of the backlog",
        calendar=view,
        unreadable=damaged,
        unplaced=plan.unplaced,
        seasons=seasons,
        form=form,
        may_edit=current_actor().may(Right.EDIT),
    )


def _saved(form: Form, save: Any) -> Held | None:
    with reading(deployment().engine) as session:
        metrics = _metrics(session)
    idea = read_form(form, metrics)
    if idea is None:
        return None
    try:
        with writing(deployment().engine) as session:
            return save(session, idea)  # type: ignore[no-any-return]
    except DomainError as error:
        if error.code == "forbidden":
            raise
        form.refuse(error, PLACES)
        return None


def _begun(asked: MultiDict[str, str]) -> MultiDict[str, str]:
    """What the address says; from a learning its place, kind and families, with the learning as evidence."""
    learning_id = asked.get("learning", "")
    if not (learning_id.isascii() and learning_id.isdigit() and len(learning_id) < 10):
        return asked
    with reading(deployment().engine) as session:
        learning = library.by_id(session, int(learning_id)).learning
    pairs = [("origin", "learning"), ("source", f"/learnings/{learning_id}"), ("journey", learning.journey),
             ("template", learning.template), ("evidence", learning.title)]  # fmt: skip
    return MultiDict([*pairs, *(("families", key) for key in learning.families)])


def _choices(session: Session, metrics: dict[str, Metric]) -> dict[str, Any]:
    rates = [(key, metric.name) for key, metric in metrics.items() if metric.kind.value == "rate"]
    return {
        "journey_options": [("", "No journey"), *((one.key, one.name) for one in catalogue.all_journeys(session))],
        "layer_options": [("", "No layer"), *((one.key, one.name) for one in catalogue.all_layers(session))],
        "family_options": [(one.key, one.name) for one in catalogue.all_families(session)],
        "goal_options": [(key, metric.name) for key, metric in metrics.items()],
        "guardrail_options": [("", "No guardrail yet"), *rates],
    }


def _metrics(session: Session) -> dict[str, Metric]:
    return {metric.key: metric for metric in all_metrics(session)}


def _zone() -> ZoneInfo:
    return ZoneInfo(deployment().settings.time_zone)
