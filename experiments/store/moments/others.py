"""What units of a test were offered elsewhere after they had entered it (definitions §1.7)."""

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
