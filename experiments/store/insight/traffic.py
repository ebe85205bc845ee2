"""One statement for all opportunities: who was seen where, what they held, and what they bought afterwards.

Rows (place, mask, channel, visits, what, units, worth, extra) of four kinds, told apart by `what`:

- `SEEN`: units seen at a place, their views in `extra`;
- a family's code: units that bought of this family, which they did not hold; + `HELD` where they held it and moved up
  or added; `ANY_CROSS` and `ANY_UP` of any family; the expected margin of what they bought in `worth`;
- `BOTH`: units seen at both places, the second in `channel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Double, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.domain.holding import RELATION_CODE, Relation
from experiments.domain.journey import Step
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.insight.funnel import UNKNOWN
from experiments.store.insight.people import (
    channel_of,
    frozen_holdings,
    instant,
    known_visitors,
    masks,
    packed,
    unit_of,
    unmarked,
)
from experiments.store.insight.sights import sights
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.run import prepare
from experiments.store.moments.statement import kept_back
from experiments.store.tables import OutcomeRow, PageViewRow
from experiments.store.types import BigInt

SEEN, BOTH, ANY_CROSS, ANY_UP, HELD = -1, -2, 100, 300, 200
#: Page views in the days before: none, some, many.
SOME_VISITS, MANY_VISITS = 1, 5
_CROSS = (RELATION_CODE[Relation.CROSS], RELATION_CODE[Relation.NEW])
_UP = RELATION_CODE[Relation.UP]
_MORE = (_UP, RELATION_CODE[Relation.ADD])


@dataclass(frozen=True, slots=True)
class TrafficRequest:
    """What is asked.

    Args:
        places: a step per place.
        since, until: µs; first sights in [since, until) count.
        window, before: µs after the first sight in which sales count, and before `since` in which views are counted.
        returns: µs after an order in which a refund takes it back.
        least_rank: least trust in the source of a sale.
    """

    places: tuple[Step, ...]
    since: int
    until: int
    window: int
    before: int
    returns: int
    least_rank: int


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """One row; see the head of the module."""

    place: int
    mask: int
    channel: int
    visits: int
    what: int
    units: int
    worth: float
    extra: int


def traffic(session: Session, request: TrafficRequest) -> list[TrafficRow]:
    """Everything in one question."""
    prepare(session)
    found = session.execute(_statement(session, request))
    return [_row(*row) for row in found]


def _row(place: Any, mask: Any, channel: Any, visits: Any, what: Any, units: Any, worth: Any, extra: Any) -> TrafficRow:
    """PostgreSQL sums whole numbers to decimals."""
    return TrafficRow(place, int(mask), channel, visits, int(what), int(units), float(worth), int(extra))


def _statement(session: Session, request: TrafficRequest) -> Any:
    end = request.until + request.window + request.returns
    k = known_visitors(end)
    v = _seen(sights(session, request.places, request.since, request.until, k))
    begun = select(v.c.unit, func.min(v.c.t0).label("t0")).group_by(v.c.unit).cte("begun")
    frozen = frozen_holdings(begun, end)
    who = _who(request, k, begun, masks(frozen))
    bought = _bought(_sold(request, k, v, frozen))
    return union_all(_units(v, who), _buyers(v, who, bought), _both(v, who))


def _seen(s: CTE) -> CTE:
    """v(unit, place, t0, channel, views): everybody's first sight of every place."""
    least = func.min(packed(s.c.at, s.c.channel)).label("least")
    g = select(s.c.unit, s.c.step, least, func.count().label("views")).where(s.c.unit.is_not(None))
    g = g.where(unmarked(s.c.unit)).group_by(s.c.unit, s.c.step)
    f = g.subquery("g")
    t0, channel = instant(f.c.least).label("t0"), channel_of(f.c.least).label("channel")
    return select(f.c.unit, f.c.step.label("place"), t0, channel, f.c.views).cte("v")


def _who(request: TrafficRequest, k: CTE, begun: CTE, mask: CTE) -> CTE:
    """u(unit, mask, visits): what everybody held, and how much they had visited before."""
    unit = unit_of(PageViewRow, k)
    earlier = and_(PageViewRow.at >= request.since - request.before, PageViewRow.at < request.since)
    prior = (
        select(unit.label("unit"), func.count().label("views"))
        .select_from(PageViewRow)
        .outerjoin(k, k.c.visitor == PageViewRow.visitor)
        .where(earlier)
        .group_by(unit)
        .subquery("prior")
    )
    views = func.coalesce(prior.c.views, 0)
    band = case((views >= MANY_VISITS, 2), (views >= SOME_VISITS, 1), else_=0)
    query = select(begun.c.unit, func.coalesce(mask.c.mask, UNKNOWN).label("mask"), band.label("visits"))
    query = query.select_from(begun).outerjoin(mask, mask.c.unit == begun.c.unit)
    return query.outerjoin(prior, prior.c.unit == begun.c.unit).cte("u")


