"""What the first page shows: figures of a period, the turn of the wheel, the calendar."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from marshmallow import Schema, fields

from experiments.services.clock import maybe_iso, now_us, to_iso
from experiments.services.overview import Asked, calendar, figures, wheel
from web.api.compared import AmountSchema, ComparedSchema
from web.api.document import blueprint, read
from web.api.queries import CHANNEL, PERIOD, parameter
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("overview", "How sales and service are going, what waits for a decision, and what comes next.")
FILTERS = [
    PERIOD,
    parameter("journey", "Key of a journey."),
    CHANNEL,
    parameter("segment", "Keys of the families held, joined by +; or nothing, or unknown."),
]


class FigureSchema(ComparedSchema):
    """A figure with its days, and today as far as it has come."""

    kind = fields.String(metadata={"enum": ["count", "share", "mean", "seconds"]})
    by_day = fields.List(fields.Float(allow_none=True))
    by_day_before = fields.List(fields.Float(allow_none=True))
    today = fields.Nested(AmountSchema)
    same_day = fields.Nested(AmountSchema)


class LateSchema(Schema):
    """A source that has not delivered the whole period."""

    name = fields.String()
    until = fields.String()


class FiguresSchema(Schema):
    """All figures with their days."""

    asked = fields.Dict()
    days = fields.List(fields.String())
    days_before = fields.List(fields.String())
    until = fields.String()
    counted_at = fields.String(allow_none=True)
    today_until = fields.String(allow_none=True)
    complete = fields.Boolean()
    figures = fields.List(fields.Nested(FigureSchema))
    journeys = fields.List(fields.Nested(FigureSchema))
    late = fields.List(fields.Nested(LateSchema))
    segments = fields.List(fields.Dict())


class WheelSchema(Schema):
    """What to decide, what runs, what could start, what was learned lately."""

    to_decide = fields.List(fields.Dict())
    running = fields.List(fields.Dict())
    starting = fields.List(fields.Dict())
    learned = fields.List(fields.Dict())


class SpanSchema(Schema):
    """A test on the calendar."""

    key = fields.String()
    name = fields.String()
    layer = fields.String()
    status = fields.String()
    starts = fields.String()
    recruits_until = fields.String(allow_none=True)
    ends = fields.String(allow_none=True)
    waits_for = fields.String(allow_none=True)
    missing = fields.List(fields.String())


class OverviewSchema(Schema):
    """Everything the page shows."""

    figures = fields.Nested(FiguresSchema)
    wheel = fields.Nested(WheelSchema)
    calendar = fields.List(fields.Nested(SpanSchema))


@bp.get("/overview")
@bp.doc(parameters=FILTERS)
@bp.response(200, OverviewSchema)
def show() -> Any:
    """Figures of a period beside the one before, what waits for whom, and when tests run."""
    actor = current_actor()
    settings, now = deployment().settings, now_us()
    zone = ZoneInfo(settings.time_zone)
    with read() as session:
        found = figures(session, Asked.read(request.args), now, zone, settings.digital)
        turning, planned = wheel(session, now, zone, actor), calendar(session, now)
    return {
        "figures": found.to_dict(),
        "wheel": turning.to_dict(),
        "calendar": [
            {
                "key": span.key,
                "name": span.name,
                "layer": span.layer,
                "status": span.status.value,
                "starts": to_iso(span.starts),
                "recruits_until": maybe_iso(span.recruits_until),
                "ends": maybe_iso(span.ends),
                "waits_for": span.waits_for,
                "missing": list(span.missing),
            }
            for lane in planned.lanes
            for row in lane.rows
            for span in row
        ],
    }
