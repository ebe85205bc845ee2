"""The plan an experiment keeps of a calculation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.decision.sizing.outcome import SizingOutcome
from experiments.domain.errors import DomainError
from experiments.domain.plan import MIN_WEEKS, Plan


def frozen_plan(outcome: SizingOutcome, maturation_days: int, asked: Mapping[str, Any] | None = None) -> Plan:
    """The plan with the record of its calculation.

    Args:
        asked: what was put into the calculation, kept beside its answer where given.

    Raises:
        DomainError: `out_of_reach`, the traffic never brings the units.
    """
    if outcome.weeks is None:
        raise DomainError("out_of_reach", "Traffic is too small: it never brings the units.", "plan")
    record = outcome.to_dict() if asked is None else {**outcome.to_dict(), "asked": dict(asked)}
    return Plan(
        alpha=outcome.alpha,
        power=outcome.power,
        looks=max(1, len(outcome.looks)),
        weeks=max(MIN_WEEKS, outcome.weeks),
        units_per_variant=outcome.joint_per_arm,
        maturation_days=maturation_days,
        traffic_per_week=None if outcome.agents else outcome.traffic_per_week,
        binding=outcome.binding,
        sizing=record,
    )
