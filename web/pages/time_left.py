"""How far a running test has come: its day, and how long the missing units take at the pace so far."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from experiments.domain.experiment import Status
from experiments.domain.schedule import DAY, planned_looks

if TYPE_CHECKING:
    from experiments.domain.experiment import Experiment

_YEAR_DAYS = 365


def day_words(experiment: Experiment, now: int) -> str | None:
    """ "day 14 of 21" while the plan recruits; afterwards "day 30, last look on day 70"."""
    if experiment.launched_at is None or experiment.imported or experiment.status is not Status.RUNNING:
        return None
    day = max(1, (now - experiment.launched_at) // DAY + 1)
    if experiment.plan.weeks is None:
        return f"day {day}"
    planned = experiment.plan.weeks * 7
    last = (planned_looks(experiment)[-1].at - experiment.launched_at) // DAY
    return f"day {day} of {planned}" if day <= planned else f"day {day}, last look on day {last}"


def left_words(experiment: Experiment, done: int, planned: int, now: int) -> str | None:
    """ "about 6 days left" at the pace since launch; None where there is no pace yet or nothing runs."""
    if done >= planned:
        return "complete"
    if experiment.launched_at is None or experiment.status is not Status.RUNNING or not done:
        return None
    elapsed = (now - experiment.launched_at) / DAY
    if elapsed < 1:
        return None
    days = math.ceil((planned - done) * elapsed / done)
    if days > _YEAR_DAYS:
        return "more than a year left at this pace"
    return f"about {days} {'day' if days == 1 else 'days'} left"
