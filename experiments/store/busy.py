"""Visitors and customers with more events in one hour than any person makes."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from experiments.domain.source import SourceKind
from experiments.store import events
from experiments.store.codes import ID_KIND, MARK_CODE
from experiments.store.engines import is_sqlite
from experiments.store.projection import marks
from experiments.store.tables import CursorRow, EventRow, SourceRow
from experiments.store.upserts import dialect_insert

HOUR = 3_600_000_000
#: Everything received before this instant (µs) has been counted.
CURSOR = "traffic.hour"


def counted_until(connection: Connection) -> int | None:
    """Up to where events were counted; None before the first time."""
    return connection.execute(select(CursorRow.position).where(CursorRow.name == CURSOR)).scalar_one_or_none()


def first_received(connection: Connection) -> int | None:
    """When the oldest event was received."""
    order = EventRow.seq if is_sqlite(connection) else EventRow.received_at
    return connection.execute(select(EventRow.received_at).order_by(order).limit(1)).scalar_one_or_none()


def busy_units(connection: Connection, start: int, end: int, bound: int) -> list[dict[str, int]]:
    """Marks of units with more than `bound` events received within one whole hour of [start, end).

    Hours are hours of the server's clock, so that the answer never changes. Imports do not count: a file brings years
    in a minute.
    """
    found: list[dict[str, int]] = []
    imports = select(SourceRow.id).where(SourceRow.kind == SourceKind.IMPORT.value)
    for kind in ID_KIND:
        unit = getattr(EventRow, kind)
        hour = (EventRow.received_at - EventRow.received_at % HOUR).label("hour")
        query = (
            select(unit, hour, func.count())
            .where(EventRow.received_at >= start, EventRow.received_at < end, unit.is_not(None))
            .where(EventRow.source_id.not_in(imports))
            .group_by(unit, hour)
            .having(func.count() > bound)
        )
        if is_sqlite(connection):
            query = query.where(EventRow.seq >= events.first_seq_at(connection, start))
        rows = connection.execute(query)
        found += [marks.mark_row(kind, who, MARK_CODE["busy"], at, at, most) for who, at, most in rows]
    return found


def keep(connection: Connection, found: list[dict[str, int]], until: int, now: int) -> None:
    """Write the marks, and that everything before `until` is counted."""
    if found:
        marks.write(connection, found)
    statement = dialect_insert(connection, CursorRow)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"position": statement.excluded.position, "moved_at": statement.excluded.moved_at}
    )
    connection.execute(statement, {"name": CURSOR, "position": until, "moved_at": now})
