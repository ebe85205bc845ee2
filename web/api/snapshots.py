"""Reports as they were stored."""

from __future__ import annotations

from typing import Any, get_args

from flask import request
from marshmallow import Schema, fields, validate

from experiments.domain.errors import DomainError
from experiments.services.clock import to_iso
from experiments.services.kept_reports import KINDS, Kind, kept_report, kept_reports
from web.api.document import blueprint, read
from web.api.schemas import page, page_of

bp = blueprint(
    "snapshots",
    "Stored reports: one live per phase, overwritten; permanent ones at day close, look, decision and share.",
)
KIND = {
    "name": "kind",
    "in": "query",
    "description": "Only reports of this kind.",
    "schema": {"type": "string", "enum": list(KINDS)},
}


class SnapshotSchema(Schema):
    """A stored report without its content."""

    id = fields.Integer()
    phase = fields.Integer()
    kind = fields.String(validate=validate.OneOf(KINDS))
    number = fields.Integer(allow_none=True, metadata={"description": "Number of the look; null for other kinds."})
    at = fields.String()


@bp.get("/experiments/<key>/snapshots")
@bp.doc(parameters=[KIND])
@bp.response(200, page_of(SnapshotSchema))
def list_snapshots(key: str) -> Any:
    """What is stored of a test, newest first."""
    with read() as session:
        found = kept_reports(session, key, kind=_kind())
    return page(
        [
            {"id": each.id, "phase": each.phase, "kind": each.kind, "number": each.number, "at": to_iso(each.at)}
            for each in found
        ]
    )


@bp.get("/experiments/<key>/snapshots/<int:snapshot>")
@bp.response(200, description="The report as it was stored; docs/report.md describes every field.")
def show_snapshot(key: str, snapshot: int) -> Any:
    """One stored report."""
    with read() as session:
        return kept_report(session, key, snapshot).to_dict()


def _kind() -> Kind | None:
    given: Any = request.args.get("kind")
    if given is None or given in get_args(Kind):
        return given  # type: ignore[no-any-return]
    raise DomainError("unknown_choice", f"kind == {given!r}, must be one of {', '.join(KINDS)}.", "kind")
