"""Hit rate: buyers among the customers whom tests reached, in any channel."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, Double, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.contact_centre.handled import Span, squared
from experiments.store.contact_centre.measures import BUYS_WITHIN, EVERY, HITS
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import kept_back
from experiments.store.overview.measures import RETURN_WINDOW
from experiments.store.tables import ExposureRow, LinkRow, OutcomeRow

_SALE = KIND_CODE[EventKind.SALE]
#: An instant and a channel in one number, so that the smallest one is the channel of the first instant.
_CHANNELS = 16


def reached(span: Span, phases: Collection[int], least_rank: int) -> Select[Any]:
    """Rows (measure, channel, bucket, people, n, x, nn, nx, xx); the channel is that of the first exposure.

    Customers count in the period in which their days to buy have passed, so that nobody is counted too early. Only
    tests that draw customers can say who bought in another channel.
    """
    first = _first(span, phases)
    bought = _buyers(first, span, least_rank)
    x = case((first.c.customer.in_(select(bought.c.customer)), cast(1.0, Double)), else_=cast(0.0, Double))
    hits = select(first.c.channel, cast(1.0, Double).label("n"), x.label("x")).cte("hits")
    sums, keys = squared(hits.c.n, hits.c.x), (literal(HITS).label("measure"),)
    by = select(*keys, hits.c.channel, literal(0).label("bucket"), *sums).group_by(hits.c.channel)
    # A sum over nobody is no row: the count decides.
    every = select(*keys, literal(EVERY).label("channel"), literal(0).label("bucket"), *sums).having(func.count() > 0)
    rows = union_all(by, every).subquery()
    return select(rows)


def _first(span: Span, phases: Collection[int]) -> CTE:
    """first(customer, at, channel): who was reached for the first time by a phase, once per customer and period."""
    e, earlier = ExposureRow, aliased(ExposureRow)
    start, end = span.start - BUYS_WITHIN, span.end - BUYS_WITHIN
    before = select(earlier.seq).where(earlier.phase_id == e.phase_id, earlier.unit == e.unit, earlier.at < start)
    when = func.min(e.at * _CHANNELS + e.channel)
    found = (
        select(e.unit.label("customer"), when.label("first_at"))
        .where(e.phase_id.in_(sorted(phases) or [-1]), e.at >= start, e.at < end, e.variant >= 0)
        .where(~before.exists())
        .group_by(e.unit)
        .cte("found")
    )
    channel = (found.c.first_at % _CHANNELS).label("channel")
    at = (found.c.first_at // _CHANNELS).label("at")
    return select(found.c.customer, at, channel).cte("first")


def _buyers(first: CTE, span: Span, least_rank: int) -> CTE:
    o = OutcomeRow
    names = (o.id, o.kind, o.at, o.order_key, o.product_id, o.quantity, o.rank)
    in_time = (o.at >= first.c.at, o.at < first.c.at + BUYS_WITHIN, o.kind == _SALE, o.rank >= least_rank)
    told = and_(o.received_at <= span.until, *in_time)
    own = select(*names, first.c.customer).join(first, and_(o.customer == first.c.customer, told))
    link = and_(LinkRow.customer == first.c.customer, LinkRow.verified)
    through = (
        select(*names, first.c.customer)
        .select_from(first)
        .join(LinkRow, link)
        # Of nobody's customer; written so that SQLite goes by the visitor and not through all such rows.
        .join(o, and_(o.visitor == LinkRow.visitor, func.coalesce(o.customer, 0) == 0, told))
    )
    s = union_all(own, through).cte("s")
    kept = kept_back(MomentsRequest(0, UnitKind.CUSTOMER, span.until, span.until, (), return_window=RETURN_WINDOW), s)
    assert kept is not None
    left = s.c.quantity - func.coalesce(kept.c.back, 0)
    return select(s.c.customer).distinct().outerjoin(kept, kept.c.id == s.c.id).where(left > 0).cte("bought")
