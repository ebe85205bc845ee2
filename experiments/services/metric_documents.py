"""Metric definitions as JSON documents, read and written."""

from __future__ import annotations

from typing import Any

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.holding import Relation
from experiments.domain.metric import Column, Direction, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.services.fields import Fields, placed

METRIC = (
    "key",
    "name",
    "kind",
    "column",
    "denominator",
    "version",
    "direction",
    "window_days",
    "covariate_days",
    "return_days",
    "protected",
    "description",
    "sources",
)
COLUMN = ("event", "value", "cap", "at_least", "name", "relations", "families", "products", "channels")
_DIRECTIONS = {"higher": Direction.HIGHER, "lower": Direction.LOWER}
_WORDS = {direction: word for word, direction in _DIRECTIONS.items()}


def read_metric(data: Any) -> Metric:
    """A metric from its document; the version is given by saving it.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", METRIC)
    with placed("", "metric"):
        return Metric(
            key=fields.text("key"),
            name=fields.text("name"),
            kind=fields.choice("kind", MetricKind),
            column=_read_column(fields.raw("column"), "column"),
            window_days=fields.whole("window_days", 28),
            direction=_read_direction(fields),
            denominator=_read_column(fields.raw("denominator"), "denominator") if fields.has("denominator") else None,
            covariate_days=fields.whole("covariate_days", 0),
            protected=fields.flag("protected", False),
            description=fields.text("description", ""),
            sources=fields.texts("sources"),
            return_days=fields.whole("return_days", 0),
        )


def describe_metric(metric: Metric) -> dict[str, Any]:
    """The document that `read_metric` reads, with its version."""
    return {
        "key": metric.key,
        "name": metric.name,
        "version": metric.version,
        "kind": metric.kind.value,
        "direction": _WORDS[metric.direction],
        "window_days": metric.window_days,
        "covariate_days": metric.covariate_days,
        "return_days": metric.return_days,
        "protected": metric.protected,
        "description": metric.description,
        "sources": list(metric.sources),
        "column": _describe_column(metric.column),
        "denominator": metric.denominator and _describe_column(metric.denominator),
    }


def _read_direction(fields: Fields) -> Direction:
    word = fields.text("direction", "higher")
    if word not in _DIRECTIONS:
        at = fields.at("direction")
        raise DomainError("unknown_choice", f"{at} == {word!r}, must be one of higher, lower.", at)
    return _DIRECTIONS[word]


def _read_column(data: Any, path: str) -> Column:
    fields = Fields(data, path, COLUMN)
    with placed(path, "metric.event", "metric"):
        event = EventFilter(
            kind=fields.choice("event", EventKind),
            name=fields.text("name") if fields.has("name") else None,
            relations=fields.choices("relations", Relation),
            families=fields.texts("families"),
            products=fields.texts("products"),
            channels=fields.choices("channels", Channel),
        )
        return Column(
            event, fields.choice("value", Value, Value.COUNT), fields.maybe_number("cap"), fields.whole("at_least", 1)
        )


def _describe_column(column: Column) -> dict[str, Any]:
    event = column.event
    return {
        "event": event.kind.value,
        "name": event.name,
        "relations": [relation.value for relation in event.relations],
        "families": list(event.families),
        "products": list(event.products),
        "channels": [channel.value for channel in event.channels],
        "value": column.value.value,
        "cap": column.cap,
        "at_least": column.at_least,
    }
