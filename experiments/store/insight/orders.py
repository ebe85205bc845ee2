"""Orders by week: their lines, and whether something was added; needs to know nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, case, distinct, func, select
from sqlalchemy.orm import Session

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.moments.request import DAY
from experiments.store.tables import OutcomeRow, ProductRow

WEEK = 7 * DAY


class Orders(NamedTuple):
    """Orders of one week."""

    week: int
    orders: int
    lines: int
    lines_squared: int
    with_addon: int
    with_priority: int


def orders_by_week(
    session: Session, since: int, until: int, addons: Sequence[str], priority: Sequence[str], least_rank: int
) -> list[Orders]:
    """Weeks of [since, until) in which anything was ordered.

    Args:
        addons: products that make an order one with an add-on; empty = any second product.
        least_rank: least trust in the source, so that browsers count only while nothing better exists.
    """
    o = _orders(session, since, until, addons, priority, least_rank).subquery("o")
    week = ((o.c.at - since) // WEEK).label("week")
    sums = (
        func.count(),
        func.sum(o.c.lines),
        func.sum(o.c.lines * o.c.lines),
        func.sum(o.c.addon),
        func.sum(o.c.priority),
    )
    return [Orders(*map(int, row)) for row in session.execute(select(week, *sums).group_by(week).order_by(week))]


def _orders(
    session: Session, since: int, until: int, addons: Sequence[str], priority: Sequence[str], least_rank: int
) -> Select[Any]:
    product = OutcomeRow.product_id
    several = case((func.count(distinct(product)) > 1, 1), else_=0)
    return (
        select(
            func.min(OutcomeRow.at).label("at"),
            func.count().label("lines"),
            (_any(product, _ids(session, addons)) if addons else several).label("addon"),
            _any(product, _ids(session, priority)).label("priority"),
        )
        .where(
            OutcomeRow.kind == KIND_CODE[EventKind.SALE],
            OutcomeRow.at >= since,
            OutcomeRow.at < until,
            OutcomeRow.rank >= least_rank,
        )
        .group_by(OutcomeRow.order_key)
    )


def _any(product: Any, ids: list[int]) -> Any:
    return func.max(case((product.in_(ids), 1), else_=0))


def _ids(session: Session, keys: Sequence[str]) -> list[int]:
    return list(session.scalars(select(ProductRow.id).where(ProductRow.key.in_(keys))))
