"""One search over everything that has a name."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from experiments.services.search import MOST, Kind, search
from web.api.document import blueprint, read
from web.api.queries import parameter
from web.auth import current_actor

bp = blueprint("search", "Experiments, learnings, metrics and journeys by their words.")
FILTERS = [
    parameter(
        "q", f"Words that must all occur in a title or its text; at most {MOST} hits come back.",
        required=True, minLength=1,
    ),
]  # fmt: skip


class HitSchema(Schema):
    """One hit; `rank` 0 is the title itself, 4 a text that holds the words."""

    kind = fields.String(validate=validate.OneOf([kind.value for kind in Kind]))
    title = fields.String()
    text = fields.String()
    href = fields.String(metadata={"description": "Address of its page."})
    rank = fields.Integer()


class FoundSchema(Schema):
    """The best hits first."""

    hits = fields.List(fields.Nested(HitSchema))


@bp.get("/search")
@bp.doc(parameters=FILTERS)
@bp.response(200, FoundSchema)
def find() -> Any:
    """Titles before texts, then experiments, learnings, metrics, journeys."""
    current_actor()
    with read() as session:
        return {"hits": search(session, request.args.get("q", ""))}
