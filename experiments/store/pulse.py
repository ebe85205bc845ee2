"""How alive a test is: when it was last seen, and how much is usual."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.store.tables import ExperimentRow, ExposureRow, PhaseRow


def phase_id(session: Session, experiment: str, number: int) -> int | None:
    """The code of a phase in the exposure table."""
    query = select(PhaseRow.id).join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
    return session.scalar(query.where(ExperimentRow.key == experiment, PhaseRow.number == number))


def last_exposure(session: Session, phase: int, before: int) -> int | None:
    """When the last exposure up to an instant was (µs); None where there was none."""
    query = select(func.max(ExposureRow.at)).where(ExposureRow.phase_id == phase, ExposureRow.at <= before)
    return session.scalar(query)


def exposures_between(session: Session, phase: int, start: int, end: int) -> int:
    """Exposures in (start, end]."""
    seen = (ExposureRow.phase_id == phase) & (ExposureRow.at > start) & (ExposureRow.at <= end)
    return session.scalar(select(func.count()).where(seen)) or 0
