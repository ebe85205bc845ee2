"""Opportunities: a map to look at, a ranked list to act on, and a page per cell that ends in a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.decision.sizing import MarginForm
from experiments.domain.access import Right
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.evidence import EvidenceKind
from experiments.insight.opportunities import Kappa
from experiments.insight.opportunities.words import ADD, CEILING
from experiments.services.clock import now_us
from experiments.services.insight import counting, draft, into_backlog, opportunities
from experiments.services.insight import kappa as kappas
from experiments.services.insight.opportunities import Evidence
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages import opportunity_view
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.opportunity_frame import area_tabs, is_counting
from web.pages.opportunity_view import asked_percent, href, kappa_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.insight.opportunities import Opportunity
    from experiments.services.insight.opportunities import Looked

bp = Blueprint("opportunities", __name__, url_prefix="/opportunities")
signed_in_only(bp)

KINDS = (("feedback", "Feedback"), ("recording", "Recording"), ("user_test", "User test"), ("note", "Note"))
FORMS = (("relative", "% of up-sales"), ("per_1000", "up-sales per 1,000 people"),
         ("gain_share", "% of the planned gain's value"))  # fmt: skip


@bp.get("")
def index() -> ResponseReturnValue:
    """The map and the list; `?kappa=` tries another share of a gap that tests close, `?family=` one family alone."""
    kappa, form = kappa_of(request.args)
    return _index(kappa, form, Form(MultiDict()))


@bp.post("/kappa")
def assume() -> ResponseReturnValue:
    """Keep another assumption of how much of a gap a test closes."""
    current_actor().require(Right.AGREE)
    form = Form(request.form)
    names = (("value", "The share"), ("low", "The lowest"), ("high", "The highest"))
    value, low, high = (form.number(name, label, percent=True) for name, label in names)
    try:
        if value is not None and low is not None and high is not None:
            with writing(deployment().engine) as session:
                kappa = Kappa(value, low, high)
                kappas.assume(session, current_actor(), now_us(), kappa, reason=form.text("reason"))
    except DomainError as error:
        form.refuse(error, {"kappa": "value", "kappa.low": "low", "kappa.high": "high"})
    if form.errors:
        return _index(None, Form(MultiDict()), form), 422
    flash("The assumption is kept; opportunities, backlog and drafts use it from now on.", "success")
    return redirect("/opportunities#kappa")


def _index(kappa: Kappa | None, form: Form, assuming: Form) -> str:
    with reading(deployment().engine) as session:
        looked = opportunities.look(session, kappa)
        progress = counting.progress(session)
        assumed, used = kappas.assumed(session), kappas.kappa_of(session, now_us())
    family = request.args.get("family", "")
    family = family if looked and family in looked.families else ""
    return render_template(
        "pages/opportunities.html",
        title="Opportunities",
        area=area_tabs(),
        looked=looked,
        heat=opportunity_view.heat(looked, family) if looked else None,
        rows=opportunity_view.listed(looked) if looked else [],
        family=family,
        form=form,
        assuming=assuming,
        assumed=assumed,
        used=used,
        asked=asked_percent(looked.kappa) if looked else "",
        ceiling_words=CEILING,
        add_words=ADD,
        progress=progress,
        counting=is_counting(progress),
        may_edit=current_actor().may(Right.EDIT),
        may_agree=current_actor().may(Right.AGREE),
    )


@bp.get("/list.csv")
def export() -> ResponseReturnValue:
    """Every cell and family as a file."""
    kappa, _ = kappa_of(request.args)
    with reading(deployment().engine) as session:
        looked = opportunities.look(session, kappa)
    if looked is None:
        raise NotFoundError("count of", "opportunities")
    return csv_answer(
        "opportunities", opportunity_view.CSV_HEAD, opportunity_view.csv_rows(looked, deployment().settings.currency)
    )


@bp.get("/cell")
def show() -> ResponseReturnValue:
    """One cell: what is known, how it was compared, what people noted, and the test it would make."""
    return _page(Form(request.args))


@bp.post("/notes")
def add_note() -> ResponseReturnValue:
    """Put a note or a link beside a cell."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    try:
        told = Evidence(form.choice("kind", EvidenceKind, EvidenceKind.NOTE), form.text("text"), form.text("link"))
        with writing(deployment().engine) as session:
            _, cell = _cell(session, form)
            opportunities.add_note(session, current_actor(), now_us(), cell.key, told)
    except DomainError as error:
        if isinstance(error, NotFoundError):
            raise
        form.refuse(error, {"text": "text", "link": "link", "kind": "kind"})
        return _page(form), 422
    flash("The note is kept.", "success")
    return redirect(href(cell) + "#evidence")


