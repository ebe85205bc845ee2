"""Marked events → marks of their visitor or customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, case

from experiments.store.codes import ID_KIND, MARK_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection.body import Body
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Reading
from experiments.store.tables import UnitMarkRow
from experiments.store.upserts import dialect_insert

_KEY = ("kind", "unit", "reason")


def read(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """A mark of the visitor; of the customer too where a trusted source says so, because a browser key is public."""
    reason = MARK_CODE.get(str(body.context.get("traffic")))
    if reason is None:
        return
    if event.visitor is not None:
        yield Fact(UnitMarkRow, mark_row("visitor", event.visitor, reason, event.occurred_at, event.received_at))
    if event.customer is not None and source.trusted:
        yield Fact(UnitMarkRow, mark_row("customer", event.customer, reason, event.occurred_at, event.received_at))


def mark_row(kind: str, unit: int, reason: int, at: int, received_at: int, most: int = 0) -> dict[str, Any]:
    """One mark."""
    return {
        "kind": ID_KIND[kind],
        "unit": unit,
        "reason": reason,
        "at": at,
        "received_at": received_at,
        "most": most,
    }


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or mend: the earliest instants and the highest rate, in whatever order the events came."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        merged[key] = _both(merged[key], row) if key in merged else row
    statement = dialect_insert(connection, UnitMarkRow)
    new, old = statement.excluded, UnitMarkRow
    changes: dict[str, Any] = {
        name: case((new[name] < getattr(old, name), new[name]), else_=getattr(old, name))
        for name in ("at", "received_at")
    }
    changes["most"] = case((new.most > old.most, new.most), else_=old.most)
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_=changes)
    connection.execute(statement, list(merged.values()))


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    earliest = {name: min(one[name], other[name]) for name in ("at", "received_at")}
    return {**one, **earliest, "most": max(one["most"], other["most"])}
