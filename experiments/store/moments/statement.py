"""The statement in long form: event → (unit, column, value) → sums → products by a self-join on the unit.

Columns are rows and never pivoted, so the cost follows what units bought and not the square of the columns. Only
units with an event are joined; the number of units comes from the exposures.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    FromClause,
    Label,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind, Value
from experiments.domain.source import RANK, SourceKind
from experiments.store.codes import KIND_CODE
from experiments.store.moments.relations import FrozenHoldings, FrozenPerSale
from experiments.store.moments.request import ColumnRequest, MomentsRequest, bit_mask
from experiments.store.moments.units import attributed, cohort, known_at
from experiments.store.tables import RefundRow
from experiments.store.types import BigInt

_VALUE_CODE = {value: code for code, value in enumerate(Value, start=1)}
#: From 9 on somebody recommends, up to 6 they warn (Reichheld, "The One Number You Need to Grow", HBR 2003).
PROMOTER, DETRACTOR = 9, 6
#: Columns are numbered below this; so are variants.
PAIR_BASE = 10_000
#: Stands for the number of units of a variant in the result rows.
UNITS = PAIR_BASE - 1


def moments_statement(request: MomentsRequest) -> CompoundSelect[Any]:
    """Rows (pair, count, sum_a, sum_b, sum_ab) for every variant and pair of columns a <= b with a unit that has both;
    and one row per variant whose columns are both `UNITS`, with its number of units.

    `pair` is one whole number, read back by `read_pair`: databases sort and hash one number much faster than three.
    """
    u = cohort(request)
    totals = _totals(request, u)
    a, b = totals.alias("a"), totals.alias("b")
    products = products_of_pairs(a, b, pair_number(a.c.v, a.c.col, b.c.col))
    alone = pair_number(u.c.v, literal(UNITS, BigInt), literal(UNITS, BigInt))
    units = select(alone, func.count(), *no_sums()).group_by(alone)
    return union_all(products, units)


def products_of_pairs(
    a: FromClause, b: FromClause, pair: ColumnElement[int], *same: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Rows (pair, count, sum_a, sum_b, sum_ab) of units that have both columns; the later column never comes first.

    Args:
        a, b: twice the same rows (unit, col, x).
        same: what else must be equal on both sides.
    """
    columns = (
        pair.label("pair"),
        func.count().label("count"),
        func.sum(a.c.x).label("sum_a"),
        func.sum(b.c.x).label("sum_b"),
        func.sum(a.c.x * b.c.x).label("sum_ab"),
    )
    return select(*columns).join(b, and_(b.c.unit == a.c.unit, *same, b.c.col >= a.c.col)).group_by(pair)


def no_sums() -> tuple[Label[float], ...]:
    """Zeros in place of the three sums, for rows that only count."""
    return tuple(literal(0.0, Double).label(name) for name in ("za", "zb", "zab"))


def pair_number(variant: ColumnElement[int], a: ColumnElement[int], b: ColumnElement[int]) -> ColumnElement[int]:
    """Group and two columns as one whole number; see `read_pair`."""
    base = literal(PAIR_BASE, BigInt)
    return (cast(variant, BigInt) * base + a) * base + b


def read_pair(pair: int) -> tuple[int, int, int]:
    """(variant, column a, column b) of a row."""
    rest, b = divmod(pair, PAIR_BASE)
    variant, a = divmod(rest, PAIR_BASE)
    return variant, a, b


def unit_totals(request: MomentsRequest) -> Select[Any]:
    """Rows (unit, col, x) of the cohort: what every unit has in every column in which it has something."""
    totals = _totals(request, cohort(request))
    return select(totals.c.unit, totals.c.col, totals.c.x)


def _totals(request: MomentsRequest, u: CTE) -> CTE:
    """l(unit, v, col, x): one row per unit and column with something in it, shifted and capped."""
    s = attributed(request, u)
    m = _column_table(request)
    e = _values(request, u, s, m).subquery("e")
    total = func.sum(e.c.x).label("total")
    t = (
        select(e.c.unit, func.min(e.c.v).label("v"), e.c.col, total)
        .group_by(e.c.unit, e.c.col)
        .having(total != 0)
        .subquery("t")
    )
    x = case((m.c.is_binary == 1, _reached(request, t.c.total, m)), (t.c.total > m.c.cap, m.c.cap), else_=t.c.total)
    columns = (t.c.unit, t.c.v, t.c.col, (cast(x, Double) - m.c.shift).label("x"))
    return select(*columns).join(m, m.c.col == t.c.col).cte("l")


