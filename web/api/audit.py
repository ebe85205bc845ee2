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
from web.api.document import PREFIX, blueprint, read
from web.api.schemas import page_of
from web.auth import current_actor

bp = blueprint("audit", "The audit log: it only grows, and the database refuses anything else.")
USUAL, MOST = 100, 500
NAMES = ("who", "action", "noun", "key", "since", "until", "limit", "cursor")


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


def _parameter(name: str, told: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": told, "schema": {"type": kind, **more}}


TEXT = {"maxLength": 300}
PARAMETERS = [
    _parameter("who", "Only deeds of somebody whose name begins so.", **TEXT),
    _parameter("action", "Only this deed, such as launch.", **TEXT),
    _parameter("noun", "Only this kind of thing, such as experiment.", **TEXT),
    _parameter("key", "Only the thing of this key.", **TEXT),
    _parameter("since", "From this instant, ISO 8601.", format="date-time"),
    _parameter("until", "Before this instant, ISO 8601.", format="date-time"),
    _parameter("limit", f"Longest page; {USUAL} by default.", "integer", minimum=1, maximum=MOST),
    _parameter("cursor", "From `next` of the page before.", "integer", minimum=1, maximum=2**63 - 1),
]


@bp.get("/audit")
@bp.doc(parameters=PARAMETERS)
@bp.response(200, page_of(AuditSchema))
def list_deeds() -> Any:
    """Deeds, newest first; for approvers and administrators."""
    for name in request.args:
        if name not in NAMES:
            known = ", ".join(NAMES)
            raise DomainError("unknown_field", f"{name!r} is no parameter here, must be one of {known}.", name)
    limit = _whole("limit", MOST) or USUAL
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
    return AuditQuery(**texts, **instants, older_than=_whole("cursor", 2**63 - 1))  # type: ignore[arg-type]


def _whole(name: str, most: int) -> int | None:
    given = request.args.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 20 and 1 <= int(given) <= most):
        raise DomainError("out_of_range", f"{name} == {given!r}, must be >= 1 and <= {most}.", name)
    return int(given)


def _next(cursor: int) -> str:
    kept = {name: request.args[name] for name in NAMES if name in request.args and name != "cursor"}
    return f"{PREFIX}/audit?{urlencode({**kept, 'cursor': cursor})}"
