"""What the last report of every test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from experiments.decision.words import Action
from experiments.domain.experiment import Status
from experiments.services import read_out
from experiments.services.kept_reports import KINDS
from web.api.document import blueprint, read
from web.api.listing import Filter, Listing, listed

if TYPE_CHECKING:
    from experiments.services.read_out import Result

bp = blueprint("results", "What every test shows.")


class ResultSchema(Schema):
    """What the report people read verdicts from says; `/experiments/{key}/report` has all of it."""

    experiment = fields.String()
    name = fields.String()
    owner = fields.String()
    status = fields.String(validate=validate.OneOf([status.value for status in Status]))
    phase = fields.Integer()
    kind = fields.String(validate=validate.OneOf(KINDS))
    computed_at = fields.String()
    action = fields.String(validate=validate.OneOf([action.value for action in Action]))
    title = fields.String()
    provisional = fields.Boolean(metadata={"description": "Whether a later look may change it."})
    exposed = fields.Integer(metadata={"description": "Units so far, all variants together."})


RESULTS: Listing[Result] = Listing(
    ResultSchema,
    lambda result: result.to_dict(),
    unique=lambda result: result.experiment,
    orders={"computed_at": lambda result: result.computed_at, "experiment": lambda result: result.experiment},
    usual="-computed_at",
    filters=(
        Filter("status", "Only of tests in this state.", lambda result: result.status, tuple(Status)),
        Filter("action", "Only with this recommendation.", lambda result: result.action, tuple(Action)),
        Filter("owner", "Only of tests of this owner.", lambda result: result.owner),
    ),
    searched=lambda result: (result.experiment, result.name, result.title),
)


@listed(bp, "/results", RESULTS)
def list_results() -> Any:
    """What the last report of every test says, newest first."""
    with read() as session:
        return RESULTS.answer(read_out.results(session))
