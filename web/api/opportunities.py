"""Opportunities: found in what the worker counted, with notes beside them, and drafts made from them."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from experiments.decision.sizing import MarginForm
from experiments.domain.checks import TEXT_MAX
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.evidence import LINK_MAX, Evidence, EvidenceKind
from experiments.domain.plain import to_plain
from experiments.insight.opportunities import Kappa, Opportunity, Status
from experiments.insight.opportunities.kappa import MOST
from experiments.insight.opportunities.words import ADD, CEILING, sentence
from experiments.insight.segments import segment_key
from experiments.services import describe
from experiments.services.clock import now_us, to_iso
from experiments.services.fields import Fields
from experiments.services.insight import draft, into_backlog, opportunities
from experiments.services.insight import kappa as kappas
from experiments.services.insight.opportunities import Looked, Recorded
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.queries import parameter
from web.api.schemas import ExperimentSchema, name_field, text_field, within
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("opportunities", "Where pages hold unused cross-sell potential: ceilings against a stated benchmark.")
WHERE = ("place", "holds", "family")
#: A cell, and the count it comes from.
Row = tuple[Opportunity, Looked]
KAPPA = parameter(
    "kappa", "Share of a gap that tests close, 0 to 0.3; else what counts.", type="number", minimum=0, maximum=0.3
)


class WhereSchema(Schema):
    """A cell: a place, what people hold, a family they do not."""

    place = fields.String(required=True)
    holds = fields.String(required=True, metadata={"description": "Families joined by +, or nothing."})
    family = fields.String(required=True)


class OpportunitySchema(WhereSchema):
    """One cell and family; money in minor units per week."""

    rank = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    sentence = fields.String(required=True)
    units = fields.Integer(required=True)
    views = fields.Integer(required=True)
    buyers = fields.Integer(required=True)
    units_per_week = fields.Float(required=True)
    benchmark = fields.Dict(required=True, allow_none=True)
    gap = fields.Dict(required=True, allow_none=True)
    worth = fields.Dict(required=True)
    ceiling = fields.Dict(required=True, allow_none=True)
    expected = fields.Float(required=True, allow_none=True)
    shared = fields.Float(required=True)
    shared_with = fields.Integer(required=True, allow_none=True)
    notes = fields.Integer(required=True)


class FindingsSchema(Schema):
    """A page of the cells, ranked ones first, and what all of them rest on."""

    computed_at = fields.String(required=True)
    since = fields.String(required=True)
    until = fields.String(required=True)
    window_days = fields.Integer(required=True)
    kappa = fields.Dict(required=True)
    words = fields.List(fields.String(), required=True, metadata={"description": "What these numbers are not."})
    items = fields.List(fields.Nested(OpportunitySchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Address of the next page, null at the end."}
    )


class NoteSchema(WhereSchema):
    """Feedback, a recording, a user test or a note."""

    id = fields.Integer(dump_only=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EvidenceKind]))
    text = name_field(required=True, at_most=TEXT_MAX)
    link = text_field(LINK_MAX, pattern=r"^(https?://[a-z0-9.-]*[a-z0-9](/[!-~]*)?)?$", description="http or https.")
    who = fields.String(dump_only=True)
    recorded_at = fields.String(dump_only=True)


class IdeaOfSchema(Schema):
    """The idea an opportunity became."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class DraftSchema(WhereSchema):
    """A test to draft."""

    name = name_field(required=True)
    kappa = fields.Float(
        metadata=within(0, 0.3) | {"description": "Share of the gap to plan for; left out = what counts today."}
    )
    margin = fields.Float(
        metadata=within(above=0) | {"description": "Loss of up-sales; left out = what is agreed under Goals."}
    )
    margin_form = fields.String(validate=validate.OneOf([form.value for form in MarginForm]))


