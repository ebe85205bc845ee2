"""Up to where raw events are gone, so that facts from before cannot be made again."""

from __future__ import annotations

from sqlalchemy import Connection, select

from experiments.store.tables import CursorRow

#: Row of the cursor table: facts received before this instant (µs) have no events any more.
RETENTION = "retention.edge"


def retained_from(connection: Connection) -> int:
    """The instant; 0 where nothing was ever removed."""
    found = connection.execute(select(CursorRow.position).where(CursorRow.name == RETENTION)).scalar_one_or_none()
    return found or 0
