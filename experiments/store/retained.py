"""Who of a cohort still holds something, so many days after first exposure."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from experiments.store.moments.request import DAY, MomentsRequest
from experiments.store.moments.units import cohort, customers_at_exposure
from experiments.store.tables import HoldingRow


@dataclass(frozen=True, slots=True)
class Retained:
    """Of one variant: units that held something at first exposure, of them those that still do, and those followed."""

    units: int
    kept: int
    followed: int


def retained(session: Session, request: MomentsRequest, days: int, statement_days: int) -> dict[int, Retained]:
    """Counts by variant.

    Args:
        days: after first exposure.
        statement_days: a unit is followed where a full statement came within so many days before the read-out.
    """
    u = cohort(request)
    k = customers_at_exposure(request, u)
    start, end = k.c.t0, k.c.t0 + days * DAY
    last = _last_full(k.c.customer, end)
    kept = case((_holds(k.c.customer, end), 1), else_=0)
    followed = case((last >= end - statement_days * DAY, 1), else_=0)
    inner = (
        select(u.c.v.label("v"), kept.label("kept"), followed.label("followed"))
        .join(k, k.c.unit == u.c.unit)
        .where(_holds(k.c.customer, start, known_at=start))
        .subquery("held")
    )
    total, sums = func.count(), [func.sum(column).cast(Integer) for column in (inner.c.kept, inner.c.followed)]
    rows = session.execute(select(inner.c.v, total, *sums).group_by(inner.c.v))
    return {int(v): Retained(int(n), int(still or 0), int(seen or 0)) for v, n, still, seen in rows}


def _last_full(customer: ColumnElement[int], at: ColumnElement[int]) -> ColumnElement[int]:
    """Instant of the latest full statement up to then, 0 where there was none."""
    full = aliased(HoldingRow)
    found = select(func.max(full.as_of)).where(full.customer == customer, full.complete, full.as_of <= at)
    return func.coalesce(found.scalar_subquery(), 0)


def _holds(
    customer: ColumnElement[int], at: ColumnElement[int], known_at: ColumnElement[int] | None = None
) -> ColumnElement[bool]:
    """Whether any product is held then; `known_at` asks only what was known before, or told of everybody alike."""
    row = HoldingRow
    since = and_(row.as_of >= _last_full(customer, at), row.as_of <= at)
    known = true() if known_at is None else or_(row.received_at <= known_at, row.independent)
    return exists().where(row.customer == customer, row.product_id > 0, since, known)
