"""What a planned test is worth under a prior: its standard error from its sizing, its guardrails from their power."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from experiments.decision.sizing import LineOutcome, SizingOutcome
from experiments.stats.normal import quantile, upper_quantile
from experiments.stats.prior import Prior
from experiments.stats.value import TestValue, value_of_test

#: Beyond it a power says nothing of the standard error any more.
_SURE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan says of the goal's test: its standard error, its last boundary, and whether the guardrails pass."""

    se: float
    critical: float
    guards: float


def ship_chance(prior: Prior, goal: LineOutcome, outcome: SizingOutcome, effect: float) -> TestValue | None:
    """Value and assurance of the joint rule on the relative scale; None where the plan gives no standard error."""
    planned = planned_se(goal, outcome, effect)
    if planned is None:
        return None
    return value_of_test(prior.mean, prior.sd, planned.se, planned.critical, planned.guards)


def planned_se(goal: LineOutcome, outcome: SizingOutcome, effect: float) -> Planned | None:
    """What the plan says of the goal's test.

    The power p that the goal has in this plan at its planned effect says its standard error:
    effect / (z_α + Φ⁻¹(p)). The guardrails pass with the power they have where nothing changes in truth.
    """
    if not 0 < goal.power_in_plan < _SURE or not effect:
        return None
    critical = outcome.looks[-1].critical if outcome.looks else upper_quantile(outcome.alpha)
    distance = critical + quantile(goal.power_in_plan)
    if distance <= 0:
        return None
    guards = prod(line.power_in_plan for line in outcome.lines if line.role == "guardrail")
    return Planned(abs(effect) / distance, critical, min(1.0, guards))