def _reached(request: MomentsRequest, total: ColumnElement[float], m: CTE) -> ColumnElement[float]:
    """1 for a unit whose total makes it count in a rate."""
    enough = total > 0
    if any(column.at_least > 1 for column in request.columns):
        enough = and_(enough, total >= m.c.at_least)
    return case((enough, 1.0), else_=0.0)


def _values(request: MomentsRequest, u: CTE, s: CTE, m: CTE) -> Select[Any]:
    """e(unit, v, col, x): one row per outcome and column it counts in."""
    matches = [m.c.kind == s.c.kind, s.c.at >= s.c.t0 + m.c.start_at, s.c.at < s.c.t0 + m.c.end_at]
    matches += _filters(request, s, m)
    kept = kept_back(request, s)
    query = select(s.c.unit, s.c.v, m.c.col, _value(request, s, m, kept).label("x")).select_from(s)
    if kept is not None:
        query = query.outerjoin(kept, same_line(kept, s))
    if request.needs_relations:
        frozen = FrozenPerSale(s) if request.unit is UnitKind.AGENT else FrozenHoldings(request, u)
        holder = frozen.key(s)
        query = query.outerjoin(frozen.statement, frozen.statement.c.unit == holder)
        query = query.outerjoin(frozen.counts, frozen.counts.c.unit == holder)
        same_family = and_(frozen.tiers.c.unit == holder, frozen.tiers.c.family_id == s.c.family_id)
        query = query.outerjoin(frozen.tiers, same_family)
        matches.append(or_(m.c.relations == -1, has_bit(m.c.relations, frozen.relation(s))))
    joined: Select[Any] = query.join(m, and_(*matches))
    return joined


def _filters(request: MomentsRequest, s: CTE, m: CTE) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if any(column.least_rank for column in request.columns):
        conditions.append(s.c.rank >= m.c.least_rank)
    for name, fact in (("families", "family_id"), ("channels", "channel"), ("sources", "source_id")):
        if any(getattr(column, name) for column in request.columns):
            conditions.append(or_(m.c[name] == -1, has_bit(m.c[name], s.c[fact])))
    for name, fact in (("products", "product_id"), ("names", "name_id")):
        pairs = [(index, code) for index, column in enumerate(request.columns) for code in getattr(column, name)]
        if pairs:
            conditions.append(_listed(m.c[f"any_{name}"], pairs, m.c.col, s.c[fact], name))
    return conditions


def has_bit(mask: ColumnElement[int], code: Any) -> ColumnElement[bool]:
    """Whether the bit of a code is set in a mask."""
    one = mask.op(">>", return_type=BigInt)(code).op("&", return_type=BigInt)(1)
    return one == 1


def _listed(
    unrestricted: ColumnElement[int], pairs: list[tuple[int, int]], col: ColumnElement[int], code: Any, name: str
) -> ColumnElement[bool]:
    rows = [select(literal(index).label("col"), literal(value, BigInt).label("code")) for index, value in pairs]
    table = union_all(*rows).cte(name)
    found = select(table.c.col).where(table.c.col == col, table.c.code == code).exists()
    return or_(unrestricted == 1, found)


def _value(request: MomentsRequest, s: CTE, m: CTE, kept: CTE | None) -> ColumnElement[Any]:
    """What an outcome adds to its column; money shrinks with the quantity that was kept."""
    quantity: Any = None if kept is None else s.c.quantity - func.coalesce(kept.c.back, 0)
    amounts: dict[Value, Any] = {Value.COUNT: literal(1.0, Double)}
    if quantity is not None:
        amounts[Value.COUNT] = case((quantity > 0, 1.0), else_=0.0)
    for column in request.columns:
        if column.value is Value.ORDERS:
            amounts[Value.ORDERS] = _first_of_order(s, m, quantity)
        elif column.value is not Value.COUNT:
            amounts[column.value] = _amount(column.value, s, quantity)
    wanted = {column.value for column in request.columns}
    branches = [(m.c.value == _VALUE_CODE[value], amount) for value, amount in amounts.items() if value in wanted]
    return case(*branches, else_=0.0)


