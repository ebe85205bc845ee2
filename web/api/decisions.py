"""What people decided, beside what the report recommended; and taking a fresh decision back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from experiments.services import describe, read_out
from experiments.services import experiments as tests
from experiments.services.clock import maybe_iso, now_us, to_iso
from experiments.services.decide import Choice, decisions_on
from experiments.services.fields import Fields
from experiments.services.learn import drafts
from experiments.services.undo import final_at, undo_decision
from web.api.changes import COMMON, ChangeSchema
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import ExperimentSchema
from web.auth import current_actor

if TYPE_CHECKING:
    from experiments.services.undo import Decided

bp = blueprint("decisions", "Decisions on tests; POST …/decide makes one.")


class DecisionSchema(Schema):
    """One decision by a person."""

    at = fields.String()
    who = fields.String()
    recommended = fields.String(metadata={"description": "Action of the report they saw, empty where there was none."})
    decided = fields.String()
    reason = fields.String()
    snapshot = fields.Integer(allow_none=True, metadata={"description": "The report they saw, kept for good."})
    final_at = fields.String(metadata={"description": "From then on it cannot be taken back."})
    undone_at = fields.String(allow_none=True)
    undone_by = fields.String(allow_none=True)


class MadeDecisionSchema(DecisionSchema):
    """The same, and the test it closed."""

    experiment = fields.String()


class UndoneSchema(ExperimentSchema):
    """The test as it was before the decision."""

    learning = fields.Integer(allow_none=True, metadata={"description": "The learning that stays; null = none does."})


DECISIONS: Listing[Decided] = Listing(
    DecisionSchema,
    lambda decided: _plain(decided),
    unique=lambda decided: decided.id or 0,
    orders={"at": lambda decided: decided.at},
    usual="at",
)
ALL: Listing[tuple[str, Decided]] = Listing(
    MadeDecisionSchema,
    lambda row: {"experiment": row[0], **_plain(row[1])},
    unique=lambda row: row[1].id or 0,
    orders={"at": lambda row: row[1].at},
    usual="-at",
    filters=(
        Filter("experiment", "Only on this test.", lambda row: row[0]),
        Filter("decided", "Only with this choice.", lambda row: row[1].decided, tuple(Choice)),
        Filter("who", "Only by this person or key.", lambda row: row[1].who),
    ),
    searched=lambda row: (row[0], row[1].reason),
)


@listed(bp, "/decisions", ALL)
def list_all_decisions() -> Any:
    """Every decision, newest first."""
    with read() as session:
        return ALL.answer(read_out.all_decisions(session))


@listed(bp, "/experiments/<key>/decisions", DECISIONS)
def list_decisions(key: str) -> Any:
    """Decisions on a test, oldest first, with those that were taken back."""
    with read() as session:
        tests.by_key(session, key)
        return DECISIONS.answer(decisions_on(session, key))


@bp.post("/experiments/<key>/undo-decision")
@bp.doc(**described(ChangeSchema, required=False))
@bp.response(200, UndoneSchema)
def undo(key: str) -> Any:
    """Take the decision back within a minute; the test is stopped again, and SDKs get what they got before.

    The learning it drafted is taken back too, unless somebody worked on it; then `learning` says which one stays.
    """
    given = Fields(body(required=False), "", COMMON)
    revision, reason = given.maybe_whole("revision"), given.text("reason", "")
    with write() as session:
        undone = undo_decision(session, current_actor(), now_us(), key, revision=revision, reason=reason)
        stays = drafts.worked_on(session, key)
    return {**describe.experiment(undone), "learning": None if stays is None else stays.id}


def _plain(decided: Decided) -> dict[str, Any]:
    return {
        "at": to_iso(decided.at),
        "who": decided.who,
        "recommended": decided.recommended,
        "decided": decided.decided,
        "reason": decided.reason,
        "snapshot": decided.snapshot_id,
        "final_at": to_iso(final_at(decided)),
        "undone_at": maybe_iso(decided.undone_at),
        "undone_by": decided.undone_by,
    }
