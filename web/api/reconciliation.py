"""Whether everything has arrived: sources by day, and links of exposed units by variant."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from marshmallow import Schema, fields

from experiments.services import reconciliation
from experiments.services.clock import now_us
from web.api.document import blueprint, read
from web.api.queries import parameter, whole_number
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("reconciliation", "What each source delivered, and what of it belongs to a unit of a running test.")
FILTERS = [
    parameter("source", "Only this source."),
    parameter("days", "So many last days.", type="integer", minimum=1, maximum=reconciliation.DAYS),
]


class StatedPairSchema(Schema):
    """Sales of which a sender states one relation and the holdings just before the order give another."""

    stated = fields.String()
    computed = fields.String()
    sales = fields.Integer()


class StatedRelationsSchema(Schema):
    """What senders state about sales, beside what the holdings give, which always counts."""

    sales = fields.Integer(metadata={"description": "Lines of orders whose sender states a relation."})
    conflicting = fields.Integer(metadata={"description": "Those of them for which the holdings give another one."})
    # A field, although a schema has a setting of that name.
    unknown = fields.Integer(  # type: ignore[assignment]
        metadata={"description": "Those whose holdings at the order are not known."}
    )
    unread = fields.Integer(metadata={"description": "Those whose word is none of ours."})
    pairs = fields.List(fields.Nested(StatedPairSchema))


class DaySchema(Schema):
    """One source on one day; `refused` items by the day they first came, the rest by when it happened."""

    day = fields.String()
    source = fields.String()
    sales = fields.Integer(metadata={"description": "Lines of orders."})
    sales_matched = fields.Integer()
    refunds = fields.Integer()
    contacts = fields.Integer()
    others = fields.Integer()
    matched = fields.Integer(metadata={"description": "Sales, contacts and others of a unit of a running test."})
    refused = fields.Integer()
    waiting = fields.Integer()
    relations_stated = fields.Integer(metadata={"description": "Order lines whose relation the source states."})
    relations_conflicting = fields.Integer(metadata={"description": "Those for which the holdings give another."})
    counted_at = fields.String()


class StateSchema(Schema):
    """How far a source has delivered."""

    source = fields.String()
    name = fields.String()
    kind = fields.String()
    watermark = fields.String(allow_none=True)
    last_day = fields.String(allow_none=True)
    sales = fields.Integer()
    sales_matched = fields.Integer()
    waiting = fields.Integer()
    stated_relations = fields.Nested(StatedRelationsSchema)


class LinkedVariantSchema(Schema):
    """Shares of exposed units whose customer is known."""

    key = fields.String()
    title = fields.String()
    exposed = fields.Integer()
    at_exposure = fields.Float(allow_none=True)
    at_cut = fields.Float(allow_none=True)


class LinkedSchema(Schema):
    """Links of a running test's units; an alarm is a difference between variants that is no chance."""

    experiment = fields.String()
    name = fields.String()
    by_customer = fields.Boolean()
    variants = fields.List(fields.Nested(LinkedVariantSchema))
    alarms = fields.List(fields.String())
    computed_at = fields.String(allow_none=True)


class ReconciliationSchema(Schema):
    """Everything the page shows."""

    sources = fields.List(fields.Nested(StateSchema))
    days = fields.List(fields.Nested(DaySchema))
    linked = fields.List(fields.Nested(LinkedSchema))


@bp.get("/reconciliation")
@bp.doc(parameters=FILTERS)
@bp.response(200, ReconciliationSchema)
def show() -> Any:
    """Sources, their last days, and links by variant, as the worker last counted them."""
    current_actor()
    zone = ZoneInfo(deployment().settings.time_zone)
    days = whole_number("days", 1, reconciliation.DAYS) or reconciliation.USUAL_DAYS
    with read() as session:
        rows = reconciliation.days_of(session, now_us(), zone, days=days, source=request.args.get("source", ""))
        return {
            "sources": [state.to_dict() for state in reconciliation.source_states(session, rows)],
            "days": [reconciliation.describe_day(row) for row in rows],
            "linked": [one.to_dict() for one in reconciliation.linked(session)],
        }
