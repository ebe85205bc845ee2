"""Append raw events, each message once per source; read them back in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, func, literal, select, text, tuple_, update

from experiments.store import postgres_append, sqlite_append
from experiments.store.engines import is_sqlite
from experiments.store.new_event import NewEvent
from experiments.store.projection import cursor
from experiments.store.tables import EventRow
from experiments.store.types import BigInt

#: µs by which requests that were taken in side by side may be stored the other way round.
OVERLAP = 60_000_000


class StoredEvent(NamedTuple):
    """One event as it is kept."""

    txn: int
    seq: int
    received_at: int
    id: bytes
    source_id: int
    type: int
    name: str
    occurred_at: int
    visitor: int | None
    customer: int | None
    body: str
    agent: int | None = None


_OLDEST_RUNNING = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_STORED = [getattr(EventRow, name) for name in StoredEvent._fields]


def append(connection: Connection, events: Sequence[NewEvent], received_at: int) -> int:
    """Store the events whose message was never stored before; the number of those."""
    return append_each(connection, [(events, received_at)])[0]


def append_each(connection: Connection, batches: Sequence[tuple[Sequence[NewEvent], int]]) -> list[int]:
    """Store batches, each with the instant it was received; for each the number of messages never stored before.

    Of two events with one id the first counts. The caller owns the transaction; on SQLite it must be a writing one
    (`engines.writing`), because nobody may add a key between the look and the insert.
    """
    if is_sqlite(connection):
        return sqlite_append.append_within(connection, batches)
    return postgres_append.append_within(connection, batches)


def append_alone(engine: Engine, batches: Sequence[tuple[Sequence[NewEvent], int]]) -> list[int]:
    """The same in a transaction of its own, committed when this returns."""
    if not is_sqlite(engine):
        return postgres_append.append_alone(engine, batches)
    return sqlite_append.append_alone(engine, batches)


def unread(connection: Connection, after: cursor.Position, limit: int) -> list[StoredEvent]:
    """The next events behind a position, oldest first; on PostgreSQL only those no running transaction can precede."""
    query = _beyond(connection, select(*_STORED), after).limit(limit)
    if not is_sqlite(connection):
        query = query.where(EventRow.txn < _oldest_running(connection))
    return [StoredEvent._make(row) for row in connection.execute(query)]


def behind(connection: Connection, after: cursor.Position, most: int) -> tuple[int, int | None]:
    """How many events lie behind a position, counted up to `most`, and when the first of them was received."""
    waiting = _beyond(connection, select(EventRow.received_at), after).limit(most).subquery()
    count, oldest = connection.execute(select(func.count(), func.min(waiting.c.received_at))).one()
    return count, oldest


def last_place(connection: Connection) -> cursor.Position:
    """The last event there is."""
    query = select(EventRow.txn, EventRow.seq).order_by(EventRow.txn.desc(), EventRow.seq.desc())
    if is_sqlite(connection):
        query = select(EventRow.txn, EventRow.seq).order_by(EventRow.seq.desc())
    row = connection.execute(query.limit(1)).first()
    return cursor.START if row is None else cursor.Position._make(row)


def _beyond(connection: Connection, query: Select[Any], after: cursor.Position) -> Select[Any]:
    if is_sqlite(connection):
        return query.where(EventRow.seq > after.seq).order_by(EventRow.seq)
    place = tuple_(EventRow.txn, EventRow.seq)
    beyond = place > tuple_(literal(after.txn, BigInt), literal(after.seq, BigInt))
    return query.where(beyond).order_by(EventRow.txn, EventRow.seq)


def at_places(connection: Connection, places: Iterable[tuple[int, int]]) -> list[StoredEvent]:
    """Events by (received_at, seq), the key that names them on both databases; those that are gone are left out."""
    query = select(*_STORED).where(tuple_(EventRow.received_at, EventRow.seq).in_(list(places)))
    return [StoredEvent._make(row) for row in connection.execute(query.order_by(EventRow.seq))]


def first_seq_at(connection: Connection, instant: int) -> int:
    """On SQLite, a number at or before that of the first event received at an instant or later.

    Numbers rise with the instants but for requests that overlap, so the search allows a minute; there is no index on
    the instant, and a search by halves needs none.
    """
    wanted, low = instant - OVERLAP, 0
    high = (connection.execute(select(func.max(EventRow.seq))).scalar_one() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query = select(EventRow.seq, EventRow.received_at).where(EventRow.seq >= middle).order_by(EventRow.seq).limit(1)
        row = connection.execute(query).first()
        if row is None or row.received_at >= wanted:
            high = middle
        else:
            low = row.seq + 1
    return low


def is_settled(connection: Connection, position: cursor.Position) -> bool:
    """Whether a position can belong to this server: its transaction is over.

    A dump restored into another PostgreSQL server brings numbers of transactions that are still to come there.
    """
    return is_sqlite(connection) or position.txn < _oldest_running(connection)


def all_settled(connection: Connection) -> bool:
    """Whether every event can be read: none has the number of a transaction that is still to come on this server."""
    if is_sqlite(connection):
        return True
    late = select(EventRow.seq).where(EventRow.txn >= _oldest_running(connection)).limit(1)
    return connection.execute(late).first() is None


def settle_restored(connection: Connection) -> None:
    """Give events with numbers of transactions to come the number 0, so that they are read first and once."""
    if not is_sqlite(connection):
        late = EventRow.txn >= _oldest_running(connection)
        connection.execute(update(EventRow).where(late).values(txn=0))


def _oldest_running(connection: Connection) -> int:
    return int(connection.execute(_OLDEST_RUNNING).scalar_one())
