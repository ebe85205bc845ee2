"""Readings of roll-outs: the guard's newest, and the read-outs of the holdback that are kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import RollOutReadingRow

#: Among the days of read-outs these stand for the guard, and for what the holdback can see.
GUARD, DESIGN = 0, -1
#: Instead of the start of a roll-out: the test waits for its decision.
UNDECIDED = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored reading; `days` is GUARD, DESIGN or that of a read-out, `at` is µs."""

    days: int
    at: int
    reading: dict[str, Any]


def put(session: Session, experiment: str, started_at: int, reading: Reading) -> None:
    """Keep a reading; one of the same roll-out and days takes the place of the one before."""
    row = session.scalars(_of(session, experiment, started_at).where(RollOutReadingRow.days == reading.days)).first()
    if row is None:
        row = RollOutReadingRow(experiment_id=id_of(session, experiment), started_at=started_at, days=reading.days)
        session.add(row)
    row.at, row.reading = reading.at, reading.reading
    session.flush()


def all_of(session: Session, experiment: str, started_at: int) -> dict[int, Reading]:
    """Readings of one roll-out by days."""
    rows = session.scalars(_of(session, experiment, started_at).order_by(RollOutReadingRow.days))
    return {row.days: Reading(row.days, row.at, row.reading) for row in rows}


def _of(session: Session, experiment: str, started_at: int) -> Any:
    return select(RollOutReadingRow).where(
        RollOutReadingRow.experiment_id == id_of(session, experiment), RollOutReadingRow.started_at == started_at
    )
