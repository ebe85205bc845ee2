"""Figures of a period beside the period before, as the overview and the contact centre answer with them."""

from __future__ import annotations

from marshmallow import Schema, fields


class AmountSchema(Schema):
    """A figure of one period; `n` is what it rests on, `low` and `high` its 95 % interval."""

    value = fields.Float(allow_none=True)
    n = fields.Integer()
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)


class ComparedSchema(Schema):
    """A figure beside the period before; `change` is relative for counts, a difference for the others."""

    key = fields.String()
    title = fields.String()
    now = fields.Nested(AmountSchema)
    before = fields.Nested(AmountSchema)
    change = fields.Float(allow_none=True)
    change_low = fields.Float(allow_none=True)
    change_high = fields.Float(allow_none=True)
