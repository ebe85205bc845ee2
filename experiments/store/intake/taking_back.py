"""Removing what one import stored: events, keys, and the facts that came of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, tuple_

from experiments.domain.metric import EventKind
from experiments.store import erasures, quarantine
from experiments.store.codes import EVENT_TYPE, KIND_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection import catalogue, merging
from experiments.store.projection.gather import REASONS, gather
from experiments.store.projection.writing import write
from experiments.store.tables import (
    ContactFactRow,
    EventKeyRow,
    EventRow,
    ExposureRow,
    HoldingRow,
    LinkRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    QualificationRow,
    QuarantineRow,
    RefundRow,
)

#: Values of one statement.
_PART = 500
_COLUMNS = [getattr(EventRow, name) for name in StoredEvent._fields]
_SALE = KIND_CODE[EventKind.SALE]
#: Where a page of events ends: (received_at, seq).
Place = tuple[int, int]


def remove_some(connection: Connection, source_id: int, stamps: Sequence[int], limit: int) -> int:
    """Remove some of the events that a source told at these instants, with their facts; how many."""
    told = (EventRow.source_id == source_id, EventRow.received_at.in_(list(stamps)))
    found = [StoredEvent._make(row) for row in connection.execute(select(*_COLUMNS).where(*told).limit(limit))]
    for part in _parts(found):
        _forget(connection, part)
    return len(found)


def tell_again(connection: Connection, source_id: int, after: Place | None, now: int, limit: int) -> Place | None:
    """Write facts that another message of the source, or a link that anybody, had told as well; None at the end.

    Args:
        after: the place the call before returned; None = the first page.
    """
    links = and_(EventRow.type == EVENT_TYPE["identify"], EventRow.visitor.is_not(None), EventRow.customer.is_not(None))
    query = select(*_COLUMNS).where(or_(EventRow.source_id == source_id, links))
    place = tuple_(EventRow.received_at, EventRow.seq)
    if after is not None:
        query = query.where(place > after)
    query = query.order_by(EventRow.received_at, EventRow.seq).limit(limit)
    found = [StoredEvent._make(row) for row in connection.execute(query)]
    if not found:
        return None
    kept, _ = erasures.split_erased(connection, found)
    write(connection, gather(kept, catalogue.load(connection)), now)
    return found[-1].received_at, found[-1].seq


def _forget(connection: Connection, gone: Sequence[StoredEvent]) -> None:
    seqs, ids = [event.seq for event in gone], [event.id for event in gone]
    rows: tuple[Any, ...] = (ExposureRow, RefundRow, PageViewRow, ContactFactRow)
    for table in rows:
        connection.execute(delete(table).where(table.seq.in_(seqs)))
    connection.execute(delete(OutcomeRow).where(OutcomeRow.seq.in_(seqs), OutcomeRow.kind != _SALE))
    _forget_orders(connection, ids)
    _forget_statements(connection, gone)
    places = [quarantine.row_id(event_id, reason) for event_id in ids for reason in REASONS]
    for part in _parts(places):
        connection.execute(delete(QuarantineRow).where(QuarantineRow.id.in_(part)))
    connection.execute(delete(EventKeyRow).where(EventKeyRow.id.in_(ids)))
    keys = [(event.received_at, event.seq) for event in gone]
    connection.execute(delete(EventRow).where(tuple_(EventRow.received_at, EventRow.seq).in_(keys)))


def _forget_orders(connection: Connection, ids: Collection[bytes]) -> None:
    mine = OrderClaimRow.event_id.in_(list(ids))
    orders = set(connection.scalars(select(OrderClaimRow.order_key).where(mine)))
    if orders:
        connection.execute(delete(OrderClaimRow).where(mine))
        connection.execute(delete(OutcomeRow).where(OutcomeRow.order_key.in_(list(orders)), OutcomeRow.kind == _SALE))
        merging.bring_up_to_date(connection, orders)


def _forget_statements(connection: Connection, gone: Sequence[StoredEvent]) -> None:
    """Holdings, offers and links first told then; `tell_again` mends what another message told as well."""
    source_id, stamps = gone[0].source_id, {event.received_at for event in gone}
    customers = {event.customer for event in gone if event.customer is not None}
    for table in (HoldingRow, QualificationRow):
        mine = (table.source_id == source_id, table.received_at.in_(list(stamps)), table.customer.in_(list(customers)))
        connection.execute(delete(table).where(*mine))
    linked = (LinkRow.customer.in_(list(customers)), LinkRow.received_at.in_(list(stamps)))
    connection.execute(delete(LinkRow).where(*linked))


def _parts(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _PART] for start in range(0, len(items), _PART))
