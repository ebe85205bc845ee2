"""Which planned look an analysis at an instant is."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.decision.looks import Looks
from experiments.domain.experiment import Experiment
from experiments.domain.schedule import ended_early, final_at, is_over, planned_looks
from experiments.services.clock import DAY, to_iso

#: µs that a due look waits for the first word of a goal.
PATIENCE = 14 * DAY


def looks_at(
    experiment: Experiment, taken: Sequence[float], mature_control: int, now: int, *, heard: bool = True
) -> Looks:
    """Where in the plan an analysis at `now` stands.

    Args:
        taken: information fractions of the looks already taken, in order.
        mature_control: mature units of the control arm now.
        heard: whether anything at all is known of a goal, in whichever variant. Where nothing is (the file with the
            sales was not brought yet), a look would be spent on an empty table and does not come back: it waits for
            `PATIENCE`, after which nothing is what there is.
    """
    schedule = planned_looks(experiment)
    planned = tuple(look.fraction for look in schedule) or (1.0,)
    information = _information(experiment, mature_control)
    over = is_over(experiment, now)
    due = sum(look.at <= now for look in schedule)
    number = min(len(taken) + 1, len(planned))
    fresh = not taken or information > taken[-1]
    is_look = fresh and (over or due > len(taken)) and information > 0
    is_look = is_look and (heard or not _may_wait(experiment, len(taken), now))
    final = over or due >= len(planned)
    return Looks(
        planned=planned,
        number=number if is_look else (min(len(taken), len(planned)) or None),
        reached=(*taken[: number - 1], information) if is_look else tuple(taken),
        information=information,
        spending=experiment.plan.spending,
        is_look=is_look,
        final=final,
        next_at=_next(experiment, now),
        cut_short=over and ended_early(experiment),
    )


def _may_wait(experiment: Experiment, taken: int, now: int) -> bool:
    schedule = planned_looks(experiment)
    due = schedule[taken].at if taken < len(schedule) else None
    last = final_at(experiment) if is_over(experiment, now) else None
    since = min((instant for instant in (due, last) if instant is not None and instant <= now), default=now)
    return now < since + PATIENCE


def _information(experiment: Experiment, mature_control: int) -> float:
    planned = experiment.plan.units_per_variant
    return mature_control / planned if planned else 0.0


def _next(experiment: Experiment, now: int) -> str | None:
    if experiment.stopped_at is not None:
        last = final_at(experiment)
        return to_iso(last) if last is not None and last > now else None
    return next((to_iso(look.at) for look in planned_looks(experiment) if look.at > now), None)
