"""What is known of one customer at an instant, for rules and policies that a browser must not see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from experiments.store.tables import (
    ContactFactRow,
    ExposureRow,
    HoldingRow,
    LinkRow,
    NameRow,
    ProductRow,
    QualificationRow,
)


class Contact(NamedTuple):
    """One contact: how serious its issue was (None = not said), which offer was made ("" = none), the answer."""

    at: int
    severity: int | None
    offer: str
    answer: int


class Seen(NamedTuple):
    """A phase of a test whose treatment the customer was shown, and when last."""

    phase_id: int
    at: int


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Everything received about a customer up to an instant.

    Args:
        holdings: keys of the products held; None where nobody has told.
        contacts: oldest first.
        qualifies: offers of the newest statement; None where nobody has told.
    """

    holdings: tuple[str, ...] | None
    contacts: tuple[Contact, ...]
    seen: tuple[Seen, ...]
    qualifies: frozenset[str] | None


def load(
    connection: Connection,
    customer: int,
    now: int,
    *,
    since: int,
    visitor_phases: Collection[int],
    customer_phases: Collection[int],
) -> KnownFacts:
    """The facts of one customer; what happens or arrives after `now` is not known yet.

    Args:
        since: contacts and exposures before it are left out.
        visitor_phases, customer_phases: whose exposures count as offers seen, by what they randomise.
    """
    seen = [*_seen_as_visitor(connection, customer, now, since, visitor_phases)]
    seen += _seen_as_customer(connection, customer, now, since, customer_phases)
    return KnownFacts(
        holdings=_holdings(connection, customer, now),
        contacts=_contacts(connection, customer, now, since),
        seen=tuple(seen),
        qualifies=_qualifies(connection, customer, now),
    )


def _holdings(connection: Connection, customer: int, now: int) -> tuple[str, ...] | None:
    """The lines of the newest full statement, and what orders added since."""
    query = (
        select(HoldingRow.as_of, HoldingRow.product_id, HoldingRow.complete, ProductRow.key)
        .outerjoin(ProductRow, ProductRow.id == HoldingRow.product_id)
        .where(HoldingRow.customer == customer, HoldingRow.as_of <= now, HoldingRow.received_at <= now)
    )
    rows = connection.execute(query).all()
    statement = max((row.as_of for row in rows if row.product_id == 0), default=None)
    if statement is None:
        return None
    held = {row.key for row in rows if row.key and _is_held(row, statement)}
    return tuple(sorted(held))


def _is_held(row: Any, statement: int) -> bool:
    return bool(row.as_of == statement if row.complete else row.as_of >= statement)


def _contacts(connection: Connection, customer: int, now: int, since: int) -> tuple[Contact, ...]:
    row = ContactFactRow
    query = (
        select(row.at, row.severity, func.coalesce(NameRow.text, ""), row.answer)
        .outerjoin(NameRow, NameRow.id == row.offer_id)
        .where(row.customer == customer, row.at > since, row.at <= now, row.received_at <= now)
        .order_by(row.at, row.seq)
    )
    return tuple(Contact(*found) for found in connection.execute(query))


def _seen_as_customer(
    connection: Connection, customer: int, now: int, since: int, phases: Collection[int]
) -> Sequence[Seen]:
    if not phases:
        return ()
    query = _newest_shown(phases, now, since).where(ExposureRow.unit == customer)
    return [Seen(*found) for found in connection.execute(query)]


def _seen_as_visitor(
    connection: Connection, customer: int, now: int, since: int, phases: Collection[int]
) -> Sequence[Seen]:
    """Through verified links only: a browser must not be able to lay offers at somebody else's door."""
    if not phases:
        return ()
    query = (
        _newest_shown(phases, now, since)
        .join(LinkRow, LinkRow.visitor == ExposureRow.unit)
        .where(LinkRow.customer == customer, LinkRow.verified, LinkRow.received_at <= now)
    )
    return [Seen(*found) for found in connection.execute(query)]


def _newest_shown(phases: Collection[int], now: int, since: int) -> Select[int, int]:
    """Rows (phase, its newest exposure) of treatments only: the control is no offer."""
    row = ExposureRow
    shown = (row.variant > 0, row.at > since, row.at <= now, row.received_at <= now)
    return select(row.phase_id, func.max(row.at)).where(row.phase_id.in_(sorted(phases)), *shown).group_by(row.phase_id)


def _qualifies(connection: Connection, customer: int, now: int) -> frozenset[str] | None:
    row = QualificationRow
    query = (
        select(row.as_of, row.offer_id, func.coalesce(NameRow.text, ""))
        .outerjoin(NameRow, NameRow.id == row.offer_id)
        .where(row.customer == customer, row.as_of <= now, row.received_at <= now)
    )
    rows = connection.execute(query).all()
    statement = max((as_of for as_of, offer_id, _ in rows if offer_id == 0), default=None)
    if statement is None:
        return None
    return frozenset(name for as_of, offer_id, name in rows if as_of == statement and offer_id)
