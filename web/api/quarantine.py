"""What was set aside, by reason: look, replay, discard."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from experiments.domain.checks import storable
from experiments.services import quarantine
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from experiments.services.ingest import Limits
from experiments.services.quarantine import STATES, Group, Wanted
from web.api.document import blueprint, body, described, read
from web.api.listing import Filter, Listing, listed
from web.api.schemas import name_field
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("quarantine", "Items that were refused or could not become facts, with their reason.")
MOST_ITEMS = 10_000


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
    # A field, although a schema has a setting of that name.
    unknown = fields.List(fields.Nested(UnknownSchema))  # type: ignore[assignment]


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

    why = name_field(required=True, at_most=500)


class ReplayedSchema(Schema):
    """What came of it."""

    tried = fields.Integer()
    passed = fields.Integer()


class DiscardedSchema(Schema):
    """What came of it."""

    discarded = fields.Integer()


_STATE: Filter[Any] = Filter(
    "state", "Items in this state; those that wait by default.", lambda _: request.args.getlist("state"), STATES
)
GROUPS: Listing[Group] = Listing(
    GroupSchema,
    Group.to_dict,
    unique=lambda group: f"{group.source} {group.reason} {group.field}",
    orders={"items": lambda group: group.items, "last_seen": lambda group: group.last_seen},
    usual="-items",
    filters=(
        _STATE,
        Filter("source", "Only of this source.", lambda group: group.source),
        Filter("reason", "Only for this reason.", lambda group: group.reason),
        Filter("field", "Only about this field.", lambda group: group.field),
    ),
)
ITEMS: Listing[dict[str, Any]] = Listing(
    ItemSchema,
    lambda item: item,
    unique=lambda item: item["id"],
    orders={"last_seen": lambda item: item["last_seen"], "first_seen": lambda item: item["first_seen"]},
    usual="-last_seen",
    filters=(
        _STATE,
        Filter("source", "Only of this source.", lambda item: item["source"]),
        Filter("reason", "Only for this reason.", lambda item: item["reason"]),
        Filter("field", "Only about this field.", lambda item: item["field"]),
    ),
)


@listed(bp, "/quarantine", GROUPS)
def list_groups() -> Any:
    """Groups of items, the largest first."""
    with read() as session:
        return GROUPS.answer([group for wanted in _asked() for group in quarantine.groups(session, wanted)])


@listed(bp, "/quarantine/items", ITEMS)
def list_items() -> Any:
    """The newest 10,000 items that fit."""
    with read() as session:
        found = [item for wanted in _asked() for item in quarantine.items(session, wanted, limit=MOST_ITEMS)]
    return ITEMS.answer(found)


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


def _asked() -> list[Wanted]:
    """What the database is asked; a filter that is given several times is left to the list."""
    asked = {name: request.args.getlist(name) for name in ("source", "reason", "field")}
    one = {name: given[0] for name, given in asked.items() if len(given) == 1 and storable(given[0])}
    states = dict.fromkeys(request.args.getlist("state") or [quarantine.WAITING])
    return [Wanted(state, one.get("source", ""), one.get("reason", ""), one.get("field")) for state in states]


def _chosen(given: Fields) -> Wanted:
    field = given.text("field") if given.has("field") else None
    return Wanted(quarantine.WAITING, given.text("source", ""), given.text("reason", ""), field)


def _ids(given: Fields) -> tuple[bytes, ...]:
    return tuple(quarantine.item_id(text) for text in given.texts("ids"))
