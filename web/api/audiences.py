"""Audiences: who may enter each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from experiments.domain.experiment import Status
from experiments.services import describe
from experiments.services import experiments as service
from web.api import tags
from web.api.document import blueprint, read
from web.api.listing import Filter, Listing, listed
from web.api.schemas import AudienceSchema, LayerSliceSchema

if TYPE_CHECKING:
    from experiments.domain.experiment import Experiment

bp = blueprint("audiences", "Who may enter: rules, offer policy, layer and share. Changed with the definition.")


class EntrySchema(Schema):
    """Who may enter the current phase of a test."""

    experiment = fields.String()
    status = fields.String(validate=validate.OneOf([status.value for status in Status]))
    phase = fields.Integer()
    enrolment = fields.Float(metadata={"description": "Share of eligible units that is let in."})
    audience = fields.Nested(AudienceSchema)
    layer = fields.Nested(LayerSliceSchema, allow_none=True)


def _entry(test: Experiment) -> dict[str, Any]:
    phase = test.phase
    return {
        "experiment": test.key,
        "status": test.status.value,
        "phase": phase.number,
        "enrolment": phase.enrolment,
        "audience": describe.audience(phase.audience),
        "layer": None if phase.layer is None else describe.layer_slice(phase.layer),
    }


AUDIENCES: Listing[Experiment] = Listing(
    EntrySchema,
    _entry,
    unique=lambda test: test.key,
    orders={"experiment": lambda test: test.key, "created_at": lambda test: test.created_at},
    usual="-created_at",
    filters=(
        Filter("status", "Only of tests in this state.", lambda test: test.status.value, tuple(Status)),
        Filter("layer", "Only of this layer.", lambda test: test.phase.layer.layer if test.phase.layer else None),
        Filter("attribute", "Only with a rule on it.", lambda test: [r.attribute for r in test.phase.audience.rules]),
    ),
    searched=lambda test: (test.key, test.name, test.phase.audience.description),
)


@listed(bp, "/audiences", AUDIENCES)
def list_audiences() -> Any:
    """Who may enter each test, newest first."""
    with read() as session:
        return AUDIENCES.answer(service.all_experiments(session))


@bp.get("/experiments/<key>/audience")
@bp.response(200, EntrySchema)
def show_audience(key: str) -> Any:
    """Who may enter one test."""
    with read() as session:
        return tags.tagged(_entry(service.by_key(session, key)))
