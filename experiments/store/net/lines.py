"""Order lines with their class, their age and what they are worth against the holdings frozen at exposure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    union,
    union_all,
)

from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE, RELATION_CODE
from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.request import DAY
from experiments.store.moments.statement import has_bit, kept_back, same_line
from experiments.store.net.request import NetRequest, SaleMasks
from experiments.store.tables import ProductPriceRow
from experiments.store.types import BigInt

PROMOTED, PROTECTED, OTHER = 1, 2, 3
_FOREVER = 2**62
_SAME, _UP, _DOWN = (RELATION_CODE[relation] for relation in (Relation.SAME, Relation.UP, Relation.DOWN))


def sale_lines(request: NetRequest, gu: CTE, s: CTE, frozen: FrozenHoldings) -> CTE:
    """line(unit, g, cls, shown, early, day, family_id, channel, product_id, order_key, kept, x, once): minor units.

    `once` is the part of x that does not depend on how long the customer stays.

    Args:
        gu: units with their groups.
        s: events attributed to units.
    """
    sold = _sold(request, s, frozen)
    worth = _worth(request, sold, frozen)
    factor: ColumnElement[Any] = literal(1.0, Double)
    source: Any = gu
    query = source.join(worth, worth.c.unit == gu.c.unit)
    if request.cap is not None:
        total = select(worth.c.unit, func.sum(func.abs(worth.c.value)).label("size")).group_by(worth.c.unit).cte("size")
        query = query.join(total, total.c.unit == worth.c.unit)
        cap = literal(request.cap, Double)
        factor = case((total.c.size > cap, cap / total.c.size), else_=1.0)
    age = worth.c.at - worth.c.t0
    columns = (
        gu.c.unit,
        gu.c.g,
        _class(request, worth).label("cls"),
        case((worth.c.channel.in_(request.channels), 1), else_=0).label("shown"),
        case((age <= request.early, 1), else_=0).label("early"),
        _bucket(request, age).label("day"),
        worth.c.family_id,
        worth.c.channel,
        worth.c.product_id,
        worth.c.order_key,
        worth.c.kept,
        (worth.c.value * factor).label("x"),
        (worth.c.once * factor).label("once"),
    )
    return select(*columns).select_from(query).cte("line")


def _sold(request: NetRequest, s: CTE, frozen: FrozenHoldings) -> CTE:
    """sold(id, unit, t0, at, …, relation, held, kept, share): sales after exposure, `held` lines of products held."""
    kept = kept_back(request.events, s)
    back: ColumnElement[Any] = literal(0) if kept is None else func.coalesce(kept.c.back, 0)
    quantity = s.c.quantity - back
    facts = ("id", "unit", "t0", "at", "channel", "family_id", "product_id", "order_key", "margin", "tier")
    query = select(
        *(s.c[name] for name in facts),
        frozen.relation(s).label("relation"),
        func.coalesce(frozen.counts.c.held, 0).label("held"),
        quantity.label("kept"),
        (cast(quantity, Double) / s.c.quantity).label("share"),
    )
    same_family = and_(frozen.tiers.c.unit == s.c.unit, frozen.tiers.c.family_id == s.c.family_id)
    source: Any = s.outerjoin(frozen.statement, frozen.statement.c.unit == s.c.unit)
    source = source.outerjoin(frozen.counts, frozen.counts.c.unit == s.c.unit).outerjoin(frozen.tiers, same_family)
    if kept is not None:
        source = source.outerjoin(kept, same_line(kept, s))
    sale = and_(s.c.kind == KIND_CODE[EventKind.SALE], s.c.rank >= request.least_rank, s.c.at >= s.c.t0)
    return query.select_from(source).where(sale).cte("sold")


def _worth(request: NetRequest, sold: CTE, frozen: FrozenHoldings) -> CTE:
    """worth(…, value, once): kept × [months × (margin − discount − replaced) + once] + change on the rest held."""
    price = _prices()
    gone = _gone(request, sold, frozen, price)
    kept = cast(sold.c.kept, Double)
    lost = kept * price.c.months * func.coalesce(gone.c.margin, 0)
    # What is still held beside the replaced products loses the discount; a line given back in full changes nothing.
    rest = and_(sold.c.kept > 0, sold.c.held > func.coalesce(gone.c.products, 0))
    less = case((rest, cast(price.c.months * price.c.held_discount, Double)), else_=0.0)
    renewal = case((price.c.retention != 0, price.c.retention), else_=request.retention)
    value = case((sold.c.relation == _SAME, kept * renewal), else_=sold.c.share * sold.c.margin - lost - less)
    once = case((sold.c.relation == _SAME, kept * renewal), else_=kept * price.c.one_off)
    source = sold.join(price, _valid(price, sold.c.product_id, sold.c.at)).outerjoin(gone, gone.c.id == sold.c.id)
    columns = ("unit", "t0", "at", "channel", "family_id", "product_id", "order_key", "relation", "kept")
    return (
        select(*(sold.c[name] for name in columns), value.label("value"), once.label("once"))
        .select_from(source)
        .cte("worth")
    )


def _gone(request: NetRequest, sold: CTE, frozen: FrozenHoldings, price: CTE) -> CTE:
    """gone(id, margin, products): margin per month of the held products that end when the sold one begins."""
    held = frozen.lines.alias("top_line")
    top = frozen.tiers.alias("top_tier")
    # The tier below or above replaces the highest one held of its family; of two such products the first.
    highest = (
        select(held.c.unit, held.c.family_id, func.min(held.c.product_id).label("product_id"))
        .join(top, and_(top.c.unit == held.c.unit, top.c.family_id == held.c.family_id, top.c.tier == held.c.tier))
        .group_by(held.c.unit, held.c.family_id)
        .cte("highest")
    )
    same_family = and_(highest.c.unit == sold.c.unit, highest.c.family_id == sold.c.family_id)
    steps: list[Select[Any]] = [
        select(sold.c.id, sold.c.at, highest.c.product_id)
        .join(highest, same_family)
        .where(sold.c.relation.in_((_UP, _DOWN)))
    ]
    if request.replaces:
        steps.append(_declared(request, sold, frozen))
    replaced = union(*steps).cte("replaced")
    return (
        select(replaced.c.id, func.sum(price.c.margin).label("margin"), func.count().label("products"))
        .join(price, _valid(price, replaced.c.product_id, replaced.c.at))
        .group_by(replaced.c.id)
        .cte("gone")
    )


def _declared(request: NetRequest, sold: CTE, frozen: FrozenHoldings) -> Select[Any]:
    """Held products that the catalogue says are replaced, except by a renewal of them."""
    rows = (
        select(literal(product, BigInt).label("product_id"), literal(old, BigInt).label("old"))
        for product, old in request.replaces
    )
    table = union_all(*rows).cte("replaces")
    held = frozen.lines.alias("replaced_line")
    return (
        select(sold.c.id, sold.c.at, held.c.product_id)
        .join(table, table.c.product_id == sold.c.product_id)
        .join(held, and_(held.c.unit == sold.c.unit, held.c.product_id == table.c.old))
        .where(sold.c.relation != _SAME)
    )


def _prices() -> CTE:
    """price(product_id, since, until, …): each line of the history with where it ends; the first holds since ever."""
    row = ProductPriceRow
    window: Any = {"partition_by": row.product_id, "order_by": row.valid_from}
    after = func.lead(row.valid_from).over(**window)
    before = func.lag(row.valid_from).over(**window)
    return select(
        row.product_id,
        case((before.is_(None), -_FOREVER), else_=row.valid_from).label("since"),
        func.coalesce(after, literal_column(str(_FOREVER))).label("until"),
        row.margin,
        row.months,
        row.held_discount,
        row.retention,
        row.one_off,
    ).cte("price")


def _valid(price: CTE, product: ColumnElement[int], at: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(price.c.product_id == product, price.c.since <= at, price.c.until > at)


def _class(request: NetRequest, line: CTE) -> ColumnElement[int]:
    promoted, protected = (_matches(masks, line) for masks in (request.promoted, request.protected))
    return case((promoted, PROMOTED), (protected, PROTECTED), else_=OTHER)


def _matches(masks: SaleMasks, line: CTE) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [literal_column("1") == 1]
    for mask, code in ((masks.families, line.c.family_id), (masks.relations, line.c.relation)):
        if mask != -1:
            parts.append(has_bit(literal(mask, BigInt), code))
    return and_(*parts)


def _bucket(request: NetRequest, age: ColumnElement[int]) -> ColumnElement[int]:
    """Place of the first day end that the age does not exceed."""
    last = len(request.day_ends) - 1
    ends = [(age <= end * DAY, place) for place, end in enumerate(request.day_ends)]
    return case(*ends, else_=last)


def sales_before(request: NetRequest, gu: CTE, s: CTE) -> Select[Any]:
    """(unit, g, x): sales before exposure as they were known then; what came back later is a thing of after."""
    sale = and_(s.c.kind == KIND_CODE[EventKind.SALE], s.c.rank >= request.least_rank, s.c.at < s.c.t0)
    x = cast(s.c.margin, Double).label("x")
    return select(gu.c.unit, gu.c.g, x).join(s, s.c.unit == gu.c.unit).where(sale)
