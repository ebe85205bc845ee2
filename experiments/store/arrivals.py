"""What came in lately: bounded reads of the newest rows, as quick with a million events as with ten.

PostgreSQL goes backwards through its primary key, which begins with the time of arrival. SQLite has no index on that
time, but its rows are numbered in the order they came, so the first row of a stretch of time is found by halving.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    SQLColumnExpression,
    Subquery,
    case,
    func,
    select,
    true,
)

from experiments.store.codes import EVENT_TYPE
from experiments.store.engines import is_sqlite
from experiments.store.tables import EventRow, QuarantineRow

#: Newest events that are looked through for a list, and counted for the picture.
LOOKED_THROUGH = 5_000
COUNTED = 50_000
MINUTE = 60_000_000


class Arrived(NamedTuple):
    """One event as it came, without its ids: nobody needs them to see what is wrong.

    Args:
        raw_time: what the sender's clock said; None where it did not say.
        by_visitor, by_customer: whether it names one.
    """

    received_at: int
    seq: int
    source_id: int
    type: int
    name: str
    occurred_at: int
    raw_time: int | None
    by_visitor: bool
    by_customer: bool
    body: str


class Refused(NamedTuple):
    """One item in quarantine; `times` says how often it was sent."""

    last_seen: int
    source_id: int
    reason: str
    field: str
    message: str
    times: int
    body: str


@dataclass(frozen=True)
class Wanted:
    """Which of the newest events to list.

    Args:
        since: µs, on the server's clock.
        sources: ids; None = all.
        type: code of the event type; None = all.
        name: exact name of the event; empty = all.
        limit: at most so many.
    """

    since: int
    sources: tuple[int, ...] | None = None
    type: int | None = None
    name: str = ""
    limit: int = 50


def newest(connection: Connection, wanted: Wanted) -> list[Arrived]:
    """The newest events that fit, among the last `LOOKED_THROUGH`, newest first."""
    columns = (
        EventRow.received_at, EventRow.seq, EventRow.source_id, EventRow.type, EventRow.name, EventRow.occurred_at,
        EventRow.sent_time, EventRow.visitor.is_not(None).label("by_visitor"),
        EventRow.customer.is_not(None).label("by_customer"), EventRow.body,
    )  # fmt: skip
    latest = _latest(connection, wanted.since, LOOKED_THROUGH, *columns)
    row = latest.c
    query = select(latest).where(_among(row.source_id, wanted.sources))
    if wanted.type is not None:
        query = query.where(row.type == wanted.type)
    if wanted.name:
        query = query.where(row.name == wanted.name)
    query = query.order_by(row.received_at.desc(), row.seq.desc()).limit(wanted.limit)
    return [Arrived(*found) for found in connection.execute(query)]


def names(connection: Connection, since: int) -> list[str]:
    """Names of the newest events, each once."""
    row = _latest(connection, since, LOOKED_THROUGH, EventRow.name).c
    return sorted(connection.scalars(select(row.name).where(row.name != "").distinct()))


def per_minute(connection: Connection, since: int) -> dict[tuple[int, int], int]:
    """Events by (minutes since 1970, source), of the newest `COUNTED`."""
    row = _latest(connection, since, COUNTED, EventRow.received_at, EventRow.source_id).c
    minute = row.received_at // MINUTE
    query = select(minute, row.source_id, func.count()).group_by(minute, row.source_id)
    return {(int(at), source): count for at, source, count in connection.execute(query)}


def per_kind(connection: Connection, since: int) -> dict[tuple[int, str, str], int]:
    """Events by (source, type, name), of the newest `COUNTED`; page views under one name, whatever page."""
    named = case((EventRow.type == EVENT_TYPE["track"], EventRow.name), else_="").label("name")
    row = _latest(connection, since, COUNTED, EventRow.source_id, EventRow.type, named).c
    query = select(row.source_id, row.type, row.name, func.count()).group_by(row.source_id, row.type, row.name)
    words = {code: word for word, code in EVENT_TYPE.items()}
    return {(source, words[type_], named): count for source, type_, named, count in connection.execute(query)}


def refused(
    connection: Connection, since: int, sources: tuple[int, ...] | None = None, limit: int = 50
) -> list[Refused]:
    """Items set aside and not mended since, the last sent first."""
    row = QuarantineRow
    query = select(row.last_seen, row.source_id, row.reason, row.field, row.message, row.count, row.body)
    query = query.where(QuarantineRow.last_seen >= since, QuarantineRow.replayed_at.is_(None))
    query = query.where(_among(QuarantineRow.source_id, sources))
    query = query.order_by(QuarantineRow.last_seen.desc()).limit(limit)
    return [Refused._make(found) for found in connection.execute(query)]


def refusals(connection: Connection, since: int) -> dict[tuple[int, str], int]:
    """Items set aside and not mended, by (source, reason), of the last `LOOKED_THROUGH` of them."""
    latest = select(QuarantineRow.source_id, QuarantineRow.reason)
    latest = latest.where(QuarantineRow.last_seen >= since, QuarantineRow.replayed_at.is_(None))
    row = latest.order_by(QuarantineRow.last_seen.desc()).limit(LOOKED_THROUGH).subquery().c
    query = select(row.source_id, row.reason, func.count()).group_by(row.source_id, row.reason)
    return {(source, reason): count for source, reason, count in connection.execute(query)}


def _latest(connection: Connection, since: int, most: int, *columns: SQLColumnExpression[Any]) -> Subquery:
    """The named columns of the newest events since an instant, at most so many."""
    query = select(*columns).where(EventRow.received_at >= since)
    if is_sqlite(connection):
        query = query.where(EventRow.seq > _last_before(connection, since)).order_by(EventRow.seq.desc())
    else:
        query = query.order_by(EventRow.received_at.desc(), EventRow.seq.desc())
    return query.limit(most).subquery()


def _last_before(connection: Connection, since: int) -> int:
    """Number of the last event that came before an instant, by halving; 0 where there is none."""
    low, high = 0, int(connection.scalar(select(func.max(EventRow.seq))) or 0)
    at = select(EventRow.seq, EventRow.received_at).order_by(EventRow.seq.desc()).limit(1)
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.execute(at.where(EventRow.seq <= middle)).first()
        if found is None or found.received_at < since:
            low = middle
        else:
            high = found.seq - 1
    return low


def _among(column: SQLColumnExpression[int], allowed: Iterable[int] | None) -> ColumnElement[bool]:
    return true() if allowed is None else column.in_(list(allowed))
