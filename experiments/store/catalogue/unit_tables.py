"""Which unit tables are frozen, and what must be true of their files."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import ExperimentRow, UnitTableRow


@dataclass(frozen=True, slots=True)
class FrozenTable:
    """One file.

    Args:
        erased: units removed since; then the stored report is no longer that of the file.
    """

    experiment: str
    phase: int
    file: str
    sha256: str
    rows: int
    frozen_at: int
    erased: int = 0


def all_tables(session: Session) -> tuple[FrozenTable, ...]:
    """Every frozen table."""
    query = select(ExperimentRow.key, UnitTableRow).join(UnitTableRow, UnitTableRow.experiment_id == ExperimentRow.id)
    return tuple(
        FrozenTable(key, row.phase, row.file, row.sha256, row.rows, row.frozen_at, row.erased)
        for key, row in session.execute(query.order_by(ExperimentRow.key, UnitTableRow.phase))
    )


def find(session: Session, experiment: str, phase: int | None = None) -> FrozenTable | None:
    """The table of a phase, by default of the last one that has one."""
    found = [table for table in all_tables(session) if table.experiment == experiment and phase in (None, table.phase)]
    return found[-1] if found else None


def save(session: Session, table: FrozenTable) -> str | None:
    """Name this file from now on; returns the name of the one before it, whose file is no longer needed."""
    key = (id_of(session, table.experiment), table.phase)
    row = session.get(UnitTableRow, key)
    before = None if row is None or row.file == table.file else row.file
    if row is None:
        row = UnitTableRow(experiment_id=key[0], phase=key[1])
        session.add(row)
    row.file, row.sha256, row.rows = table.file, table.sha256, table.rows
    row.frozen_at, row.erased = table.frozen_at, table.erased
    session.flush()
    return before