@bp.post("/notes/<int:number>/remove")
def remove_note(number: int) -> ResponseReturnValue:
    """Take a note away; the log keeps it."""
    with writing(deployment().engine) as session:
        opportunities.remove_note(session, current_actor(), now_us(), number)
        _, cell = _cell(session, Form(request.form))
    flash("The note is taken away.", "success")
    return redirect(href(cell) + "#evidence")


@bp.post("/draft")
def make_draft() -> ResponseReturnValue:
    """Begin a test of a cell, sized with its own numbers."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    name, stated, currency = form.required("name", "The name"), _loss(form), deployment().settings.currency
    try:
        if not form.errors:
            with writing(deployment().engine) as session:
                looked, cell = _cell(session, form)
                made = draft.propose(session, looked, cell, stated, currency)
                saved = draft.draft(session, current_actor(), now_us(), looked, made, name=name, currency=currency)
    except DomainError as error:
        if isinstance(error, NotFoundError):
            raise
        form.refuse(error, {"margin": "margin", f"guardrail.{draft.GUARDRAIL}": "margin", "experiment.name": "name"})
    if form.errors:
        return _page(form), 422
    flash(f"“{saved.name}” is drafted from the opportunity; check it before launch.", "success")
    return redirect(f"/experiments/{saved.key}")


@bp.post("/idea")
def put_idea() -> ResponseReturnValue:
    """Put a cell into the backlog, for others to rank."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    with writing(deployment().engine) as session:
        looked, cell = _cell(session, form)
        made = draft.propose(session, looked, cell, None, deployment().settings.currency)
        title = f"{looked.families[cell.family]} at {cell.place.name}"
        held = into_backlog.put(session, current_actor(), now_us(), looked, made, title=title)
    flash("It is in the backlog, with what is known of it.", "success")
    return redirect(f"/backlog/{held.id}")


def _cell(session: Session, form: Form) -> tuple[Looked, Opportunity]:
    kappa, _ = kappa_of(request.values)
    looked = opportunities.look(session, kappa)
    cell = opportunities.by_words(looked, form.text("place"), form.text("holds"), form.text("family"))
    assert looked is not None
    return looked, cell


def _loss(form: Form) -> draft.AgreedLoss | None:
    """The loss of up-sales as typed; None where nothing was typed and what is agreed counts."""
    kind = form.choice("margin_form", MarginForm, MarginForm.RELATIVE)
    value = form.number("margin", "The loss", required=False, percent=kind is not MarginForm.PER_1000)
    return None if value is None else draft.AgreedLoss(value, kind)


def _page(form: Form) -> str:
    with reading(deployment().engine) as session:
        looked, cell = _cell(session, form)
        found = opportunities.notes(session, cell.key)
        agreed = draft.agreed_loss(session)
        proposal = _proposal(session, looked, cell, form)
        progress = counting.progress(session)
    return render_template(
        "pages/opportunity.html",
        title=f"{looked.families[cell.family]} at {cell.place.name}",
        looked=looked,
        view=opportunity_view.detail(cell, looked),
        one=cell,
        notes=found,
        kinds=KINDS,
        forms=FORMS,
        form=form,
        agreed=agreed,
        proposal=proposal,
        ceiling_words=CEILING,
        add_words=ADD,
        progress=progress,
        asked=asked_percent(looked.kappa),
        may_edit=current_actor().may(Right.EDIT),
    )


def _proposal(session: Session, looked: Looked, cell: Opportunity, form: Form) -> Any:
    """The test this cell would make; None, with an error in the form, where a number does not fit."""
    if cell.rank is None:
        return None
    try:
        return draft.propose(session, looked, cell, _loss(form), deployment().settings.currency)
    except DomainError as error:
        form.refuse(error, {f"guardrail.{draft.GUARDRAIL}": "margin"})
        return None
