"""Metrics and their versions."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.metric import EventKind, MetricKind, Value
from experiments.services import metrics as service
from experiments.services.clock import now_us
from experiments.services.metric_documents import describe_metric, read_metric
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import page, page_of
from web.auth import current_actor

bp = blueprint("metrics", "Named, versioned definitions of what is measured.")


class ColumnSchema(Schema):
    """One number per unit: which events, and what of them is summed."""

    event = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EventKind]))
    name = fields.String(allow_none=True)
    relations = fields.List(fields.String())
    families = fields.List(fields.String())
    products = fields.List(fields.String())
    channels = fields.List(fields.String())
    value = fields.String(validate=validate.OneOf([value.value for value in Value]))
    cap = fields.Float(allow_none=True)


class MetricSchema(Schema):
    """One version of a metric."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(dump_only=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in MetricKind]))
    direction = fields.String(validate=validate.OneOf(["higher", "lower"]))
    window_days = fields.Integer()
    covariate_days = fields.Integer()
    return_days = fields.Integer()
    protected = fields.Boolean()
    description = fields.String()
    sources = fields.List(fields.String())
    column = fields.Nested(ColumnSchema, required=True)
    denominator = fields.Nested(ColumnSchema, allow_none=True)


@bp.get("/metrics")
@bp.response(200, page_of(MetricSchema))
def list_metrics() -> Any:
    """The newest version of every metric."""
    with read() as session:
        return page([describe_metric(metric) for metric in service.all_metrics(session)])


@bp.post("/metrics")
@bp.doc(**described(MetricSchema))
@bp.response(200, MetricSchema)
def save_metric() -> Any:
    """Add a metric, or the next version of one that changed; launched tests keep theirs."""
    metric = read_metric(body())
    with write() as session:
        return describe_metric(service.save_metric(session, current_actor(), now_us(), metric))


@bp.get("/metrics/<key>")
@bp.response(200, MetricSchema)
def show_metric(key: str) -> Any:
    """The newest version of one metric."""
    with read() as session:
        return describe_metric(service.metric_by_key(session, key))
