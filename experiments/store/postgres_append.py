"""Append events on PostgreSQL in one statement.

Where nothing else has to be stored with them the statement is a transaction of its own, on a connection that a process
keeps for this alone: asking whether the connection lives, beginning and committing would be three more journeys to the
server and half of the cost of a small batch. What the pool's question is for, a server that was restarted, is met by
asking once more on a new connection: should the first have been stored after all, the second finds only duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from experiments.store.kept import Kept, kept_for
from experiments.store.new_event import NewEvent

Batches = Sequence[tuple[Sequence[NewEvent], int]]

#: Keys go in sorted, so that two batches that share messages wait for each other instead of deadlocking; for the same
#: reason there is one statement for all. The batches travel as one JSON text: arrays of texts are escaped in Python by
#: the driver, at three times the cost.
_APPEND: Final = """
    with item as (
        select * from rows from (json_to_recordset(%s::json) as (
            id uuid, source_id smallint, type smallint, name text, occurred_at bigint, sent_time bigint,
            visitor bigint, customer bigint, body text, agent bigint, batch integer, received_at bigint
        )) with ordinality
        as t(id, source_id, type, name, occurred_at, sent_time, visitor, customer, body, agent, batch, received_at,
             place)
    ), fresh as (
        insert into event_key (id, received_at) select id, received_at from item order by id
        on conflict do nothing returning id
    ), stored as (
        insert into event (received_at, txn, id, source_id, type, name, occurred_at, sent_time, visitor, customer, body,
                           agent)
        select received_at, pg_current_xact_id()::text::bigint, id, source_id, type, name, occurred_at, sent_time,
               visitor, customer, body, agent
        from item join fresh using (id) order by place
    )
    select batch, count(*) from item join fresh using (id) group by batch
"""


def append_within(connection: Connection, batches: Batches) -> list[int]:
    """Store what was never stored before, in the caller's transaction; for each batch the number of those events."""
    items = _items(batches)
    found = connection.exec_driver_sql(_APPEND, (items,)).all() if items else []
    return _counts(batches, found)


def append_alone(engine: Engine, batches: Batches) -> list[int]:
    """The same in a transaction of its own, committed when this returns.

    Raises:
        sqlalchemy.exc.OperationalError: the server does not answer, twice; errors show no values.
    """
    items = _items(batches)
    if not items:
        return [0] * len(batches)
    return _counts(batches, _asked(kept_for(engine), engine, items))


def _asked(kept: Kept, engine: Engine, items: str) -> list[Any]:
    """What the server says, asked once more where it had ended the connection."""
    with kept.lock:
        try:
            try:
                return _ask(kept, engine, items)
            except psycopg.OperationalError:
                if not kept.connection(engine).closed:
                    raise
                kept.drop()
                return _ask(kept, engine, items)
        except psycopg.Error as error:
            raise _shown(engine, error) from error


def _ask(kept: Kept, engine: Engine, items: str) -> list[Any]:
    connection: psycopg.Connection[Any] = kept.connection(engine)
    if not connection.autocommit:
        connection.rollback()
        connection.autocommit = True
    return connection.execute(_APPEND, (items,)).fetchall()


def _shown(engine: Engine, error: psycopg.Error) -> Exception:
    """The error as SQLAlchemy would raise it, without values."""
    shown = DBAPIError.instance(
        "append events", None, error, psycopg.Error, hide_parameters=True, dialect=engine.dialect
    )
    return shown if isinstance(shown, Exception) else error


def _items(batches: Batches) -> str:
    """The events as the statement reads them; of two with one id the first."""
    items: dict[bytes, dict[str, Any]] = {}
    for batch, (events, received_at) in enumerate(batches):
        for item in events:
            if item.id not in items:
                items[item.id] = item._asdict() | {"id": item.id.hex(), "batch": batch, "received_at": received_at}
    return msgspec.json.encode(list(items.values())).decode() if items else ""


def _counts(batches: Batches, found: Sequence[Any]) -> list[int]:
    stored = dict(tuple(row) for row in found)
    return [stored.get(batch, 0) for batch in range(len(batches))]
