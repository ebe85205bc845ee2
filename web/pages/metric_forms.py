"""How the values of each metric are written: shares in percent, money in the currency of the deployment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from experiments.domain.metric import MONEY, EventKind, Metric, MetricKind, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.decision.metric_result import MetricResult

MOST_DIGITS = 6
#: Answers of people, and numbers that events bring along.
SCORES = frozenset({Value.NUMBER, Value.NET_SCORE})


def metric_forms(metrics: Iterable[Metric], currency: str) -> dict[str, str]:
    """{metric key: form of `web.formatters.metrics`}, for metrics whose kind alone does not say it."""
    forms = {metric.key: _form(metric, currency) for metric in metrics}
    return {key: form for key, form in forms.items() if form is not None}


def digit_forms(rows: Iterable[MetricResult]) -> dict[str, str]:
    """Forms of plain numbers with the digits their intervals can tell: two of the half-width."""
    digits: dict[str, int] = {}
    for row in rows:
        effect = row.absolute
        if row.kind is MetricKind.RATE or effect.lo is None or effect.hi is None or effect.lo >= effect.hi:
            continue
        needed = 1 - math.floor(math.log10((effect.hi - effect.lo) / 2))
        digits[row.metric] = max(digits.get(row.metric, 0), min(max(needed, 0), MOST_DIGITS))
    return {key: f"number:{number}" for key, number in digits.items()}


def is_money(metric: Metric) -> bool:
    """Whether the metric sums money per unit, which the facts hold in minor units."""
    return metric.kind is MetricKind.MEAN and metric.column.value in MONEY


def is_share(metric: Metric) -> bool:
    """Whether the metric is a share: of units, or of sales among all sales."""
    if metric.kind is not MetricKind.RATIO or metric.denominator is None:
        return metric.kind is MetricKind.RATE
    parts = (metric.column, metric.denominator)
    return all(part.value is Value.COUNT and part.event.kind is EventKind.SALE for part in parts)


def unit_word(metric: Metric, currency: str) -> str:
    """The unit in which a value of the metric is typed; "" where it has none, such as a score."""
    if is_share(metric):
        return "%"
    if metric.column.value is Value.SECONDS:
        return "seconds"
    if metric.kind is not MetricKind.MEAN:
        return ""
    return currency if is_money(metric) else "" if metric.column.value in SCORES else "per unit"


def _form(metric: Metric, currency: str) -> str | None:
    if (unit := metric.measured_in(currency)) is not None:
        return "seconds" if unit == "s" else f"money:{unit}"
    return "percent" if is_share(metric) else None
