"""Who was at the first or last step of a journey, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, Connection, Select, and_, cast, func, literal, null, select, union_all

from experiments.store.overview.measures import JourneyMoments, Moment
from experiments.store.tables import LinkRow, OutcomeRow, PageViewRow
from experiments.store.types import BigInt

FIRST, LAST = 0, 1
#: µs a page view may lie in the future of its receipt, generously; see `first_seq`.
_AHEAD = 86_400_000_000


def owners(name: str = "owner") -> CTE:
    """(visitor, customer) by verified links; of several customers the same one every time."""
    customer = func.min(LinkRow.customer).label("customer")
    return select(LinkRow.visitor, customer).where(LinkRow.verified).group_by(LinkRow.visitor).cte(name)


def first_seq(connection: Connection, start: int) -> int:
    """A page view whose successors hold every view since `start`; found by halving, because `at` has no index.

    Views are numbered as they were received, and none is received long before it happens.
    """
    low, high = 0, connection.scalar(select(func.max(PageViewRow.seq))) or 0
    while low < high:
        middle = (low + high) // 2
        query = select(PageViewRow.received_at).where(PageViewRow.seq >= middle).order_by(PageViewRow.seq).limit(1)
        if (connection.scalar(query) or 0) < start - _AHEAD:
            low = middle + 1
        else:
            high = middle
    return low


def visited(
    journeys: Sequence[JourneyMoments], owner: CTE, start: int, end: int, seq: int, which: Sequence[int] = (FIRST,)
) -> CTE:
    """seen(person, at, channel, journey, step): everybody at these steps in [start, end)."""
    parts: list[Select[Any]] = [_nobody()]
    parts += [_at_step(journey, step, owner, start, end, seq) for journey in journeys for step in which]
    return union_all(*parts).cte("seen")


def _at_step(journey: JourneyMoments, step: int, owner: CTE, start: int, end: int, seq: int) -> Select[Any]:
    moment = journey.first if step == FIRST else journey.last
    row: Any = PageViewRow if moment.kind is None else OutcomeRow
    person = func.coalesce(row.customer, owner.c.customer, row.visitor)
    known = func.coalesce(row.customer, row.visitor).is_not(None)
    query = (
        select(
            person.label("person"),
            row.at,
            row.channel,
            literal(journey.id, BigInt).label("journey"),
            literal(step).label("step"),
        )
        .outerjoin(owner, owner.c.visitor == row.visitor)
        .where(known, row.at >= start, row.at < end)
    )
    if moment.kind is None:
        return query.where(PageViewRow.seq >= seq, PageViewRow.path_id.in_(moment.paths or (-1,)))
    return query.where(_is(moment))


def _is(moment: Moment) -> Any:
    kind = OutcomeRow.kind == moment.kind
    return kind if moment.name is None else and_(kind, OutcomeRow.name_id == moment.name)


def _nobody() -> Select[Any]:
    """So that the statement is whole where no journey is defined."""
    person = cast(null(), BigInteger).label("person")
    nobody: Any = select(
        person,
        literal(0, BigInt).label("at"),
        literal(0).label("channel"),
        literal(0, BigInt).label("journey"),
        literal(0).label("step"),
    )
    return nobody.where(literal(1) == 0)  # type: ignore[no-any-return]
