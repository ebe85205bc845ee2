"""When the planned looks fall: on whole weeks after launch, once the units of those weeks are mature."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.domain.experiment import Experiment, Status
from experiments.domain.plan import MIN_WEEKS

DAY = 86_400_000_000
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """One moment at which verdicts may change.

    Args:
        number: 1, 2, …
        fraction: planned share of the information, the last one 1.
        at: µs UTC.
    """

    number: int
    fraction: float
    at: int


def planned_looks(experiment: Experiment) -> tuple[PlannedLook, ...]:
    """The looks of a launched test; empty before launch.

    No look falls before two full weeks, so that every weekday counts twice; looks that would fall on the same week
    are one.
    """
    plan = experiment.plan
    if experiment.launched_at is None or plan.weeks is None:
        return ()
    last = plan.weeks
    weeks = sorted({max(MIN_WEEKS, math.ceil(last * share - 1e-9)) for share in plan.information()})
    ripe = plan.maturation_days * DAY
    return tuple(
        PlannedLook(number, week / last, experiment.launched_at + week * WEEK + ripe)
        for number, week in enumerate(weeks, start=1)
    )


def final_at(experiment: Experiment) -> int | None:
    """When the last units of a stopped test are mature, else when its last planned look falls."""
    if experiment.stopped_at is not None:
        return experiment.stopped_at + experiment.plan.maturation_days * DAY
    looks = planned_looks(experiment)
    return looks[-1].at if looks else None


def is_over(experiment: Experiment, now: int) -> bool:
    """Whether a stopped or decided test has run off."""
    ended = experiment.status in (Status.STOPPED, Status.DECIDED, Status.ARCHIVED)
    last = final_at(experiment)
    return ended and last is not None and now >= last


def ended_early(experiment: Experiment) -> bool:
    """Stopped in an earlier week than planned; recruiting that ends within the last planned week is no early stop."""
    weeks, launched, stopped = experiment.plan.weeks, experiment.launched_at, experiment.stopped_at
    if weeks is None or launched is None or stopped is None:
        return False
    return stopped < launched + (weeks - 1) * WEEK
