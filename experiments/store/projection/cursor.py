"""How far the projection has come in the raw events.

SQLite goes by `seq`: one writer at a time makes it rise with every commit. PostgreSQL goes by (txn, seq) below the
oldest transaction still running: a serial number can skip a transaction that commits late.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select, text

from experiments.store.engines import is_sqlite
from experiments.store.tables import CursorRow

#: Two rows of one cursor: the transaction (0 on SQLite) and the serial number inside it.
TXN = "facts.txn"
SEQ = "facts.seq"


class Position(NamedTuple):
    """Everything up to and including this event has been projected."""

    txn: int
    seq: int


START = Position(0, 0)


def position(connection: Connection, *, lock: bool = False) -> Position:
    """Where the projection stands; `lock` keeps a second projection waiting on PostgreSQL."""
    query = select(CursorRow.name, CursorRow.position).where(CursorRow.name.in_([TXN, SEQ])).order_by(CursorRow.name)
    if lock and not is_sqlite(connection):
        connection.execute(text("select pg_advisory_xact_lock(hashtext('netlift.facts'))"))
    found = {row.name: row.position for row in connection.execute(query)}
    return Position(found.get(TXN, 0), found.get(SEQ, 0))


def move(connection: Connection, to: Position, now: int) -> None:
    """Set the cursor in the caller's transaction."""
    statement = text(
        "insert into cursor (name, position, moved_at) values (:name, :position, :now) "
        "on conflict (name) do update set position = excluded.position, moved_at = excluded.moved_at"
    )
    rows = [{"name": TXN, "position": to.txn, "now": now}, {"name": SEQ, "position": to.seq, "now": now}]
    connection.execute(statement, rows)
