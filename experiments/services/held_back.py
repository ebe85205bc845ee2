"""Both sides of a roll-out in the facts: who gets the winner and who is held back, from the same moment on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.domain.rollout import RollOut
from experiments.stats.moments import Moments
from experiments.store.catalogue import phases
from experiments.store.codes import HELD_BACK
from experiments.store.moments.request import ColumnRequest, MomentsRequest
from experiments.store.moments.traffic import any_marked, without_marked
from experiments.store.tables import ExposureRow

#: How the two sides are coded in the cohort.
HELD, GIVEN = 0, 1


def share_held(experiment: Experiment, rollout: RollOut) -> float:
    """The planned share of the held back among both sides: the holdback, cut at the control's range."""
    return min(rollout.holdback, experiment.phase.control.weight)


def empty_moments(columns: Iterable[str]) -> Moments:
    """Moments of nobody."""
    keys = list(columns)
    return Moments.from_sums(0, keys, [0.0] * len(keys), [[0.0] * len(keys)] * len(keys))


def sides_request(
    session: Session,
    experiment: Experiment,
    since: int,
    now: int,
    columns: Iterable[ColumnRequest],
    *,
    mature_before: int,
    until: int | None = None,
) -> MomentsRequest:
    """A request whose variant 0 are the held back and variant 1 those who were given the winner.

    Args:
        since, until: µs; first exposures of the roll-out outside of them are of no cohort.
        mature_before: µs; only units first exposed before it count.
    """
    phase_id = phases.ids(session)[experiment.key, experiment.phase.number]
    request = MomentsRequest(
        phase_id=phase_id,
        unit=experiment.unit,
        cut=now,
        mature_before=mature_before,
        columns=tuple(columns),
        since=since,
        without_marked=any_marked(session, experiment.unit),
    )
    entrants = _entrants(experiment, request, until)
    if request.without_marked:
        entrants = without_marked(entrants, request.unit, request.cut)
    return replace(request, entrants=entrants)


def _entrants(experiment: Experiment, request: MomentsRequest, until: int | None) -> Select[int, int, int, int]:
    """(unit, t0, low, high): first exposures since the roll-out.

    Whoever was ever held back stays on that side: a holdback may be made smaller, and those who are let go then would
    otherwise be left out because they came back.
    """
    winner = experiment.rollout.variant if experiment.rollout is not None else ""
    keys = [variant.key for variant in experiment.phase.variants]
    side = case((ExposureRow.variant == HELD_BACK, literal(HELD)), else_=literal(GIVEN))
    shown = (HELD_BACK, keys.index(winner)) if winner in keys else (HELD_BACK,)
    statement = (
        select(
            ExposureRow.unit.label("unit"),
            func.min(ExposureRow.at).label("t0"),
            func.min(side).label("low"),
            func.min(side).label("high"),
        )
        .where(
            ExposureRow.phase_id == request.phase_id,
            ExposureRow.variant.in_(shown),
            ExposureRow.at >= request.since,
            ExposureRow.at <= request.cut,
        )
        .group_by(ExposureRow.unit)
    )
    return statement if until is None else statement.having(func.min(ExposureRow.at) <= until)
