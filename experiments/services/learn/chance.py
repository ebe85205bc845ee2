"""What a planned test is worth under a prior: its standard error from its sizing, its guardrails from their power."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from experiments.decision.sizing import GoalLine, LineOutcome, SizingOutcome
from experiments.stats.prior import Prior
from experiments.stats.value import TestValue, value_of_test


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan says of the goal's test: its standard error, its last boundary, and whether the guardrails pass."""

    se: float
    critical: float
    guards: float


def ship_chance(prior: Prior, goal: GoalLine, outcome: SizingOutcome) -> TestValue | None:
    """Value and assurance of the joint rule on the relative scale; None where the plan gives no standard error.

    A control value of 0 or below has no relative scale, and so no prior.
    """
    if goal.baseline <= 0:
        return None
    planned = planned_se(outcome.line(goal.key), outcome, goal.absolute_effect / goal.baseline)
    if planned is None:
        return None
    return value_of_test(prior.mean, prior.sd, planned.se, planned.critical, planned.guards)


def planned_se(goal: LineOutcome, outcome: SizingOutcome, effect: float) -> Planned | None:
    """What the plan says of the goal's test; None where its traffic never brings the units, and with several goals.

    How far the goal's expected z lies beyond its boundary at the planned effect says its standard error:
    effect / (z_α + that). The guardrails pass with the power they have at their planned change. Several goals
    would need a prior of all of them together.
    """
    alone = sum(line.role == "goal" for line in outcome.lines) == 1
    if not alone or not outcome.looks or not effect:
        return None
    critical = outcome.looks[-1].critical
    distance = critical + goal.z_in_plan
    if distance <= 0:
        return None
    guards = prod(line.power_in_plan for line in outcome.lines if line.role == "guardrail")
    return Planned(abs(effect) / distance, critical, min(1.0, guards))
