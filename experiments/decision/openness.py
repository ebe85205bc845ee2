"""Which rows keep a variant from a decision."""

from __future__ import annotations

from experiments.decision.arms import Rows
from experiments.decision.evidence import Arm
from experiments.decision.metric_result import MetricResult
from experiments.decision.phrases import change, held
from experiments.decision.words import Verdict
from experiments.domain.metric import Role
from experiments.domain.plan import GoalRule

_DONE = (Verdict.BETTER, Verdict.HOLDS)


def open_rows(arm: Arm) -> Rows:
    """Goals that are not better, where that matters, and guardrails that do not hold."""
    goals = () if arm.superior else tuple(row for row in arm.goals if row.verdict not in _DONE)
    return (*goals, *(row for row in arm.guardrails if row.verdict not in _DONE))


def blocked_rows(arm: Arm) -> Rows:
    """Rows that no amount of further data will settle, and without which the rule cannot be met."""
    guardrails = tuple(row for row in arm.guardrails if is_blocked(row))
    goals = tuple(row for row in arm.goals if is_blocked(row))
    needed = arm.goal_rule is GoalRule.ALL or len(goals) == len(arm.goals)
    return (*guardrails, *(goals if needed else ()))


def is_blocked(row: MetricResult) -> bool:
    """True for what this audience cannot do, and for answers that cannot be compared."""
    return row.verdict is Verdict.NOT_MEASURABLE or (row.verdict is Verdict.NOT_TESTABLE and row.note is not None)


def settled(row: MetricResult, unit: str) -> str:
    """The clause of a row that needs no more data."""
    return held(row, unit) if row.role is Role.GUARDRAIL else change(row, unit)
