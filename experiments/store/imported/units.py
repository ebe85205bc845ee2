"""Bulk writing of imported units and their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from experiments.store.engines import is_sqlite
from experiments.store.projection.names import codes
from experiments.store.tables import ImportUnitRow, ImportValueRow

#: Names of groups of units share the table of names with events and paths.
SPACE = "segment"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of a run.

    Args:
        position: its code among the values.
        role: whether the values are numbers, or the ids of names of groups.
    """

    position: int
    key: str
    role: Literal["number", "segment"]


def write_units(
    session: Session,
    run_id: int,
    units: Sequence[tuple[int, int]],
    values: Iterable[tuple[int, int, float]],
) -> None:
    """Insert (unit, variant) and (unit, position, value); values of 0 are not stored.

    Rows go in the order of their key, which is the order of the tables.
    """
    if not units:
        return
    rows = [{"import_id": run_id, "unit": unit, "variant": variant} for unit, variant in sorted(units)]
    # On the connection, because the session would take every row for an object.
    connection = session.connection()
    connection.execute(insert(ImportUnitRow), rows)
    kept = [
        {"import_id": run_id, "unit": unit, "position": position, "value": value}
        for unit, position, value in sorted(values)
        if value != 0
    ]
    if kept:
        connection.execute(insert(ImportValueRow), kept)


def tell_planner(session: Session) -> None:
    """Let PostgreSQL count the new rows: a run it has never counted looks empty to it, and joining a run with itself
    row by row takes hours where it takes seconds. SQLite needs no counts, because the order of its tables serves.
    """
    if not is_sqlite(session):
        for table in (ImportUnitRow, ImportValueRow):
            session.execute(text(f"ANALYZE {table.__tablename__}"))


def drop_units(session: Session, run_id: int, units: Sequence[int]) -> None:
    """Remove units with their values."""
    for table in (ImportValueRow, ImportUnitRow):
        session.execute(delete(table).where(table.import_id == run_id, table.unit.in_(units)))


def segment_names(session: Session, texts: Iterable[str]) -> dict[str, int]:
    """Ids of names of groups, from 1; new ones are added, whoever else adds them at the same moment."""
    found = codes(session.connection(), {(SPACE, text) for text in texts})
    return {text: code for (_, text), code in found.items()}