class AssumptionSchema(Schema):
    """How much of a gap a test is assumed to close, 0 to 0.3."""

    value = fields.Float(required=True, metadata=within(0, MOST))
    low = fields.Float(required=True, metadata=within(0, MOST) | {"description": "At most the value."})
    high = fields.Float(required=True, metadata=within(0, MOST) | {"description": "At least the value."})
    reason = fields.String(load_only=True, metadata={"maxLength": TEXT_MAX})


class ShareClosedSchema(Schema):
    """What is assumed, and what counts today."""

    assumed = fields.Nested(AssumptionSchema, required=True)
    used = fields.Dict(
        required=True, metadata={"description": "value, low, high, source (assumption or tests), tests, words."}
    )


NOTES: Listing[Recorded] = Listing(
    NoteSchema,
    lambda found: _note(found),
    unique=lambda found: found.id,
    orders={"recorded_at": lambda found: found.recorded_at},
    usual="-recorded_at",
)


CELLS: Listing[Row] = Listing(
    OpportunitySchema,
    lambda row: _described(*row),
    unique=lambda row: row[0].key,
    orders={
        "rank": lambda row: _place(row[0]),
        "units": lambda row: row[0].units,
        "expected": lambda row: row[0].expected(row[1].kappa.value),
    },
    usual="rank",
    filters=(
        Filter("status", "Only these.", lambda row: row[0].status.value, tuple(one.value for one in Status)),
        Filter("place", "Only at this page or step.", lambda row: row[0].place.key),
        Filter("family", "Only of this family.", lambda row: row[0].family),
    ),
)


@listed(bp, "/opportunities", CELLS, KAPPA, page=FindingsSchema)
def list_opportunities() -> Any:
    """Every cell against its benchmark, as the worker last counted it, ranked ones first."""
    kappa = _kappa(request.args.get("kappa"))
    with read() as session:
        looked = _looked(opportunities.look(session, kappa))
    answer = CELLS.answer((each, looked) for each in looked.findings.opportunities)
    if not isinstance(answer, dict):
        return answer
    return {
        "computed_at": to_iso(looked.computed_at),
        "since": to_iso(looked.traffic.since),
        "until": to_iso(looked.traffic.until),
        "window_days": looked.traffic.window_days,
        "kappa": to_plain(looked.kappa) | {"words": looked.kappa.words},
        "words": [CEILING, ADD],
        **answer,
    }


@bp.get("/opportunity-assumption")
@bp.response(200, ShareClosedSchema)
def get_assumption() -> Any:
    """How much of a gap a test closes: what is assumed, and what counts today."""
    with read() as session:
        return kappas.describe(session, now_us())


@bp.put("/opportunity-assumption")
@bp.doc(**described(AssumptionSchema))
@bp.response(200, ShareClosedSchema)
def put_assumption() -> Any:
    """Assume another share; it counts until ten tests of opportunities have told."""
    told = Fields(body(), "", ("value", "low", "high", "reason"))
    kappa = Kappa(told.number("value"), told.number("low"), told.number("high"))
    with write() as session:
        kappas.assume(session, current_actor(), now_us(), kappa, reason=told.text("reason", ""))
        return kappas.describe(session, now_us())


