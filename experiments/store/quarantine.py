"""What was refused or could not be projected, kept with its reason until it is mended and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from experiments.store.tables import QuarantineRow
from experiments.store.upserts import dialect_insert

#: Before every id, and how many rows a replay takes in one transaction.
FIRST = bytes(16)
PAGE = 500


class SetAside(NamedTuple):
    """One refused item: ids hashed, body without raw ids."""

    event_id: bytes
    source_id: int
    reason: str
    field: str
    message: str
    visitor: int | None
    customer: int | None
    body: str
    agent: int | None = None


class Kept(NamedTuple):
    """A row of the quarantine as a replay needs it."""

    id: bytes
    source_id: int
    reason: str
    first_seen: int
    visitor: int | None
    customer: int | None
    body: str
    agent: int | None = None


def row_id(event_id: bytes, reason: str) -> bytes:
    """One row per message and reason, however often it is sent again."""
    return blake2b(event_id + reason.encode(), digest_size=16).digest()


def add(connection: Connection, items: Sequence[SetAside], now: int, *, again: bool = True) -> int:
    """Store what was set aside; the number of rows touched.

    Args:
        again: count one that is known already once more; False for a projection, which may repeat itself.
    """
    merged: dict[bytes, tuple[SetAside, int]] = {}
    for item in items:
        key = row_id(item.event_id, item.reason)
        first, count = merged.get(key, (item, 0))
        merged[key] = (first, count + 1)
    rows = [_row(key, item, count, now) for key, (item, count) in sorted(merged.items())]
    if not rows:
        return 0
    statement = dialect_insert(connection, QuarantineRow)
    if again:
        new = statement.excluded
        counted = {"count": QuarantineRow.count + new.count, "last_seen": new.last_seen}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=counted), rows)
    else:
        told = {name: statement.excluded[name] for name in ("field", "message")}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=told), rows)
    return len(rows)


def _row(key: bytes, item: SetAside, count: int, now: int) -> dict[str, Any]:
    times = {"first_seen": now, "last_seen": now, "replayed_at": None}
    values = item._asdict()
    del values["event_id"]
    return {**values, "id": key, "count": count, **times}


def waiting(
    connection: Connection,
    reasons: Sequence[str],
    ids: Sequence[bytes] = (),
    *,
    after: bytes = FIRST,
    limit: int = PAGE,
) -> list[Kept]:
    """A page of the rows with one of the reasons that were not replayed yet, in the order of their ids.

    Args:
        ids: only these rows; empty = all.
        after: last id of the page before.
    """
    query = select(*(getattr(QuarantineRow, name) for name in Kept._fields))
    query = query.where(
        QuarantineRow.reason.in_(reasons),
        QuarantineRow.replayed_at.is_(None),
        QuarantineRow.discarded_at.is_(None),
        QuarantineRow.id > after,
    )
    if ids:
        query = query.where(QuarantineRow.id.in_(ids))
    query = query.order_by(QuarantineRow.id).limit(limit)
    return [Kept._make(row) for row in connection.execute(query)]


def mark_replayed(connection: Connection, ids: Sequence[bytes], now: int) -> None:
    """Close rows whose item has gone through after all."""
    connection.execute(update(QuarantineRow).where(QuarantineRow.id.in_(ids)).values(replayed_at=now))


def forget(connection: Connection, reasons: Sequence[str]) -> None:
    """Delete every row with one of the reasons."""
    connection.execute(delete(QuarantineRow).where(QuarantineRow.reason.in_(reasons)))
