"""Reports as they were stored."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.services.clock import to_iso
from experiments.services.kept_reports import KINDS, kept_report, kept_reports
from web.api.document import blueprint, read
from web.api.listing import Filter, Listing, listed

bp = blueprint(
    "snapshots",
    "Stored reports: one live per phase, overwritten; permanent ones at day close, look, decision and share.",
)


class SnapshotSchema(Schema):
    """A stored report without its content."""

    id = fields.Integer()
    phase = fields.Integer()
    kind = fields.String(validate=validate.OneOf(KINDS))
    number = fields.Integer(allow_none=True, metadata={"description": "Number of the look; null for other kinds."})
    at = fields.String()


SNAPSHOTS: Listing[Any] = Listing(
    SnapshotSchema,
    lambda each: {"id": each.id, "phase": each.phase, "kind": each.kind, "number": each.number, "at": to_iso(each.at)},
    unique=lambda each: each.id,
    orders={"at": lambda each: each.at},
    usual="-at",
    filters=(
        Filter("kind", "Only reports of this kind.", lambda each: each.kind, KINDS),
        Filter("phase", "Only of this phase.", lambda each: str(each.phase)),
    ),
)


@listed(bp, "/experiments/<key>/snapshots", SNAPSHOTS)
def list_snapshots(key: str) -> Any:
    """What is stored of a test, newest first."""
    with read() as session:
        return SNAPSHOTS.answer(kept_reports(session, key, kind=None))


@bp.get("/experiments/<key>/snapshots/<int:snapshot>")
@bp.response(200, description="The report as it was stored; docs/report.md describes every field.")
def show_snapshot(key: str, snapshot: int) -> Any:
    """One stored report."""
    with read() as session:
        return kept_report(session, key, snapshot).to_dict()
