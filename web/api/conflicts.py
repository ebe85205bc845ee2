"""Orders that two sources tell differently."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.services import conflicts
from web.api.document import blueprint, read
from web.api.listing import Filter, Listing, listed

bp = blueprint("conflicts", "Orders that two sources tell differently, and whose word counts.")


class SideSchema(Schema):
    """What one message says about the line."""

    source = fields.String()
    product = fields.String()
    quantity = fields.Integer()
    revenue = fields.Integer(metadata={"description": "Minor units per month × quantity."})
    at = fields.String()
    received_at = fields.String()
    counts = fields.Boolean(metadata={"description": "Whether this side's word is taken."})


class ConflictSchema(Schema):
    """One line of an order about which its sources disagree."""

    order = fields.String(metadata={"description": "Hash of the order; its id is not kept."})
    line = fields.Integer()
    sides = fields.List(fields.Nested(SideSchema))
    not_told_by = fields.String(
        allow_none=True, metadata={"description": "The best source of the order, where it does not tell this line."}
    )


CONFLICTS: Listing[conflicts.Conflict] = Listing(
    ConflictSchema,
    conflicts.Conflict.to_dict,
    unique=lambda found: f"{found.order}.{found.line}",
    orders={"received_at": lambda found: max(side.received_at for side in found.sides)},
    usual="-received_at",
    filters=(Filter("source", "Only with a word of this source.", lambda found: [one.source for one in found.sides]),),
)


@listed(bp, "/conflicts", CONFLICTS)
def list_conflicts() -> Any:
    """The newest lines in conflict, at most 200."""
    with read() as session:
        return CONFLICTS.answer(conflicts.conflicts(session, most=conflicts.MOST))
