"""When the database was last backed up."""

from __future__ import annotations

from sqlalchemy import Connection, select

from experiments.store.tables import CursorRow
from experiments.store.upserts import dialect_insert

_NAME = "backup.at"


def last_at(connection: Connection) -> int | None:
    """µs; None where it never was."""
    return connection.execute(select(CursorRow.position).where(CursorRow.name == _NAME)).scalar_one_or_none()


def note(connection: Connection, at: int) -> None:
    """Write it down."""
    statement = dialect_insert(connection, CursorRow)
    changes = {"position": statement.excluded.position, "moved_at": statement.excluded.moved_at}
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=changes)
    connection.execute(statement, {"name": _NAME, "position": at, "moved_at": at})
