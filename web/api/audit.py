"""The audit log: who changed what, when, from what to what, and why."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields

from experiments.domain.checks import storable
from experiments.domain.errors import DomainError
from experiments.services import audit
from experiments.services.audit import AuditQuery
from experiments.services.clock import from_iso
from web.api.document import BIGGEST_ID, PREFIX, blueprint, read
from web.api.queries import parameter, whole_number
from web.api.schemas import page_of
from web.auth import current_actor

bp = blueprint("audit", "The audit log: it only grows, and the database refuses anything else.")
USUAL, MOST = 100, 500


class AuditSchema(Schema):
    """One deed."""

    id = fields.Integer(metadata={"description": "Rises with every deed."})
    at = fields.String()
    who = fields.String(metadata={"description": "A person, one of their tokens, a key, or a process."})
    action = fields.String()
    noun = fields.String()
    key = fields.String()
    before = fields.Dict(allow_none=True, metadata={"description": "Values that differ, as they were."})
    after = fields.Dict(allow_none=True, metadata={"description": "Values that differ, as they became."})
    reason = fields.String()


TEXT: dict[str, Any] = {"maxLength": 300}
PARAMETERS = [
    parameter("who", "Only deeds of somebody whose name begins so.", **TEXT),
    parameter("action", "Only this deed, such as launch.", **TEXT),
    parameter("noun", "Only this kind of thing, such as experiment.", **TEXT),
    parameter("key", "Only the thing of this key.", **TEXT),
    parameter("since", "From this instant, ISO 8601.", format="date-time"),
    parameter("until", "Before this instant, ISO 8601.", format="date-time"),
    parameter("limit", f"Longest page; {USUAL} by default.", type="integer", minimum=1, maximum=MOST),
    parameter("cursor", "From `next` of the page before.", type="integer", minimum=1, maximum=BIGGEST_ID),
]


@bp.get("/audit")
@bp.doc(parameters=PARAMETERS)
@bp.response(200, page_of(AuditSchema))
def list_deeds() -> Any:
    """Deeds, newest first; for approvers and administrators."""
    limit = whole_number("limit", 1, MOST) or USUAL
    with read() as session:
        found = list(audit.search(session, current_actor(), _query(), limit + 1))
    shown = found[:limit]
    return {"items": [audit.describe(each) for each in shown], "next": _next(shown[-1].id) if found[limit:] else None}


def _query() -> AuditQuery:
    texts = {name: request.args.get(name, "") for name in ("who", "action", "noun", "key")}
    for name, text in texts.items():
        if not storable(text):
            raise DomainError("bad_text", f"{name} == {text!r}, must hold no NUL and no half surrogate pair.", name)
    instants = {name: from_iso(request.args[name], name) for name in ("since", "until") if name in request.args}
    return AuditQuery(**texts, **instants, older_than=whole_number("cursor", 1, BIGGEST_ID))  # type: ignore[arg-type]


def _next(cursor: int) -> str:
    kept = {name: value for name, value in request.args.items() if name != "cursor"}
    return f"{PREFIX}/audit?{urlencode({**kept, 'cursor': cursor})}"
