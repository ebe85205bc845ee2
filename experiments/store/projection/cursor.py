"""How far the projection has come in the raw events.

SQLite goes by `seq`: one writer at a time makes it rise with every commit. PostgreSQL goes by (txn, seq) below the
oldest transaction still running: a serial number can skip a transaction that commits late.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select, text

from experiments.domain.errors import ConflictError
from experiments.store.engines import is_sqlite
from experiments.store.tables import CursorRow

#: Two rows of one cursor: the transaction (0 on SQLite) and the serial number inside it.
TXN = "facts.txn"
SEQ = "facts.seq"
#: The last event there was when all facts were cleared: until the cursor has come there the facts are partial.
REBUILD_TXN = "rebuild.txn"
REBUILD_SEQ = "rebuild.seq"


class Position(NamedTuple):
    """Everything up to and including this event has been projected."""

    txn: int
    seq: int


START = Position(0, 0)


def position(connection: Connection, *, lock: bool = False) -> Position:
    """Where the projection stands; `lock` keeps a second projection waiting on PostgreSQL."""
    if lock and not is_sqlite(connection):
        connection.execute(text("select pg_advisory_xact_lock(hashtext('netlift.facts'))"))
    return _read(connection, TXN, SEQ)


def rebuilding(connection: Connection) -> bool:
    """Whether facts were cleared and are not all there again: no number may be computed from them."""
    return position(connection) < _read(connection, REBUILD_TXN, REBUILD_SEQ)


def check_built(connection: Connection) -> None:
    """Refuse to compute from partial facts.

    Raises:
        ConflictError: `rebuilding`.
    """
    if rebuilding(connection):
        message = "The facts are being rebuilt from the events; reports are computed again when that has ended."
        raise ConflictError(message, "facts", code="rebuilding")


def begin_rebuild(connection: Connection, target: Position, now: int) -> None:
    """Back to the start, with everything up to `target` to be projected again."""
    _write(connection, {TXN: 0, SEQ: 0, REBUILD_TXN: target.txn, REBUILD_SEQ: target.seq}, now)


def end_rebuild(connection: Connection, now: int) -> None:
    """All that is still there has been projected, even where the last events were removed meanwhile."""
    _write(connection, {REBUILD_TXN: 0, REBUILD_SEQ: 0}, now)


def move(connection: Connection, to: Position, now: int) -> None:
    """Set the cursor in the caller's transaction."""
    _write(connection, {TXN: to.txn, SEQ: to.seq}, now)


def _read(connection: Connection, txn: str, seq: str) -> Position:
    query = select(CursorRow.name, CursorRow.position).where(CursorRow.name.in_([txn, seq]))
    found = {row.name: row.position for row in connection.execute(query)}
    return Position(found.get(txn, 0), found.get(seq, 0))


def _write(connection: Connection, positions: dict[str, int], now: int) -> None:
    statement = text(
        "insert into cursor (name, position, moved_at) values (:name, :position, :now) "
        "on conflict (name) do update set position = excluded.position, moved_at = excluded.moved_at"
    )
    connection.execute(statement, [{"name": name, "position": at, "now": now} for name, at in positions.items()])
