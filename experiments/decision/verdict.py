"""From an interval and a non-inferiority test to the word for it."""

from __future__ import annotations

from experiments.decision.metric_result import MetricResult
from experiments.decision.words import Verdict
from experiments.domain.metric import Role
from experiments.stats.effect import Effect, Status

_WITHOUT = {
    Status.TOO_FEW: Verdict.TOO_FEW,
    Status.NOT_TESTABLE: Verdict.NOT_TESTABLE,
    Status.UNBOUNDED: Verdict.NOT_SHOWN,
}


def side(effect: Effect, direction: int) -> int:
    """1 where the whole interval is on the good side of no change, −1 on the bad side, else 0."""
    if effect.lo is not None and effect.lo > 0:
        return direction
    if effect.hi is not None and effect.hi < 0:
        return -direction
    return 0


def goal_verdict(row: MetricResult) -> Verdict:
    """Better or worse where the interval excludes no change."""
    effect = row.deciding
    if effect.status is not Status.OK:
        return _WITHOUT[effect.status]
    return {1: Verdict.BETTER, -1: Verdict.WORSE, 0: Verdict.NOT_SHOWN}[side(effect, row.direction)]


def guardrail_verdict(row: MetricResult) -> Verdict:
    """Holds where worse than the margin is ruled out; broken where it is not and no change is ruled out."""
    test = row.noninferiority
    if test is None:
        return Verdict.NOT_TESTABLE
    if test.status in (Status.TOO_FEW, Status.NOT_TESTABLE):
        return _WITHOUT[test.status]
    if test.holds:
        return Verdict.HOLDS
    return Verdict.BROKEN if side(row.deciding, row.direction) < 0 else Verdict.NOT_SHOWN


def is_harmed(row: MetricResult) -> bool:
    """True where the row's own bar calls it worse (goal) or broken (guardrail)."""
    if row.role is Role.GUARDRAIL:
        return guardrail_verdict(row) is Verdict.BROKEN
    return goal_verdict(row) is Verdict.WORSE
