"""Every row that tells of a person, in whatever table, found by the names of columns: so no table is forgotten.

A column called `visitor`, `customer`, `unit` or `agent` holds the hash of a person's id; no other column may. Orders
are found through their claims, so that the part of an order that another source told without this id goes too.

An agent is named in what happened to customers. Those rows are not the agent's to take away: they stay, and no longer
say who handled them (`agents`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, or_, select, tuple_

from experiments.store.agents import EXPOSURE
from experiments.store.engines import is_sqlite
from experiments.store.tables import (
    Base,
    ErasedRow,
    EventRow,
    LinkRow,
    OrderClaimRow,
    OutcomeRow,
    RefundRow,
)

#: Keys of rows that one statement names.
AT_ONCE = 500
_ORDERS: tuple[Any, ...] = (OrderClaimRow, OutcomeRow, RefundRow)


@dataclass(frozen=True, slots=True)
class Person:
    """Hashes of the ids of one person; each may be empty."""

    visitors: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()
    agents: frozenset[int] = frozenset()

    @property
    def units(self) -> frozenset[int]:
        """All of them, because a unit is any."""
        return self.visitors | self.customers | self.agents


def linked_visitors(connection: Connection, customer: int) -> tuple[frozenset[int], frozenset[int]]:
    """Visitors known to be this customer and nobody else, and those that are other customers too.

    Links that a browser merely claimed do not count: nobody may name a stranger's device as a customer's.
    """
    mine = select(LinkRow.visitor).where(LinkRow.customer == customer, LinkRow.verified)
    others = select(LinkRow.visitor).where(LinkRow.visitor.in_(mine), LinkRow.customer != customer, LinkRow.verified)
    shared = frozenset(connection.scalars(others))
    return frozenset(connection.scalars(mine)) - shared, shared


def person_tables() -> list[Table]:
    """Tables with rows of people, in an order in which rows can be deleted."""
    found = [
        table for table in reversed(Base.metadata.sorted_tables) if _columns(table) or table is RefundRow.__table__
    ]
    return [table for table in found if table is not ErasedRow.__table__]


def rows_of(connection: Connection, person: Person) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every table with the person's rows as dictionaries."""
    for table, where in _conditions(connection, person):
        rows = [dict(row) for row in connection.execute(select(table).where(where)).mappings()]
        yield table.name, rows


def keys_of(connection: Connection, person: Person) -> dict[str, list[tuple[Any, ...]]]:
    """Keys of the person's rows by table; tables without any are left out."""
    found = {}
    for table, where in _conditions(connection, person):
        query: Select[Any] = select(*_key(connection, table)).where(where)
        if rows := [tuple(row) for row in connection.execute(query)]:
            found[table.name] = rows
    return found


def delete_rows(connection: Connection, keys: dict[str, list[tuple[Any, ...]]]) -> None:
    """Delete rows by their keys."""
    for table in person_tables():
        rows = keys.get(table.name, [])
        columns = _key(connection, table)
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(delete(table).where(_among(columns, rows[start : start + AT_ONCE])))


def _columns(table: Table) -> list[str]:
    """Of the columns with such a name those that hold a hash; the unit of an experiment is a word."""
    named = (name for name in ("visitor", "customer", "unit") if name in table.c)
    return [name for name in named if table.c[name].type.python_type is int]


def _conditions(connection: Connection, person: Person) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    orders = _orders(connection, person)
    seqs = _seqs(connection, orders)
    hashes = {"visitor": person.visitors, "customer": person.customers, "unit": person.units}
    for table in person_tables():
        tests: list[ColumnElement[bool]] = [table.c[name].in_(hashes[name]) for name in _columns(table) if hashes[name]]
        if any(table is row.__table__ for row in _ORDERS) and orders:
            tests.append(table.c.order_key.in_(orders))
        if table is EventRow.__table__ and seqs:
            tests.append(table.c.seq.in_(seqs))
        if table is EventRow.__table__ and person.agents:
            tests.append(_exposures_of(person.agents))
        if tests:
            yield table, or_(*tests)


def _exposures_of(agents: frozenset[int]) -> ColumnElement[bool]:
    """Events that are exposures of these agents and name nobody else."""
    nobody_else = and_(EventRow.visitor.is_(None), EventRow.customer.is_(None))
    return and_(EventRow.agent.in_(agents), EventRow.name == EXPOSURE, nobody_else)


def _orders(connection: Connection, person: Person) -> list[int]:
    """Keys of the orders of which any source says that the person placed them."""
    tests = []
    if person.visitors:
        tests.append(OrderClaimRow.visitor.in_(person.visitors))
    if person.customers:
        tests.append(OrderClaimRow.customer.in_(person.customers))
    return list(connection.scalars(select(OrderClaimRow.order_key).where(or_(*tests)).distinct())) if tests else []


def _seqs(connection: Connection, orders: Sequence[int]) -> list[int]:
    """Numbers of the events that told of these orders."""
    found: set[int] = set()
    for row in (OrderClaimRow, RefundRow):
        found.update(connection.scalars(select(row.seq).where(row.order_key.in_(orders))) if orders else ())
    return sorted(found)


def _key(connection: Connection, table: Table) -> list[Any]:
    """The columns that name a row; an event on PostgreSQL also needs the instant that says its partition."""
    if table is EventRow.__table__ and not is_sqlite(connection):
        return [table.c.received_at, table.c.seq]
    return list(table.primary_key.columns)


def _among(columns: Sequence[Any], rows: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    if len(columns) == 1:
        return columns[0].in_([row[0] for row in rows])  # type: ignore[no-any-return]
    return tuple_(*columns).in_(rows)