@listed(
    bp,
    "/opportunity-notes",
    NOTES,
    *({"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in WHERE),
)
def list_notes() -> Any:
    """What people noted about one cell, newest first."""
    with read() as session:
        _, cell = _cell(session, request.args, None)
        return NOTES.answer(opportunities.notes(session, cell.key))


@bp.post("/opportunity-notes")
@bp.doc(**described(NoteSchema))
@bp.response(201, NoteSchema)
def add_note() -> Any:
    """Put a note or a link beside a cell."""
    told = Fields(body(), "", ("place", "holds", "family", "kind", "text", "link"))
    evidence = Evidence(told.choice("kind", EvidenceKind), told.text("text"), told.text("link", ""))
    with write() as session:
        where = {name: told.text(name) for name in ("place", "holds", "family")}
        _, cell = _cell(session, where, None)
        return _note(opportunities.add_note(session, current_actor(), now_us(), cell.key, evidence))


@bp.delete("/opportunity-notes/<int:number>")
@bp.response(200, NoteSchema)
def remove_note(number: int) -> Any:
    """Take a note away; the log keeps it."""
    with write() as session:
        return _note(opportunities.remove_note(session, current_actor(), now_us(), number))


@bp.post("/opportunity-drafts")
@bp.doc(**described(DraftSchema))
@bp.response(201, ExperimentSchema)
def make_draft() -> Any:
    """Draft a test of a cell: audience, template, metrics, margin and sample size from its own numbers."""
    told = Fields(body(), "", ("place", "holds", "family", "name", "kappa", "margin", "margin_form"))
    where = {name: told.text(name) for name in ("place", "holds", "family")}
    kappa, currency = _kappa(told.maybe_number("kappa")), deployment().settings.currency
    margin = told.maybe_number("margin")
    form = told.choice("margin_form", MarginForm, MarginForm.RELATIVE)
    stated = None if margin is None else draft.AgreedLoss(margin, form)
    with write() as session:
        looked, cell = _cell(session, where, kappa)
        made = draft.propose(session, looked, cell, stated, currency)
        saved = draft.draft(session, current_actor(), now_us(), looked, made, name=told.text("name"), currency=currency)
        return describe.experiment(saved)


@bp.post("/opportunity-ideas")
@bp.doc(**described(WhereSchema))
@bp.response(201, IdeaOfSchema)
def put_idea() -> Any:
    """Put a cell into the backlog, with what is known of it."""
    told = Fields(body(), "", ("place", "holds", "family", "title"))
    where = {name: told.text(name) for name in ("place", "holds", "family")}
    with write() as session:
        looked, cell = _cell(session, where, None)
        made = draft.propose(session, looked, cell, None, deployment().settings.currency)
        title = told.text("title", f"{looked.families[cell.family]} at {cell.place.name}")
        held = into_backlog.put(session, current_actor(), now_us(), looked, made, title=title)
        return {"id": held.id, "title": held.idea.title}


def _kappa(stated: Any) -> Kappa | None:
    """The share asked for this answer alone; None = what counts today."""
    if stated is None:
        return None
    try:
        value = float(stated)
        return Kappa(value, min(value, Kappa().low), max(value, Kappa().high), "asked")
    except ValueError:
        raise DomainError("bad_type", f"kappa == {stated!r}, must be a number.", "kappa") from None


def _looked(found: Looked | None) -> Looked:
    if found is None:
        raise NotFoundError("count of", "opportunities")
    return found


def _cell(session: Any, where: Any, kappa: Kappa | None) -> tuple[Looked, Opportunity]:
    looked = _looked(opportunities.look(session, kappa))
    place, holds, family = (where.get(name, "") for name in ("place", "holds", "family"))
    return looked, opportunities.by_words(looked, place, holds, family)


def _place(cell: Opportunity) -> tuple[float, ...]:
    """The order of the findings: ranked ones, measured ones, the rest; within each by the bound that ranks."""
    bound = cell.ceiling.bound if cell.ceiling else 0.0
    return float(cell.rank is None), float(cell.gap is None), -bound


def _described(cell: Opportunity, looked: Looked) -> dict[str, Any]:
    return to_plain(cell) | {  # type: ignore[no-any-return]
        "place": cell.place.key,
        "holds": segment_key(cell.held),
        "sentence": sentence(cell, looked.families),
        "expected": cell.expected(looked.kappa.value),
        "notes": looked.noted.get(cell.key, 0),
    }


def _note(found: Recorded) -> dict[str, Any]:
    place, holds, family = found.subject.rsplit("|", 2)
    where = {"place": place, "holds": holds, "family": family}
    told = {"kind": found.evidence.kind.value, "text": found.evidence.text, "link": found.evidence.link}
    return where | told | {"id": found.id, "who": found.who, "recorded_at": to_iso(found.recorded_at)}
