"""What a metric counts, as short sentences for the page of definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.decision.formats import opening
from experiments.domain.metric import EventKind, MetricKind, Value

if TYPE_CHECKING:
    from experiments.domain.metric import Column, EventFilter, Metric

_KINDS = {
    EventKind.SALE: "sales",
    EventKind.CONTACT: "contacts",
    EventKind.SURVEY: "survey answers",
    EventKind.CUSTOM: "events",
    EventKind.PAGE: "page views",
}
_VALUES = {
    Value.COUNT: "number of {}",
    Value.QUANTITY: "quantity of {}",
    Value.REVENUE: "monthly price of {}",
    Value.MARGIN: "expected margin of {}",
    Value.SECONDS: "seconds of {}",
    Value.NUMBER: "value of {}",
    Value.ORDERS: "number of orders among {}",
    Value.NET_SCORE: "promoters less detractors of {}",
}


def counted(metric: Metric) -> str:
    """For example "Share of units with sales (relation up) within 28 days; 14 days to send back"."""
    events = _events(metric.column.event)
    if metric.kind is MetricKind.RATE:
        what = f"Share of units with {_least(metric.column)}{events}"
    elif metric.denominator is None:
        what = opening(f"{_column(metric.column)} per unit")
    else:
        what = opening(f"{_column(metric.column)} over {_column(metric.denominator)}")
    back = f"; a refund within {metric.return_days} days takes the sale back" if metric.return_days else ""
    return f"{what}, within {metric.window_days} days after first exposure{back}."


def _least(column: Column) -> str:
    if column.at_least == 1:
        return ""
    return f"at least {column.at_least} {'orders among ' if column.value is Value.ORDERS else ''}"


def _column(column: Column) -> str:
    cap = f" (at most {column.cap:g} per unit)" if column.cap is not None else ""
    return _VALUES[column.value].format(_events(column.event)) + cap


def _events(event: EventFilter) -> str:
    parts = (
        ("named", (event.name,) if event.name else ()),
        ("relation", event.relations),
        ("family", event.families),
        ("product", event.products),
        ("channel", event.channels),
    )
    told = [f"{word} {' or '.join(values)}" for word, values in parts if values]
    return _KINDS[event.kind] + (f" ({', '.join(told)})" if told else "")
