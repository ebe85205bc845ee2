"""What was agreed about metrics."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.services import goals
from experiments.services.clock import now_us, to_iso
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import key_field, name_field
from web.auth import current_actor

bp = blueprint("goals", "Agreed margins and targets per metric: added, never changed.")


class GoalSchema(Schema):
    """One agreement about a metric."""

    metric = key_field(required=True)
    success = fields.String(metadata={"description": "What success is, in words.", "maxLength": 4000})
    margin = fields.Dict(
        keys=fields.String(validate=validate.OneOf(["relative", "absolute"])),
        values=fields.Float(),
        allow_none=True,
        metadata={
            "description": "The loss a test may accept where the metric is a guardrail: one of the two.",
            "minProperties": 1,
            "maxProperties": 1,
        },
    )
    target = fields.Float(allow_none=True, metadata={"description": "In the metric's own number."})
    guardrails = fields.List(key_field(), metadata={"description": "Metrics beside which a target stands."})
    agreed_by = name_field(required=True)
    agreed_on = fields.String(required=True, metadata={"format": "date"})
    review_on = fields.String(required=True, metadata={"format": "date"})
    reason = name_field(required=True, at_most=4000)
    ended = fields.Boolean()
    who = fields.String(dump_only=True)
    recorded_at = fields.String(dump_only=True)
    overdue = fields.Boolean(dump_only=True)


GOALS: Listing[goals.Recorded] = Listing(
    GoalSchema,
    lambda one: _described(one),
    unique=lambda one: one.agreement.metric,
    orders={"metric": lambda one: one.agreement.metric, "review_on": lambda one: one.agreement.review_on},
    usual="metric",
    filters=(
        Filter("metric", "Only about this metric.", lambda one: one.agreement.metric),
        Filter("agreed_by", "Only what this person agreed.", lambda one: one.agreement.agreed_by),
    ),
    searched=lambda one: (one.agreement.metric, one.agreement.success, one.agreement.reason),
)
HISTORY: Listing[tuple[int, goals.Recorded]] = Listing(
    GoalSchema,
    lambda row: _described(row[1]),
    unique=lambda row: row[0],
    orders={"recorded_at": lambda row: row[1].recorded_at},
    usual="-recorded_at",
)


@listed(bp, "/goals", GOALS)
def list_goals() -> Any:
    """What holds today, by metric."""
    with read() as session:
        return GOALS.answer(goals.current(session).values())


@listed(bp, "/goals/<key>/history", HISTORY)
def list_history(key: str) -> Any:
    """Everything that was ever agreed about one metric, newest first."""
    with read() as session:
        return HISTORY.answer(list(enumerate(reversed(goals.history(session, key)))))


@bp.post("/goals")
@bp.doc(**described(GoalSchema))
@bp.response(201, GoalSchema)
def agree() -> Any:
    """Write an agreement down; needs an approver. It takes the place of the one before of its metric."""
    agreement = goals.read_agreement(body())
    with write() as session:
        goals.agree(session, current_actor(), now_us(), agreement)
        return _described(goals.history(session, agreement.metric)[0])


def _described(recorded: goals.Recorded) -> dict[str, Any]:
    return {
        **goals.describe_agreement(recorded.agreement),
        "who": recorded.who,
        "recorded_at": to_iso(recorded.recorded_at),
        "overdue": recorded.agreement.overdue(to_iso(now_us())[:10]),
    }
