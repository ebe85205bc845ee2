"""Power against weeks: what waiting longer buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.stats.orthant import Correlation
from experiments.stats.power.joint import joint_power, statistic_correlation
from experiments.stats.power.planned_test import planned
from experiments.stats.power.sample_sizes import margin_of_z
from experiments.stats.power.specs import Design, Spec
from experiments.stats.power.traffic import Traffic, as_traffic
from experiments.stats.result import Result


@dataclass(frozen=True)
class CurvePoint(Result):
    """Power after so many weeks of enrolment.

    Attributes:
        week: whole weeks of enrolment.
        n_control: units in the control by then.
        n_total: units in all arms.
        power: power of each metric by key.
        joint: power of the whole rule.
    """

    week: int
    n_control: float
    n_total: float
    power: dict[str, float]
    joint: float


def power_curve(
    specs: Sequence[Spec],
    traffic: Traffic | float,
    design: Design | None = None,
    weeks: int = 12,
    correlation: Correlation | None = None,
) -> tuple[CurvePoint, ...]:
    """Power of each test and of the whole rule after 1, 2, … `weeks` weeks of enrolment.

    Args:
        specs: the goal first, then the guardrails.
        traffic: a curve, or new units per week.
        design: shared design; default `Design()`.
        weeks: last week of the curve.
        correlation: of the metrics per unit, as in `joint_sample_size`.

    Raises:
        ValueError: where weeks is below 1, or there is no goal.
    """
    if weeks < 1:
        raise ValueError(f"weeks == {weeks}, must be >= 1.")
    if not specs:
        raise ValueError("specs == [], must hold at least one goal.")
    chosen = design or Design()
    tests = [planned(spec) for spec in specs]
    matrix = statistic_correlation(tests, correlation, chosen.allocation)
    source = as_traffic(traffic)
    points = []
    for week in range(1, weeks + 1):
        total = source.units_after(7 * week)
        control = total / (1 + chosen.treatments * chosen.allocation)
        margins = [margin_of_z(c, control, chosen, chosen.allocation) for c in tests]
        result = joint_power(margins, matrix)
        powers = {c.key: p for c, p in zip(tests, result.marginal, strict=True)}
        points.append(CurvePoint(week, control, total, powers, result.joint))
    return tuple(points)
