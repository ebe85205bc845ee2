"""`identify` with both ids → a visitor known to be a customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, or_

from experiments.store.events import StoredEvent
from experiments.store.projection.body import Body
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Reading
from experiments.store.tables import LinkRow
from experiments.store.upserts import dialect_insert

_KEY = ("visitor", "customer")


def read(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """A link; what a browser key claims without the shop's signature is kept unverified and unused."""
    if event.visitor is None or event.customer is None:
        return
    row = {
        "visitor": event.visitor,
        "customer": event.customer,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "verified": source.trusted or body.verified,
    }
    yield Fact(LinkRow, row)


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or mend: a verified claim beats any unverified one, and its instants are those of verified claims only.

    The instants are minima taken apart, so that the link is the same in whatever order the claims come.
    """
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        merged[key] = _better(merged[key], row) if key in merged else row
    statement = dialect_insert(connection, LinkRow)
    new, old = statement.excluded, LinkRow
    promoted = and_(new.verified, ~old.verified)
    ignored = and_(old.verified, ~new.verified)

    def earliest(name: str) -> Any:
        mine, theirs = getattr(old, name), new[name]
        return case((or_(promoted, and_(~ignored, theirs < mine)), theirs), else_=mine)

    changes = {"at": earliest("at"), "received_at": earliest("received_at")}
    changes["verified"] = case((promoted, new.verified), else_=old.verified)
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_=changes)
    connection.execute(statement, list(merged.values()))


def _better(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    if one["verified"] != other["verified"]:
        return one if one["verified"] else other
    return {**one, "at": min(one["at"], other["at"]), "received_at": min(one["received_at"], other["received_at"])}
