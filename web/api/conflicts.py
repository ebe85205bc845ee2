"""Orders that two sources tell differently."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from experiments.domain.errors import DomainError
from experiments.services import conflicts
from web.api.document import blueprint, read
from web.api.schemas import page, page_of

bp = blueprint("conflicts", "Orders that two sources tell differently, and whose word counts.")
MOST = {"type": "integer", "minimum": 1, "maximum": conflicts.MOST}


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


@bp.get("/conflicts")
@bp.doc(parameters=[{"name": "most", "in": "query", "description": "Longest list; 50 by default.", "schema": MOST}])
@bp.response(200, page_of(ConflictSchema))
def list_conflicts() -> Any:
    """The newest lines in conflict."""
    with read() as session:
        return page([found.to_dict() for found in conflicts.conflicts(session, most=_most())])


def _most() -> int:
    text = request.args.get("most", "50")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise DomainError("wrong_type", f"most == {text[:40]!r}, must be a whole number.", "most")
    return int(text)
