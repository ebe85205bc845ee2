"""The contact centre: figures per channel, what tests moved, offers seen, who was kept from an offer."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from experiments.services.clock import now_us
from experiments.services.contact_centre import Asked, board
from web.api.compared import AmountSchema, ComparedSchema
from web.api.document import blueprint, read
from web.api.queries import CHANNEL, PERIOD
from web.api.returns import ReturnSchema
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("contact-centre", "How the contact centre is going, and what tests moved of it.")
FILTERS = [PERIOD, CHANNEL]


class CountedAmountSchema(AmountSchema):
    """A figure of one period; `n` things of `people`, and its 95 % interval between people."""

    people = fields.Integer()


class ServiceFigureSchema(ComparedSchema):
    """A figure of a channel; `note` says why it is not testable."""

    kind = fields.String(metadata={"enum": ["count", "share", "mean", "seconds", "ratio"]})
    now = fields.Nested(CountedAmountSchema)
    before = fields.Nested(CountedAmountSchema)
    status = fields.String(metadata={"enum": ["ok", "not_measured", "not_testable"]})
    note = fields.String()


class ChannelFiguresSchema(Schema):
    """One channel; empty = all of them."""

    channel = fields.String()
    figures = fields.List(fields.Nested(ServiceFigureSchema))


class SeenSchema(Schema):
    """What followed on so many offers seen in the 30 days before."""

    offers = fields.String()
    acceptance = fields.Nested(CountedAmountSchema)
    csat = fields.Nested(CountedAmountSchema)


class PolicyTestSchema(Schema):
    """Units kept out of one test."""

    key = fields.String()
    name = fields.String()
    units = fields.Integer()


class PolicyReasonSchema(Schema):
    """One part of the offer policy."""

    reason = fields.String()
    words = fields.String()
    units = fields.Integer()
    share = fields.Float()
    tests = fields.List(fields.Nested(PolicyTestSchema))


class MovedSchema(Schema):
    """One figure in one test: its absolute effect per unit."""

    key = fields.String()
    title = fields.String()
    effect = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    level = fields.Float(allow_none=True)
    verdict = fields.String()


class ToldSchema(Schema):
    """One variant of one test."""

    experiment = fields.String()
    name = fields.String()
    variant = fields.String()
    title = fields.String()
    units = fields.Integer()
    final = fields.Boolean()
    words = fields.String()
    moved = fields.List(fields.Nested(MovedSchema))


class PromisedRowSchema(Schema):
    """Two variants that contradict each other, in the channels they were shown in, and who was shown both."""

    variant = fields.String()
    channel = fields.String()
    other_experiment = fields.String()
    other_name = fields.String()
    other_variant = fields.String()
    other_channel = fields.String()
    customers = fields.Integer()
    share = fields.Float()
    first = fields.String()
    last = fields.String()


class PromisedSchema(Schema):
    """Customers who were promised two things, as the test counted them."""

    experiment = fields.String()
    name = fields.String()
    row = fields.Nested(PromisedRowSchema)


class ContactCentreSchema(Schema):
    """Everything the page shows."""

    asked = fields.Dict()
    starts = fields.String(allow_none=True)
    ends = fields.String(allow_none=True)
    counted_at = fields.String(allow_none=True)
    total = fields.Nested(ChannelFiguresSchema)
    channels = fields.List(fields.Nested(ChannelFiguresSchema))
    fatigue = fields.List(fields.Nested(SeenSchema))
    policy = fields.List(fields.Nested(PolicyReasonSchema))
    tests = fields.List(fields.Nested(ToldSchema))
    conflicts = fields.List(fields.Nested(PromisedSchema))
    returns = fields.List(fields.Nested(ReturnSchema))


@bp.get("/contact-centre")
@bp.doc(parameters=FILTERS)
@bp.response(200, ContactCentreSchema)
def show() -> Any:
    """Figures of a period beside the one before, as the worker last counted them."""
    current_actor()
    with read() as session:
        return board(session, Asked.read(request.args), now_us(), deployment().settings.currency).to_dict()
