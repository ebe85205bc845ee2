"""Append events on SQLite in few, large statements.

The driver gives the interpreter's lock away at every step of a statement and then waits for it behind the threads that
read other requests: with a statement for every row storing waited far longer than it worked. So many rows go into one
statement, which takes one step, and past SQLAlchemy, whose share would be half of the cost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from experiments.store.new_event import NewEvent
from experiments.store.projection import cursor

T = TypeVar("T")
#: Rows of a statement: few sizes, so that the driver finds each prepared; 13 values a row stay below SQLite's bound.
SIZES = (250, 50, 20, 5, 1)
_NAMES = ("seq", "received_at", "txn", *NewEvent._fields)
#: Highest number ever given: SQLite would give a deleted last row's number again, and the cursor would skip it.
_LAST_SEQ = (
    "select max(coalesce((select max(seq) from event), 0), coalesce((select position from cursor where name = ?), 0))"
)


def append_sqlite(connection: Connection, batches: Sequence[tuple[Sequence[NewEvent], int]]) -> list[int]:
    """Store what was never stored before; for each batch the number of those events."""
    with _driver_cursor(connection) as driver:
        known = _known(driver, [event.id for events, _ in batches for event in events])
        seq = driver.execute(_LAST_SEQ, (cursor.SEQ,)).fetchone()[0]
        rows: list[tuple[Any, ...]] = []
        counts = []
        for events, received_at in batches:
            before = len(rows)
            for event in events:
                if event.id not in known:
                    known.add(event.id)
                    seq += 1
                    rows.append((seq, received_at, 0, *event))
            counts.append(len(rows) - before)
        for some in _parts(rows):
            driver.execute(_insert_keys(len(some)), [value for row in some for value in (row[3], row[1])])
            driver.execute(_insert_events(len(some)), list(chain.from_iterable(some)))
    return counts


def _known(driver: sqlite3.Cursor, ids: Sequence[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for some in _parts(ids):
        found.update(row[0] for row in driver.execute(_select_keys(len(some)), some))
    return found


@cache
def _select_keys(size: int) -> str:
    return f"select id from event_key where id in ({', '.join('?' * size)})"  # noqa: S608


@cache
def _insert_keys(size: int) -> str:
    return f"insert into event_key (id, received_at) values {', '.join(['(?, ?)'] * size)}"  # noqa: S608


@cache
def _insert_events(size: int) -> str:
    row = f"({', '.join('?' * len(_NAMES))})"
    return f"insert into event ({', '.join(_NAMES)}) values {', '.join([row] * size)}"  # noqa: S608


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


@contextmanager
def _driver_cursor(connection: Connection) -> Iterator[sqlite3.Cursor]:
    """A cursor of the driver in the same transaction; its errors look like those of SQLAlchemy, and show no values."""
    driver: Any = connection.connection.driver_connection
    try:
        with closing(driver.cursor()) as opened:
            yield opened
    except sqlite3.Error as error:
        raise DBAPIError.instance("append events", None, error, sqlite3.Error, dialect=connection.dialect) from error
