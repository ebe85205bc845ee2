"""What was set aside, by reason: look, replay, discard."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from experiments.services import quarantine
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from experiments.services.ingest import Limits
from experiments.services.quarantine import Wanted
from web.api.document import blueprint, body, described, read
from web.api.schemas import page, page_of
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("quarantine", "Items that were refused or could not become facts, with their reason.")
FILTERS = [
    {"name": name, "in": "query", "schema": {"type": "string"}, "description": text}
    for name, text in (
        ("state", "waiting (the default), replayed or discarded."),
        ("source", "Only of this source."),
        ("reason", "Only for this reason."),
        ("field", "Only about this field."),
    )
]


class UnknownSchema(Schema):
    """A value nobody knows."""

    value = fields.String()
    items = fields.Integer()


class GroupSchema(Schema):
    """Items of one source that were set aside for the same reason."""

    source = fields.String()
    reason = fields.String()
    field = fields.String()
    title = fields.String()
    advice = fields.String()
    items = fields.Integer()
    count = fields.Integer(metadata={"description": "How often they came; the same item sent again counts again."})
    first_seen = fields.String()
    last_seen = fields.String()
    message = fields.String()
    example = fields.String(metadata={"description": "One of them as JSON text, ids masked."})
    replayable = fields.Boolean()
    unknown = fields.List(fields.Nested(UnknownSchema))


class ItemSchema(Schema):
    """One item, ids masked."""

    id = fields.String()
    source = fields.String()
    reason = fields.String()
    field = fields.String()
    message = fields.String()
    count = fields.Integer()
    first_seen = fields.String()
    last_seen = fields.String()
    replayed_at = fields.String(allow_none=True)
    discarded_at = fields.String(allow_none=True)
    discarded_why = fields.String()
    item = fields.String()


class ChosenSchema(Schema):
    """Which items: by id, or all that wait with this source, reason and field."""

    ids = fields.List(fields.String())
    source = fields.String()
    reason = fields.String()
    field = fields.String()


class DiscardSchema(ChosenSchema):
    """The same, and why."""

    why = fields.String(required=True)


class ReplayedSchema(Schema):
    """What came of it."""

    tried = fields.Integer()
    passed = fields.Integer()


class DiscardedSchema(Schema):
    """What came of it."""

    discarded = fields.Integer()


@bp.get("/quarantine")
@bp.doc(parameters=FILTERS)
@bp.response(200, page_of(GroupSchema))
def list_groups() -> Any:
    """Groups of items, the largest first."""
    with read() as session:
        return page([group.to_dict() for group in quarantine.groups(session, wanted_of(request.args))])


@bp.get("/quarantine/items")
@bp.doc(parameters=FILTERS)
@bp.response(200, page_of(ItemSchema))
def list_items() -> Any:
    """At most 1,000 items."""
    with read() as session:
        return page(quarantine.items(session, wanted_of(request.args)))


@bp.post("/quarantine/replay")
@bp.doc(**described(ChosenSchema))
@bp.response(200, ReplayedSchema)
def replay_items() -> Any:
    """Try items again after the catalogue or a limit was mended; what goes through counts once."""
    given = Fields(body(), "", ("ids", "source", "reason", "field"))
    limits = Limits.of(deployment().settings)
    done = quarantine.replay_all(
        deployment().engine, current_actor(), now_us(), _chosen(given), limits, ids=_ids(given)
    )
    return {"tried": done.tried, "passed": done.passed}


@bp.post("/quarantine/discard")
@bp.doc(**described(DiscardSchema))
@bp.response(200, DiscardedSchema)
def discard_items() -> Any:
    """Give up on items, with a reason."""
    given = Fields(body(), "", ("ids", "source", "reason", "field", "why"))
    why = given.text("why")
    gone = quarantine.discard(deployment().engine, current_actor(), now_us(), _chosen(given), why, ids=_ids(given))
    return {"discarded": gone}


def wanted_of(given: Any) -> Wanted:
    """The filters of an address."""
    return Wanted(
        given.get("state") or quarantine.WAITING, given.get("source", ""), given.get("reason", ""), given.get("field")
    )


def _chosen(given: Fields) -> Wanted:
    field = given.text("field") if given.has("field") else None
    return Wanted(quarantine.WAITING, given.text("source", ""), given.text("reason", ""), field)


def _ids(given: Fields) -> tuple[bytes, ...]:
    return tuple(quarantine.item_id(text) for text in given.texts("ids"))
