"""Whose a fact is: the customer it names, else the one customer its visitor is known to be, else the visitor.

Ids are keyed hashes of their kind and text, so a visitor and a customer never share one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, cast, func, select

from experiments.domain.experiment import UnitKind
from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.request import MomentsRequest
from experiments.store.tables import LinkRow, UnitMarkRow
from experiments.store.types import BigInt

#: Bits that a packed instant leaves for the code of a channel.
CHANNELS = 32


def known_visitors(until: int) -> CTE:
    """k(visitor, customer): visitors with one verified customer; of several nobody knows which it was."""
    one = func.min(LinkRow.customer)
    return (
        select(LinkRow.visitor, one.label("customer"))
        .where(LinkRow.verified, LinkRow.received_at <= until)
        .group_by(LinkRow.visitor)
        .having(one == func.max(LinkRow.customer))
        .cte("who")
    )


def unit_of(row: Any, k: CTE) -> ColumnElement[int]:
    """Whose a row is; join it with `k` on the visitor from outside."""
    return func.coalesce(row.customer, k.c.customer, row.visitor)


def packed(at: Any, channel: Any) -> ColumnElement[int]:
    """An instant and a channel as one number, so that the least has the channel of the first."""
    return at * CHANNELS + channel  # type: ignore[no-any-return]


def instant(number: Any) -> ColumnElement[int]:
    """The instant of a packed number."""
    return number // CHANNELS  # type: ignore[no-any-return]


def channel_of(number: Any) -> ColumnElement[int]:
    """The channel of a packed number."""
    return number % CHANNELS  # type: ignore[no-any-return]


def frozen_holdings(first: CTE, until: int) -> FrozenHoldings:
    """What units held at their instant `t0`; visitors whose customer is not known have no holdings."""
    request = MomentsRequest(0, UnitKind.CUSTOMER, cut=until, mature_before=until, columns=())
    return FrozenHoldings(request, first, prefix="at_")


def masks(frozen: FrozenHoldings) -> CTE:
    """hm(unit, mask): a bit per family held, 0 for nothing; units whose holdings are not known are absent."""
    bit = func.coalesce(func.sum(_bit(frozen.tiers.c.family_id)), 0)
    joined = select(frozen.statement.c.unit, bit.cast(BigInt).label("mask"))
    joined = joined.outerjoin(frozen.tiers, frozen.tiers.c.unit == frozen.statement.c.unit)
    grouped: Select[Any] = joined.group_by(frozen.statement.c.unit)
    return grouped.cte("hm")


def _bit(family: Any) -> ColumnElement[int]:
    return cast(1, BigInt).op("<<", return_type=BigInt)(family)


def unmarked(unit: Any) -> ColumnElement[bool]:
    """Whether nothing says that a unit is a bot, internal traffic or inhumanly busy."""
    return ~select(UnitMarkRow.unit).where(UnitMarkRow.unit == unit).exists()
