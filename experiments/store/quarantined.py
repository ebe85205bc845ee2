"""The quarantine as people look at it: groups that wait for the same reason, their items, and giving up on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, func, select, update

from experiments.store.tables import QuarantineRow, SourceRow

#: A place in a list, inside the name of a field.
_PLACE = re.compile(r"\[\d+\]")
WAITING, REPLAYED, DISCARDED = "waiting", "replayed", "discarded"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items; empty texts and None restrict nothing. `[]` in a field stands for any place in a list."""

    state: str = WAITING
    source: str = ""
    reason: str = ""
    field: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Items of one source that were set aside for the same reason: how many, and how often they came."""

    source: str
    reason: str
    field: str
    items: int
    count: int
    first_seen: int
    last_seen: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item."""

    id: bytes
    source: str
    reason: str
    field: str
    message: str
    first_seen: int
    last_seen: int
    count: int
    body: str
    replayed_at: int | None
    discarded_at: int | None
    discarded_why: str


def groups(connection: Connection, wanted: Wanted) -> list[GroupRow]:
    """Groups, the largest first."""
    row = QuarantineRow
    keys = (_source(), row.reason, row.field)
    sums = (func.count(), func.sum(row.count), func.min(row.first_seen), func.max(row.last_seen))
    query = select(*keys, *sums).outerjoin(SourceRow, SourceRow.id == row.source_id).where(*_where(wanted))
    merged: dict[tuple[str, str, str], GroupRow] = {}
    for source, reason, field, *numbers in connection.execute(query.group_by(*keys).order_by(*keys)):
        found = GroupRow(source, reason, _PLACE.sub("[]", field), *(int(number) for number in numbers))
        key = (found.source, found.reason, found.field)
        merged[key] = _together(merged[key], found) if key in merged else found
    return sorted(merged.values(), key=lambda group: (-group.items, group.source, group.reason, group.field))


def items(connection: Connection, wanted: Wanted, *, after: bytes | None = None, limit: int = 50) -> list[ItemRow]:
    """Items in the order of their ids."""
    names = [name for name in ItemRow.__slots__ if name != "source"]
    columns = [getattr(QuarantineRow, name) for name in names]
    query = select(*columns, _source()).outerjoin(SourceRow, SourceRow.id == QuarantineRow.source_id)
    query = query.where(*_where(wanted))
    if after is not None:
        query = query.where(QuarantineRow.id > after)
    query = query.order_by(QuarantineRow.id).limit(limit)
    return [ItemRow(**dict(zip([*names, "source"], row, strict=True))) for row in connection.execute(query)]


def by_id(connection: Connection, item_id: bytes) -> list[ItemRow]:
    """The item, in whatever state; [] where there is none."""
    names = [name for name in ItemRow.__slots__ if name != "source"]
    columns = [getattr(QuarantineRow, name) for name in names]
    query = select(*columns, _source()).outerjoin(SourceRow, SourceRow.id == QuarantineRow.source_id)
    found = connection.execute(query.where(QuarantineRow.id == item_id))
    return [ItemRow(**dict(zip([*names, "source"], row, strict=True))) for row in found]


def messages(connection: Connection, wanted: Wanted, limit: int = 200) -> list[tuple[str, int]]:
    """(message, items), the most frequent first: the messages name the values nobody knows."""
    query = select(QuarantineRow.message, func.count()).outerjoin(SourceRow, SourceRow.id == QuarantineRow.source_id)
    query = query.where(*_where(wanted)).group_by(QuarantineRow.message)
    query = query.order_by(func.count().desc(), QuarantineRow.message).limit(limit)
    return [(row[0], int(row[1])) for row in connection.execute(query)]


def discard(connection: Connection, ids: Sequence[bytes], now: int, why: str) -> int:
    """Give up on items that wait; how many."""
    statement = update(QuarantineRow).where(QuarantineRow.id.in_(list(ids)), *_state(WAITING))
    result: CursorResult[Any] = connection.execute(statement.values(discarded_at=now, discarded_why=why))
    return result.rowcount


def _together(one: GroupRow, other: GroupRow) -> GroupRow:
    return replace(
        one,
        items=one.items + other.items,
        count=one.count + other.count,
        first_seen=min(one.first_seen, other.first_seen),
        last_seen=max(one.last_seen, other.last_seen),
    )


def _field_is(field: str) -> ColumnElement[bool]:
    if "[]" not in field:
        return QuarantineRow.field == field
    pattern = field.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("[]", "[%]")
    return QuarantineRow.field.like(pattern, escape="\\")


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    row, found = QuarantineRow, _state(wanted.state)
    if wanted.source:
        found.append(SourceRow.key == wanted.source)
    if wanted.reason:
        found.append(row.reason == wanted.reason)
    if wanted.field is not None:
        found.append(_field_is(wanted.field))
    if wanted.message is not None:
        found.append(row.message == wanted.message)
    return found


def _state(state: str) -> list[ColumnElement[bool]]:
    row = QuarantineRow
    if state == REPLAYED:
        return [row.replayed_at.is_not(None)]
    if state == DISCARDED:
        return [row.discarded_at.is_not(None)]
    return [row.replayed_at.is_(None), row.discarded_at.is_(None)]


def _source() -> ColumnElement[str]:
    return func.coalesce(SourceRow.key, "")
