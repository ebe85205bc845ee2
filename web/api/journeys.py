"""Journeys: the steps a visitor passes, by path or by event."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.journey import MOST_STEPS, MOST_WINDOW_DAYS, Journey, Match
from experiments.services import catalogue, describe, journeys
from experiments.services.clock import now_us
from experiments.services.insight import counting
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Listing, listed
from web.api.rules import any_of, has, where, word
from web.api.schemas import KEY_IN_PATH, distinct, key_field, name_field, within
from web.auth import current_actor

bp = blueprint("journeys", "Ordered steps of a visit, recognised by path or event.")


class StepSchema(Schema):
    """One step."""

    key = key_field(description="step-1, step-2 … where it is left out.")
    name = name_field(required=True)
    match = fields.String(validate=validate.OneOf([match.value for match in Match]))
    pattern = name_field(required=True, description="A path with *, or the name of an event.")
    RULES = (any_of(has(match=word(Match.EVENT)), where(match=word(Match.PATH, None), pattern={"pattern": "^[/*]"})),)


class JourneySchema(Schema):
    """A journey and its steps in their order."""

    key = key_field()
    name = name_field(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True, metadata={"minItems": 1, "maxItems": MOST_STEPS})
    families = distinct(key_field(), description="Families its pages were made to sell.")
    addons = distinct(key_field(), description="Products that are add-ons; none = any second one.")
    priority = distinct(key_field(), description="Products that stand for priority shipping.")
    window_days = fields.Integer(
        metadata=within(1, MOST_WINDOW_DAYS) | {"description": "Days from the first step in which the others count."}
    )
    version = fields.Integer(dump_only=True)
    archived = fields.Boolean(dump_only=True)


JOURNEYS: Listing[Journey] = Listing(
    JourneySchema,
    describe.journey,
    unique=lambda journey: journey.key,
    orders={"key": lambda journey: journey.key, "name": lambda journey: journey.name.casefold()},
    usual="key",
    searched=lambda journey: (journey.key, journey.name, *(step.pattern for step in journey.steps)),
)


@listed(bp, "/journeys", JOURNEYS)
def list_journeys() -> Any:
    """Every journey, archived ones too."""
    with read() as session:
        return JOURNEYS.answer(catalogue.all_journeys(session))


@bp.get("/journeys/<key>")
@bp.response(200, JourneySchema)
def show_journey(key: str) -> Any:
    """One journey."""
    with read() as session:
        return tags.tagged(describe.journey(catalogue.journey_by_key(session, key)))


@bp.put("/journeys/<key>")
@bp.doc(**described(JourneySchema), parameters=KEY_IN_PATH)
@bp.doc(tagged=True)
@bp.response(200, JourneySchema)
def save_journey(key: str) -> Any:
    """Add a journey, or its next version where anything changed; the worker counts it."""
    journey = journeys.read_journey(body(), key)
    with write() as session:
        known = next((each for each in catalogue.all_journeys(session) if each.key == key), None)
        tags.check(None if known is None else describe.journey(known))
        saved = journeys.save(session, current_actor(), now_us(), journey)
        counting.ask(session, current_actor(), now_us())
    return tags.tagged(describe.journey(saved))


@bp.delete("/journeys/<key>")
@bp.doc(tagged=True)
@bp.response(200, JourneySchema)
def delete_journey(key: str) -> Any:
    """Remove a journey; no test depends on it."""
    with write() as session:
        gone = describe.journey(catalogue.journey_by_key(session, key))
        tags.check(gone)
        catalogue.delete_journey(session, current_actor(), now_us(), key)
    return gone
