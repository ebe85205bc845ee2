"""When the looks of a plan fall: whole weeks, at least two, on mature units only."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from experiments.stats.boundaries import critical_values
from experiments.stats.power.specs import Design
from experiments.stats.power.traffic import MINIMUM_WEEKS, Traffic, as_traffic
from experiments.stats.result import Result


@dataclass(frozen=True)
class PlannedLook(Result):
    """One planned look.

    Attributes:
        number: 1 for the first look.
        enrolment_week: the look reads units exposed up to the end of this week.
        day: day since the start on which these units are mature and the look can be read.
        units: units in all arms that it reads.
        information: share of the units that the plan needs; above 1 at the last look where whole weeks bring more.
        critical: boundary z of the look.
        goal_critical: that of a goal; higher where several share the error, because one of them is enough.
    """

    number: int
    enrolment_week: int
    day: int
    units: float
    information: float
    critical: float
    goal_critical: float


def schedule(
    enrolment_weeks: int,
    traffic: Traffic | float,
    design: Design,
    window_days: int = 0,
    needed: float | None = None,
    one_of: int = 1,
) -> tuple[PlannedLook, ...]:
    """The looks of a test of so many enrolment weeks, as even as whole weeks from the second on allow.

    A short test has fewer weeks than planned looks and then fewer looks; that only makes the plan safer.

    Args:
        enrolment_weeks: whole weeks in which units come in.
        traffic: a curve, or new units per week.
        design: how many looks are planned, and at what level.
        window_days: days after exposure until a unit counts.
        needed: units in all arms that the plan needs; default all that the weeks bring.
        one_of: number of goals of which one is enough.

    Raises:
        ValueError: where enrolment_weeks is below 1, or units before the last week are more than needed.
    """
    if enrolment_weeks < 1:
        raise ValueError(f"enrolment_weeks == {enrolment_weeks}, must be >= 1.")
    source = as_traffic(traffic)
    weeks = _weeks(enrolment_weeks, design.looks)
    units = [source.units_after(7 * week) for week in weeks]
    # A curve that stands still for a week adds no information, so such a week holds no look.
    kept = [k for k in range(len(weeks)) if k == len(weeks) - 1 or units[k] < units[k + 1]]
    information = [units[k] / (needed or units[-1]) for k in kept]
    critical, of_goals = (
        critical_values(information, design.level(share), design.spending, final=True) for share in (1, one_of)
    )
    return tuple(
        PlannedLook(number, weeks[k], 7 * weeks[k] + window_days, units[k], *figures)
        for number, (k, *figures) in enumerate(zip(kept, information, critical, of_goals, strict=True), start=1)
    )


def _weeks(last: int, looks: int) -> list[int]:
    first = min(MINIMUM_WEEKS, last)
    return sorted({max(first, ceil(last * k / looks)) for k in range(1, looks + 1)})
