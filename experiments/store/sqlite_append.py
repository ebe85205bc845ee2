"""Append events on SQLite in as few steps as can be.

The driver gives the interpreter's lock away at every step, that is at every statement and at every row that one
returns, and then waits for it behind the threads that read other requests: while it holds the database. With a
statement for every row storing waited far longer than it worked. So a group of batches is one question that answers
one row and an insert of many rows, on a connection that the process keeps for this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError

from experiments.store.kept import Kept, kept_for
from experiments.store.new_event import NewEvent
from experiments.store.projection import cursor

Batches = Sequence[tuple[Sequence[NewEvent], int]]

#: Most rows of a statement: 12 values a row stay below the bound that every SQLite has.
MOST_ROWS = 256
#: Rows are filled up to a multiple of it by saying the last again, so that the driver finds its statements prepared.
STEP = 16
_ID_BYTES = 16
_NAMES = ("txn", "seq", "received_at", *NewEvent._fields)
#: In SQLite itself, because each value that Python hands over costs as much as finding its place.
_INSERT_KEYS = "insert into event_key (id, received_at) select id, received_at from event where seq > ?"
#: Highest number ever given: SQLite would give a deleted last row's number again, and the cursor would skip it.
_LAST_SEQ = "max(coalesce((select max(seq) from event), 0), coalesce((select position from cursor where name = ?), 0))"


def append_within(connection: Connection, batches: Batches) -> list[int]:
    """Store what was never stored before, in the caller's transaction; for each batch the number of those events."""
    driver: Any = connection.connection.driver_connection
    with _showing(connection.dialect), closing(driver.cursor()) as opened:
        return _append(opened, batches)


def append_alone(engine: Engine, batches: Batches) -> list[int]:
    """The same in a transaction of its own, committed when this returns."""
    kept = kept_for(engine)
    with kept.lock, _showing(engine.dialect):
        driver: sqlite3.Connection = kept.connection(engine)
        try:
            driver.execute("BEGIN IMMEDIATE")
            counts = _append(driver, batches)
            driver.commit()
        except BaseException:  # an interrupt too: nothing may stay begun
            _undo(driver, kept)
            raise
    return counts


def _undo(driver: sqlite3.Connection, kept: Kept) -> None:
    try:
        driver.rollback()
    except sqlite3.Error:
        kept.drop()


def _append(driver: sqlite3.Connection | sqlite3.Cursor, batches: Batches) -> list[int]:
    # The driver looks for an adapter of each value that is `bytes`, and knows `bytearray` without looking.
    ids = [bytearray(event.id) for events, _ in batches for event in events]
    known, last = _known(driver, ids)
    keys = iter(ids)
    rows: list[tuple[Any, ...]] = []
    counts = []
    for events, received_at in batches:
        before = len(rows)
        for event in events:
            key = next(keys)
            if event.id not in known:
                known.add(event.id)
                rows.append((last + 1 + len(rows), received_at, key, *event[1:]))
        counts.append(len(rows) - before)
    for some in _parts(rows):
        driver.execute(_insert(len(some)), list(chain.from_iterable(some)))
    if rows and driver.execute(_INSERT_KEYS, (last,)).rowcount != len(rows):
        raise RuntimeError("a number of an event was given twice")
    return counts


def _known(driver: sqlite3.Connection | sqlite3.Cursor, ids: Sequence[bytearray]) -> tuple[set[bytes], int]:
    """Those of the ids that were stored before, and the highest number of an event."""
    found, seq = b"", 0
    for some in _parts(ids):
        told, seq = driver.execute(_look_up(len(some)), [cursor.SEQ, *some]).fetchone()
        found += bytes.fromhex(told or "")
    return {found[place : place + _ID_BYTES] for place in range(0, len(found), _ID_BYTES)}, seq


@cache
def _look_up(size: int) -> str:
    marks = ", ".join("?" * size)
    return f"select group_concat(hex(id), ''), {_LAST_SEQ} from event_key where id in ({marks})"  # noqa: S608


@cache
def _insert(size: int) -> str:
    row = f"(0, {', '.join('?' * (len(_NAMES) - 1))})"
    # Only the row that is said again meets its own number; whatever else is wrong with a row is still an error.
    return f"insert into event ({', '.join(_NAMES)}) values {', '.join([row] * size)} on conflict (seq) do nothing"  # noqa: S608


def _parts(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """The rows in lists of few different lengths."""
    for start in range(0, len(rows), MOST_ROWS):
        some = list(rows[start : start + MOST_ROWS])
        yield some + some[-1:] * (-len(some) % STEP)


@contextmanager
def _showing(dialect: Dialect) -> Iterator[None]:
    """Errors of the driver look like those of SQLAlchemy, and show no values."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance("append events", None, error, sqlite3.Error, dialect=dialect) from error
