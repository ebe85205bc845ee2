"""What running a test cost, and what it returned."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.domain.checks import TEXT_MAX
from experiments.domain.run_cost import MOST, RunCost
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from experiments.services.returns import WORDS, return_of_test, set_cost
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import within
from web.auth import current_actor
from web.deployment import deployment

bp = blueprint("returns", "Net value of a year of what a test shipped, against what running the test cost.")


class RunCostSchema(Schema):
    """The typed cost of one test, in major units of the deployment's money."""

    hours = fields.Float(load_default=0.0, metadata={"minimum": 0, "maximum": 1_000_000})
    rate = fields.Float(load_default=0.0, metadata={"minimum": 0, "maximum": 1_000_000})
    other = fields.Float(load_default=0.0, metadata=within(0, MOST))
    note = fields.String(load_default="", metadata={"maxLength": TEXT_MAX})
    total = fields.Float(dump_only=True)


class ReturnSchema(Schema):
    """The return of one test; null where `status` says why it cannot be computed."""

    experiment = fields.String()
    name = fields.String()
    status = fields.String(metadata={"enum": list(WORDS)})
    why = fields.String()
    value = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    cost = fields.Float(allow_none=True)
    gain = fields.Float(allow_none=True)
    gain_low = fields.Float(allow_none=True)
    gain_high = fields.Float(allow_none=True)
    times = fields.Float(allow_none=True)
    typed = fields.Nested(RunCostSchema, allow_none=True)


@bp.get("/experiments/<key>/return")
@bp.response(200, ReturnSchema)
def show(key: str) -> Any:
    """What it brought and cost."""
    current_actor()
    with read() as session:
        return return_of_test(session, key, now_us(), deployment().settings.currency).to_dict()


@bp.put("/experiments/<key>/cost")
@bp.doc(**described(RunCostSchema))
@bp.response(200, ReturnSchema)
def type_cost(key: str) -> Any:
    """Keep what running it cost, in place of what was typed before."""
    given = Fields(body(), "cost", ("hours", "rate", "other", "note"))
    hours, rate, other = (given.number(name, 0.0) for name in ("hours", "rate", "other"))
    cost = RunCost(hours=hours, rate=rate, other=other, note=given.text("note", ""))
    with write() as session:
        set_cost(session, current_actor(), now_us(), key, cost)
        return return_of_test(session, key, now_us(), deployment().settings.currency).to_dict()
