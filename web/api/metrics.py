"""Metrics and their versions."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.channel import Channel
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import MAX_WINDOW_DAYS, MOST_AT_LEAST, EventKind, Metric, MetricKind, Value
from experiments.services import metric_preview, ready_metrics
from experiments.services import metrics as service
from experiments.services.clock import now_us, to_iso
from experiments.services.metric_documents import describe_metric, read_metric
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.rules import Rule, absent, any_of, both, has, no_items, where, word
from web.api.schemas import key_field, name_field, within
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("metrics", "Named, versioned definitions of what is measured.")


def _word_of(words: type[StrEnum]) -> fields.String:
    return fields.String(validate=validate.OneOf([each.value for each in words]))


def _but(*values: Value) -> Rule:
    """Every number of an event but some; left out, events are counted."""
    return word(*(value.value for value in Value if value not in values), None)


#: Only sales have relations, families and products.
NO_LINES = where(relations=no_items(), families=no_items(), products=no_items())
NEITHER = _but(Value.ORDERS, Value.NET_SCORE)
#: Only a rate asks for a total.
ANY_NUMBER = where(at_least=word(1, None))


class ColumnSchema(Schema):
    """One number per unit: which events, and what of them is summed."""

    event = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EventKind]))
    name = fields.String(allow_none=True, metadata={"description": "Of a custom event; of pages a path with *."})
    relations = fields.List(_word_of(Relation))
    families = fields.List(fields.String())
    products = fields.List(fields.String())
    channels = fields.List(_word_of(Channel))
    value = fields.String(validate=validate.OneOf([value.value for value in Value]))
    at_least = fields.Integer(metadata=within(1, MOST_AT_LEAST) | {"description": "Of a rate: from which total on."})
    cap = fields.Float(allow_none=True, metadata=within(above=0))
    RULES = (
        any_of(
            where(event=word(EventKind.SALE), value=_but(Value.NET_SCORE)),
            both(where(event=word(EventKind.SURVEY), value=_but(Value.ORDERS)), NO_LINES),
            both(
                where(event=word(EventKind.CUSTOM), value=NEITHER),
                has(name={"type": "string", "minLength": 1}),
                NO_LINES,
            ),
            both(where(event=word(EventKind.CONTACT, EventKind.PAGE), value=NEITHER), NO_LINES),
        ),
    )


class MetricSchema(Schema):
    """One version of a metric."""

    key = key_field(required=True)
    name = name_field(required=True)
    version = fields.Integer(dump_only=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in MetricKind]))
    direction = fields.String(validate=validate.OneOf(["higher", "lower"]))
    window_days = fields.Integer(metadata=within(1, MAX_WINDOW_DAYS))
    covariate_days = fields.Integer(metadata=within(0, MAX_WINDOW_DAYS))
    return_days = fields.Integer(metadata=within(0, MAX_WINDOW_DAYS))
    protected = fields.Boolean()
    description = fields.String()
    sources = fields.List(fields.String())
    column = fields.Nested(ColumnSchema, required=True)
    denominator = fields.Nested(ColumnSchema, allow_none=True)
    RULES = (
        any_of(
            both(where(kind=word(MetricKind.RATE)), absent("denominator")),
            both(where(kind=word(MetricKind.MEAN), column=ANY_NUMBER), absent("denominator")),
            both(where(kind=word(MetricKind.RATIO), column=ANY_NUMBER), has("denominator")),
        ),
    )


METRICS: Listing[Metric] = Listing(
    MetricSchema,
    describe_metric,
    unique=lambda metric: metric.key,
    orders={"key": lambda metric: metric.key, "name": lambda metric: metric.name.casefold()},
    usual="key",
    filters=(
        Filter("kind", "Only metrics of this kind.", lambda metric: metric.kind.value, tuple(MetricKind)),
        Filter("event", "Only of this event.", lambda one: one.column.event.kind.value, tuple(EventKind)),
    ),
    searched=lambda metric: (metric.key, metric.name, metric.description),
)
VERSIONS: Listing[Metric] = Listing(
    MetricSchema,
    describe_metric,
    unique=lambda metric: metric.version,
    orders={"version": lambda metric: metric.version},
    usual="-version",
)


@listed(bp, "/metrics", METRICS)
def list_metrics() -> Any:
    """The newest version of every metric."""
    with read() as session:
        return METRICS.answer(service.all_metrics(session))


@bp.post("/metrics")
@bp.doc(**described(MetricSchema))
@bp.doc(tagged=True)
@bp.response(200, MetricSchema)
def save_metric() -> Any:
    """Add a metric, or the next version of one that changed; launched tests keep theirs."""
    metric = read_metric(body())
    with write() as session:
        known = next(iter(service.metric_versions(session, metric.key)), None)
        tags.check(None if known is None else describe_metric(known))
        return tags.tagged(describe_metric(service.save_metric(session, current_actor(), now_us(), metric)))


@bp.get("/metrics/<key>")
@bp.response(200, MetricSchema)
def show_metric(key: str) -> Any:
    """The newest version of one metric."""
    with read() as session:
        return tags.tagged(describe_metric(service.metric_by_key(session, key)))


@listed(bp, "/metrics/<key>/versions", VERSIONS)
def list_versions(key: str) -> Any:
    """Every version of one metric, newest first."""
    with read() as session:
        service.metric_by_key(session, key)
        return VERSIONS.answer(service.metric_versions(session, key))


class DayValueSchema(Schema):
    """A day and its value; null where there is nothing to divide by."""

    at = fields.String(required=True)
    value = fields.Float(required=True, allow_none=True)


class PreviewSchema(Schema):
    """What a metric would have said in the last 28 days; money in minor units."""

    unit = fields.String(required=True, validate=validate.OneOf([unit.value for unit in UnitKind]))
    units = fields.Integer(required=True)
    share = fields.Float(required=True, metadata={"description": "Part of all units that was read."})
    window_days = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)
    variance = fields.Float(required=True, allow_none=True)
    zero_share = fields.Float(required=True, allow_none=True)
    cap = fields.Float(required=True, allow_none=True, metadata={"description": "99.9th percentile of the totals."})
    by_day = fields.List(fields.Nested(DayValueSchema), required=True)


@bp.post("/metric-preview")
@bp.doc(**described(MetricSchema))
@bp.response(200, PreviewSchema)
def look() -> Any:
    """What a definition would have said in the last 28 days, on a sample of units; saves nothing."""
    metric = read_metric(body())
    with read() as session:
        found = metric_preview.preview(session, metric, now_us())
    days = [{"at": to_iso(at), "value": value} for at, value in found.by_day]
    return {**asdict(found), "unit": found.unit.value, "by_day": days}


@listed(bp, "/ready-metrics", METRICS)
def list_ready() -> Any:
    """Ready metrics that are not in the catalogue."""
    with read() as session:
        return METRICS.answer(ready_metrics.missing_metrics(session, deployment().settings.digital))


@bp.post("/ready-metrics/<key>")
@bp.response(201, MetricSchema)
def add_ready(key: str) -> Any:
    """Add a ready metric as it stands."""
    with write() as session:
        digital = deployment().settings.digital
        return describe_metric(ready_metrics.add_ready(session, current_actor(), now_us(), key, digital))