def _first_of_order(s: CTE, m: CTE, quantity: Any) -> ColumnElement[Any]:
    """1 for one line of each order that kept something, among the lines that count in the column."""
    kept: Any = literal(1) if quantity is None else case((quantity > 0, 1), else_=0)
    place = func.row_number().over(partition_by=(s.c.unit, m.c.col, s.c.order_key), order_by=(-kept, s.c.id))
    return case((and_(kept == 1, place == 1), 1.0), else_=0.0)


def _amount(value: Value, s: CTE, quantity: Any) -> ColumnElement[Any]:
    if value is Value.NET_SCORE:
        return case((s.c.number >= PROMOTER, 1.0), (s.c.number <= DETRACTOR, -1.0), else_=0.0)
    if value is Value.QUANTITY:
        return cast(s.c.quantity if quantity is None else quantity, Double)
    if value in (Value.REVENUE, Value.MARGIN):
        whole = cast(s.c[value.value], Double)
        return whole if quantity is None else whole * quantity / s.c.quantity
    return cast(s.c[value.value], Double)


def kept_back(request: MomentsRequest, s: CTE) -> CTE | None:
    """kept(id, back): quantity of each order line given back within the return window of its order.

    Where columns look at what came before exposure, also by unit (`same_line`): of such a sale only what had come back
    by then is taken off, because what comes back later is a thing of after.
    """
    if request.return_window is None:
        return None
    whole = or_(RefundRow.quantity == 0, RefundRow.quantity > s.c.quantity)
    amount = func.sum(case((whole, s.c.quantity), else_=RefundRow.quantity))
    back = case((amount > s.c.quantity, s.c.quantity), else_=amount)
    line = [s.c.id, s.c.unit] if request.reads_before else [s.c.id]
    in_time = [RefundRow.at <= s.c.at + request.return_window, RefundRow.at <= request.cut]
    if request.reads_before:
        by_then = and_(RefundRow.at <= s.c.t0, known_at(request, RefundRow, s.c.t0))
        in_time.append(or_(s.c.at >= s.c.t0, by_then))
    return (
        select(*line, back.label("back"))
        .join(RefundRow, RefundRow.order_key == s.c.order_key)
        .where(
            s.c.kind == KIND_CODE[EventKind.SALE],
            or_(RefundRow.product_id == 0, RefundRow.product_id == s.c.product_id),
            # A browser can take back no sale that a server or an import has told.
            or_(RefundRow.rank >= RANK[SourceKind.SERVER], RefundRow.rank >= s.c.rank),
            *in_time,
        )
        .group_by(*line, s.c.quantity)
        .cte("kept")
    )


def same_line(kept: CTE, s: CTE) -> ColumnElement[bool]:
    """Whether a row of `kept_back` is about a row of `s`."""
    line = kept.c.id == s.c.id
    return and_(line, kept.c.unit == s.c.unit) if "unit" in kept.c else line


def _column_table(request: MomentsRequest) -> CTE:
    return union_all(*(_column_row(index, column) for index, column in enumerate(request.columns))).cte("m")


def _column_row(index: int, column: ColumnRequest) -> Select[Any]:
    no_cap = 1.7e308
    return select(
        literal(index).label("col"),
        literal(KIND_CODE[column.kind]).label("kind"),
        literal(_VALUE_CODE[column.value]).label("value"),
        literal(column.start, BigInt).label("start_at"),
        literal(column.end, BigInt).label("end_at"),
        literal(int(column.binary)).label("is_binary"),
        literal(column.cap if column.cap is not None else no_cap, Double).label("cap"),
        literal(column.shift, Double).label("shift"),
        literal(column.relation_mask, BigInt).label("relations"),
        literal(bit_mask(column.families), BigInt).label("families"),
        literal(bit_mask(column.channels), BigInt).label("channels"),
        literal(bit_mask(column.sources), BigInt).label("sources"),
        literal(int(not column.products)).label("any_products"),
        literal(int(not column.names)).label("any_names"),
        literal(column.least_rank).label("least_rank"),
        literal(column.at_least).label("at_least"),
    )
