"""What was agreed about metrics."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.domain.agreement import MAX_TARGET
from experiments.services import goals
from experiments.services.clock import now_us, to_iso
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.rules import absent, any_of, both, has, some_items, where, word
from web.api.schemas import MarginSchema, day_field, distinct, key_field, name_field, text_field, within
from web.auth import current_actor

bp = blueprint("goals", "Agreed margins and targets per metric: added, never changed.")


class GoalSchema(Schema):
    """One agreement about a metric."""

    metric = key_field(required=True)
    success = text_field(description="What success is, in words.")
    margin = fields.Nested(
        MarginSchema,
        allow_none=True,
        metadata={"description": "The loss a test may accept where the metric is a guardrail: one of the two."},
    )
    target = fields.Float(
        allow_none=True, metadata=within(-MAX_TARGET, MAX_TARGET) | {"description": "In the metric's own number."}
    )
    guardrails = distinct(key_field(), description="Other metrics, beside which a target stands.")
    agreed_by = name_field(required=True)
    agreed_on = day_field("The day of the agreement.", required=True)
    review_on = day_field("A day after it.", required=True)
    reason = name_field(required=True, at_most=4000)
    ended = fields.Boolean()
    who = fields.String(dump_only=True)
    recorded_at = fields.String(dump_only=True)
    overdue = fields.Boolean(dump_only=True)
    RULES = (
        any_of(
            both(has(ended={"const": True}), absent("margin", "target")),
            both(where(ended=word(False, None)), has("margin"), absent("target")),
            both(where(ended=word(False, None)), has("target", guardrails=some_items())),
        ),
    )


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
