"""Who of the contact centre handled what: found and forgotten without touching what customers did.

Every table with a column `agent` names one; exposures of a test that draws agents hold one as their `unit`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select, tuple_, update

from experiments.store.events import StoredEvent
from experiments.store.tables import Base, EventRow

#: Keys of rows that one statement names.
AT_ONCE = 500
#: What tells of others and is no answer to what is kept of an agent.
_OF_OTHERS = ("visitor", "customer")
EXPOSURE = "Experiment Viewed"


def is_only_of_agent(event: StoredEvent) -> bool:
    """Whether nothing of an event is left without its agent: an exposure of the agent alone."""
    return event.name == EXPOSURE and event.visitor is None and event.customer is None


def tables() -> list[Table]:
    """Tables that name an agent."""
    return [table for table in Base.metadata.sorted_tables if "agent" in table.c]


def rows_of(connection: Connection, agents: Collection[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every table with the rows that name one of the agents, without the ids of the customers in them."""
    for table in tables() if agents else ():
        columns = [column for column in table.c if column.name not in _OF_OTHERS]
        rows = connection.execute(select(*columns).where(table.c.agent.in_(agents))).mappings()
        yield table.name, [dict(row) for row in rows]


def keys_of(connection: Connection, agents: Collection[int]) -> dict[str, list[tuple[Any, ...]]]:
    """Keys of the rows that name one of the agents, by table; tables without any are left out."""
    found = {}
    for table in tables() if agents else ():
        query = select(*_key(table)).where(table.c.agent.in_(agents))
        if rows := [tuple(row) for row in connection.execute(query)]:
            found[table.name] = rows
    return found


def clear(connection: Connection, keys: dict[str, list[tuple[Any, ...]]]) -> None:
    """Take the agent out of rows by their keys."""
    for table in tables():
        rows, columns = keys.get(table.name, []), _key(table)
        for start in range(0, len(rows), AT_ONCE):
            part = tuple_(*columns).in_(rows[start : start + AT_ONCE])
            connection.execute(update(table).where(part).values(agent=None))


def unname(connection: Connection, places: Sequence[tuple[Any, ...]]) -> None:
    """Take the agent out of raw events by (received_at, seq)."""
    clear(connection, {EventRow.__tablename__: list(places)})


def _key(table: Table) -> list[Any]:
    """The columns that name a row; an event also needs the instant that says its partition."""
    if table is EventRow.__table__:
        return [table.c.received_at, table.c.seq]
    return list(table.primary_key.columns)
