"""What units of a test met besides it: offers of other tests meanwhile, earlier phases of its own before."""

from __future__ import annotations

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import exposed_units
from experiments.store.tables import ExperimentRow, ExposureRow, PhaseRow


def offers_of_other_tests(session: Session, request: MomentsRequest) -> dict[str, dict[int, int]]:
    """Clean exposed units that saw another test's offer from their first exposure on, by its key and variant position.

    Only tests with the same kind of unit: the ids of the others are not these. What another test's control sees, and
    what was kept back from display, is no offer.
    """
    x = exposed_units(request).subquery("x")
    shown: ColumnElement[bool] = (ExposureRow.variant > 0) & ~ExposureRow.suppressed
    statement = (
        select(ExperimentRow.key, x.c.low, func.count(distinct(x.c.unit)))
        .select_from(PhaseRow)
        .join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
        .join(ExposureRow, ExposureRow.phase_id == PhaseRow.id)
        .join(x, x.c.unit == ExposureRow.unit)
        .where(PhaseRow.id.in_(_beside(session, request)), x.c.low == x.c.high, shown)
        .where(ExposureRow.at >= x.c.t0, ExposureRow.at <= request.cut)
        .group_by(ExperimentRow.key, x.c.low)
    )
    found: dict[str, dict[int, int]] = {}
    for key, variant, units in session.execute(statement):
        found.setdefault(key, {})[int(variant)] = int(units)
    return dict(sorted(found.items()))


def seen_in_earlier_phases(session: Session, request: MomentsRequest) -> int:
    """Clean exposed units that had been exposed in another phase of the same test before, whatever they saw there."""
    x = exposed_units(request).subquery("x")
    mine = select(PhaseRow.experiment_id).where(PhaseRow.id == request.phase_id).scalar_subquery()
    before = (
        select(ExposureRow.unit)
        .join(PhaseRow, PhaseRow.id == ExposureRow.phase_id)
        .where(PhaseRow.experiment_id == mine, PhaseRow.id != request.phase_id)
        .where(ExposureRow.unit == x.c.unit, ExposureRow.variant >= 0, ExposureRow.at < x.c.t0)
    )
    return session.scalar(select(func.count()).select_from(x).where(x.c.low == x.c.high, before.exists())) or 0


def _beside(session: Session, request: MomentsRequest) -> list[int]:
    """Phases of other tests that ran at the same time."""
    mine = select(PhaseRow.experiment_id).where(PhaseRow.id == request.phase_id).scalar_subquery()
    query = (
        select(PhaseRow.id)
        .join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
        .where(PhaseRow.experiment_id != mine, ExperimentRow.unit == request.unit.value)
        .where(PhaseRow.started_at <= request.cut)
        .where(PhaseRow.ended_at.is_(None) | (PhaseRow.ended_at >= request.since))
    )
    return list(session.scalars(query))
