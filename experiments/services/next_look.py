"""What the schedule of a running test says about its next look, for the outlook of its report."""

from __future__ import annotations

from typing import Any

from experiments.decision.looks import Looks
from experiments.decision.outlook import NextLook
from experiments.domain.experiment import Experiment, Status
from experiments.domain.schedule import WEEK, PlannedLook, planned_looks
from experiments.services.clock import to_iso

_GOING = (Status.RUNNING, Status.PAUSED)


def next_look(experiment: Experiment, looks: Looks, exposed: int, now: int) -> NextLook | None:
    """The look after the one taken now; None where none is left or the test no longer collects.

    Args:
        exposed: units so far, all variants together.
    """
    taken = looks.number or 0
    schedule = planned_looks(experiment)
    coming = next((look for look in schedule if look.number > taken and look.at > now), None)
    if coming is None or experiment.status not in _GOING:
        return None
    return NextLook(
        number=coming.number,
        at=to_iso(coming.at),
        weeks=(coming.at - now) / WEEK,
        growth=coming.fraction / schedule[taken - 1].fraction if taken else None,
        information=_information(experiment, coming),
        last=coming.number == len(schedule),
        units_per_week=_pace(experiment, exposed, now),
        enrolment=experiment.phase.enrolment,
        power_in_plan=_chances(experiment, schedule),
    )


def _pace(experiment: Experiment, exposed: int, now: int) -> float | None:
    """Exposed units a week since the phase began; None in its first week."""
    started = experiment.phase.started_at
    if started is None or now - started < WEEK:
        return None
    return exposed / ((now - started) / WEEK)


def _information(experiment: Experiment, coming: PlannedLook) -> float:
    """Share of the planned units that the plan expects at the look: whole weeks may bring all of them before their end.

    A plan without the record of its calculation knows the share of its weeks alone.
    """
    looks: Any = experiment.plan.sizing.get("looks", ())
    found = next((each for each in looks if isinstance(each, dict) and each.get("number") == coming.number), {})
    share = found.get("information")
    return float(share) if isinstance(share, int | float) and share > 0 else coming.fraction


def _chances(experiment: Experiment, schedule: tuple[PlannedLook, ...]) -> dict[str, float]:
    """Chance of each part of the rule at the end, as the power calculation of the plan stored it."""
    lines: Any = experiment.plan.sizing.get("lines", ()) if schedule else ()
    found = {line["key"]: line.get("power_in_plan") for line in lines if isinstance(line, dict) and "key" in line}
    return {key: float(chance) for key, chance in found.items() if isinstance(chance, int | float)}