def _sold(request: TrafficRequest, k: CTE, v: CTE, frozen: Any) -> CTE:
    """sold(unit, place, family_id, relation, worth): kept sales that followed a sight within the window."""
    row, told = OutcomeRow, ("id", "kind", "at", "order_key", "product_id", "family_id", "tier", "multiple", "rank")
    names = (*told, "quantity", "margin")
    s = (
        select(unit_of(row, k).label("unit"), *(getattr(row, name) for name in names))
        .select_from(row)
        .outerjoin(k, k.c.visitor == row.visitor)
        .where(row.kind == KIND_CODE[EventKind.SALE], row.rank >= request.least_rank)
        .where(row.at >= request.since, row.at < request.until + request.window)
        .cte("sale")
    )
    end = request.until + request.window + request.returns
    back = kept_back(MomentsRequest(0, UnitKind.CUSTOMER, end, end, (), return_window=request.returns), s)
    assert back is not None
    kept = s.c.quantity - func.coalesce(back.c.back, 0)
    worth = cast(s.c.margin, Double) * kept / s.c.quantity
    relation = frozen.relation(s).label("relation")
    query = select(v.c.unit, v.c.place, s.c.family_id, relation, worth.label("worth")).select_from(s)
    query = query.join(v, and_(v.c.unit == s.c.unit, s.c.at >= v.c.t0, s.c.at < v.c.t0 + request.window))
    query = query.outerjoin(back, back.c.id == s.c.id)
    query = query.outerjoin(frozen.statement, frozen.statement.c.unit == s.c.unit)
    query = query.outerjoin(frozen.counts, frozen.counts.c.unit == s.c.unit)
    tier = and_(frozen.tiers.c.unit == s.c.unit, frozen.tiers.c.family_id == s.c.family_id)
    return query.outerjoin(frozen.tiers, tier).where(kept > 0).cte("sold")


def _bought(sold: CTE) -> CTE:
    """b(unit, place, what, worth): a row per person, place and kind of sale, however often they bought."""

    def of(what: Any, relations: Sequence[int]) -> Select[Any]:
        columns = (sold.c.unit, sold.c.place, cast(what, BigInt).label("what"), sold.c.worth)
        return select(*columns).where(sold.c.relation.in_(relations))

    family = cast(sold.c.family_id, BigInt)
    kinds = (of(family, _CROSS), of(literal(ANY_CROSS), _CROSS), of(family + HELD, _MORE), of(literal(ANY_UP), (_UP,)))
    e = union_all(*kinds).subquery("e")
    query = select(e.c.unit, e.c.place, e.c.what, func.sum(e.c.worth).label("worth"))
    return query.group_by(e.c.unit, e.c.place, e.c.what).cte("b")


def _units(v: CTE, u: CTE) -> Select[Any]:
    what, worth = literal(SEEN, BigInt).label("what"), literal(0.0, Double).label("worth")
    keys = (v.c.place, u.c.mask, v.c.channel, u.c.visits)
    counted = (func.count().label("units"), worth, func.sum(v.c.views).label("extra"))
    return select(*keys, what, *counted).join(u, u.c.unit == v.c.unit).group_by(*keys)


def _buyers(v: CTE, u: CTE, b: CTE) -> Select[Any]:
    keys = (v.c.place, u.c.mask, v.c.channel, u.c.visits, b.c.what)
    counted = (func.count().label("units"), func.sum(b.c.worth).label("worth"), literal(0, BigInt).label("extra"))
    joined = select(*keys, *counted).select_from(b).join(v, and_(v.c.unit == b.c.unit, v.c.place == b.c.place))
    return joined.join(u, u.c.unit == b.c.unit).group_by(*keys)


def _both(v: CTE, u: CTE) -> Select[Any]:
    other = v.alias("other")
    none, worth = literal(0, BigInt), literal(0.0, Double).label("worth")
    keys = (v.c.place, u.c.mask, other.c.place.label("channel"))
    counted = (func.count().label("units"), worth, none.label("extra"))
    query = select(*keys, none.label("visits"), literal(BOTH, BigInt).label("what"), *counted)
    query = query.join(other, and_(other.c.unit == v.c.unit, other.c.place > v.c.place))
    return query.join(u, u.c.unit == v.c.unit).group_by(v.c.place, u.c.mask, other.c.place)
