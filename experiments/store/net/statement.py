"""The statement: events → (unit, block, column, value) → sums → products by a self-join on unit and block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Double, and_, case, cast, distinct, func, literal, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from experiments.store.moments.statement import no_sums, pair_number, products_of_pairs
from experiments.store.moments.units import attributed
from experiments.store.net.columns import BINARY, BINARY_END, BLOCK, emitted
from experiments.store.net.lines import sale_lines
from experiments.store.net.request import Block, NetRequest
from experiments.store.net.units import Grouped
from experiments.store.types import BigInt

#: In place of a pair: the number of units with anything at all.
ACTIVE = -1


def net_statement(
    request: NetRequest, grouped: Grouped, sets: Sequence[int], shifts: Mapping[int, float]
) -> CompoundSelect[Any]:
    """Rows (pair, count, sum_a, sum_b, sum_ab) per group and pair of columns of one block with a unit that has both.

    Args:
        sets: masks of the largest holding sets.
        shifts: by number of the column, a constant subtracted before squaring.
    """
    totals = _totals(request, grouped, sets, shifts)
    a, b = totals.alias("a"), totals.alias("b")
    products = products_of_pairs(a, b, pair_number(a.c.g, a.c.col, b.c.col), b.c.blk == a.c.blk)
    active = select(literal(ACTIVE, BigInt), func.count(distinct(totals.c.unit)), *no_sums())
    return union_all(products, active)


def _totals(request: NetRequest, grouped: Grouped, sets: Sequence[int], shifts: Mapping[int, float]) -> CTE:
    """l(unit, g, blk, col, x): one row per unit and column with something in it."""
    gu = grouped.units(sets)
    s = attributed(request.events, grouped.u)
    line = sale_lines(request, gu, s, grouped.frozen)
    e = union_all(*emitted(request, gu, s, line)).subquery("e")
    total = func.sum(e.c.x).label("total")
    t = (
        select(e.c.unit, func.min(e.c.g).label("g"), func.min(e.c.blk).label("blk"), e.c.col, total)
        .group_by(e.c.unit, e.c.col)
        .having(total != 0)
        .subquery("t")
    )
    x: Any = cast(t.c.total, Double)
    if Block.SERVICE in request.blocks:
        first = Block.SERVICE * BLOCK
        once = and_(t.c.col >= first + BINARY, t.c.col < first + BINARY_END)
        x = case((once, literal(1.0, Double)), else_=x)
    if shifts:
        constants = [(t.c.col == column, literal(shift, Double)) for column, shift in shifts.items()]
        x = x - case(*constants, else_=literal(0.0, Double))
    return select(t.c.unit, t.c.g, t.c.blk, t.c.col, x.label("x")).cte("l")
