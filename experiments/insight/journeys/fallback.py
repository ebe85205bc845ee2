"""Figures of shops that know neither who buys nor what they hold: they need orders only, and describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from experiments.insight.journeys.counts import OrderWeek
from experiments.stats.proportion import Proportion, proportion
from experiments.stats.tails import critical_value, tail_of

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """What orders say.

    Args:
        lines: mean lines per order, with the normal interval lines_lo to lines_hi; None under two orders.
        addon: share of orders with an add-on.
        priority: share of orders with priority shipping; None where no product stands for it.
    """

    orders: int
    lines: float | None
    lines_lo: float | None
    lines_hi: float | None
    addon: Proportion
    priority: Proportion | None


def order_figures(weeks: Sequence[OrderWeek]) -> OrderFigures:
    """Over some weeks together."""
    orders, lines = sum(week.orders for week in weeks), sum(week.lines for week in weeks)
    squares = sum(week.lines_squared for week in weeks)
    told = [week.with_priority for week in weeks if week.with_priority is not None]
    priority = proportion(sum(told), orders) if told else None
    addon = proportion(sum(week.with_addon for week in weeks), orders)
    if orders < 2:
        return OrderFigures(orders, None, None, None, addon, priority)
    mean = lines / orders
    variance = max(0.0, squares - orders * mean**2) / (orders - 1)
    half = critical_value(tail_of(LEVEL), None, None) * sqrt(variance / orders)
    return OrderFigures(orders, mean, mean - half, mean + half, addon, priority)
