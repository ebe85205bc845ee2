"""Experiments from rehearsal to roll-out: one address per change of state."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import Schema, fields, validate

from experiments.domain.rollout import MAX_HOLDBACK
from experiments.services import decide, describe, experiments, launch, roll_out
from experiments.services.clock import now_us
from experiments.services.decide import Choice
from experiments.services.definition_parts import read_audience, read_layer, read_variants
from experiments.services.fields import WHOLE_MAX, Fields, placed
from experiments.services.roll_out_parts import read_roll_out
from web.api import tags
from web.api.document import blueprint, body, described, write
from web.api.rules import absent, any_of, both, has, where, word
from web.api.schemas import (
    AudienceSchema,
    ExperimentSchema,
    LayerSliceSchema,
    RollOutSchema,
    VariantSchema,
    text_field,
    within,
)
from web.auth import current_actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from experiments.domain.experiment import Experiment

bp = blueprint("changes", "Tests from rehearsal to roll-out.")
COMMON = ("revision", "reason")


class ChangeSchema(Schema):
    """What every change may say."""

    revision = fields.Integer(
        metadata={
            "minimum": 0,
            "maximum": WHOLE_MAX,
            "description": "What you last saw; else the newest.",
        }
    )
    reason = text_field()


class EnrolmentSchema(ChangeSchema):
    """The new share of eligible units."""

    share = fields.Float(required=True, metadata=within(high=1, above=0))


class NextPhaseSchema(ChangeSchema):
    """What changes; the rest stays."""

    variants = fields.List(fields.Nested(VariantSchema), metadata={"minItems": 2, "maxItems": 8})
    audience = fields.Nested(AudienceSchema)
    layer = fields.Nested(LayerSliceSchema)
    enrolment = fields.Float(metadata=within(high=1, above=0))


class DecideSchema(ChangeSchema):
    """The choice; shipping needs a roll-out, and leaving the recommendation needs a reason."""

    choice = fields.String(required=True, validate=validate.OneOf([choice.value for choice in Choice]))
    rollout = fields.Nested(RollOutSchema)
    RULES = (
        any_of(
            both(where(choice=word(Choice.SHIP)), has("rollout")),
            both(where(choice=word(Choice.KEEP_CONTROL)), absent("rollout")),
        ),
    )


class GrowSchema(ChangeSchema):
    """The new share and holdback."""

    share = fields.Float(required=True, metadata=within(high=1, above=0))
    holdback = fields.Float(required=True, metadata=within(0, MAX_HOLDBACK))


def plain_change(part: Any, address: str, change: Callable[..., Any], *, tagged: bool = False) -> None:
    """An address of a blueprint for a change that takes nothing but revision and reason.

    Args:
        address: what follows the key of the test; its last part names the endpoint.
        tagged: whether the revision may come as an ETag.
    """
    summary = (change.__doc__ or "").splitlines()[0]

    @part.post(f"/experiments/<key>/{address}", endpoint=address.rsplit("/", 1)[-1])
    @part.doc(tagged=tagged, summary=summary, **described(ChangeSchema, required=False))
    @part.response(200, ExperimentSchema)
    def view(key: str) -> Any:
        given = Fields(body(required=False), "", COMMON)
        with changing(key) as session:
            return told(change(session, current_actor(), now_us(), key, **common(given)))


for name, function in {
    "start-testing": launch.start_testing,
    "back-to-draft": launch.back_to_draft,
    "launch": launch.launch,
    "pause": launch.pause,
    "resume": launch.resume,
    "stop": launch.stop,
    "archive": launch.archive,
    "end-roll-out": roll_out.end_roll_out,
}.items():
    plain_change(bp, name, function, tagged=True)


@bp.post("/experiments/<key>/enrolment")
@bp.doc(**described(EnrolmentSchema))
@bp.doc(tagged=True)
@bp.response(200, ExperimentSchema)
def raise_enrolment(key: str) -> Any:
    """Let a larger share of eligible units in; within a phase the share may only rise."""
    given = Fields(body(), "", (*COMMON, "share"))
    share = given.number("share")
    with changing(key) as session:
        return told(launch.raise_enrolment(session, current_actor(), now_us(), key, share, **common(given)))


@bp.post("/experiments/<key>/phases")
@bp.doc(**described(NextPhaseSchema))
@bp.doc(tagged=True)
@bp.response(200, ExperimentSchema)
def next_phase(key: str) -> Any:
    """Begin the next phase with changed weights, audience, payload or layer."""
    given = Fields(body(), "", (*COMMON, "variants", "audience", "layer", "enrolment"))
    changed: dict[str, Any] = {
        "variants": read_variants(given) or None,
        "audience": read_audience(given.raw("audience")) if given.has("audience") else None,
        "layer": read_layer(given.raw("layer")),
        "enrolment": given.maybe_number("enrolment"),
    }
    with changing(key) as session:
        return told(launch.new_phase(session, current_actor(), now_us(), key, **changed, **common(given)))


@bp.post("/experiments/<key>/decide")
@bp.doc(**described(DecideSchema))
@bp.doc(tagged=True)
@bp.response(200, ExperimentSchema)
def decide_experiment(key: str) -> Any:
    """Close a stopped test: ship a variant, or keep the control."""
    given = Fields(body(), "", (*COMMON, "choice", "rollout"))
    choice, rollout = given.choice("choice", Choice), read_roll_out(given.raw("rollout"))
    with changing(key) as session:
        return told(decide.decide(session, current_actor(), now_us(), key, choice, rollout=rollout, **common(given)))


@bp.post("/experiments/<key>/roll-out")
@bp.doc(**described(GrowSchema))
@bp.doc(tagged=True)
@bp.response(200, ExperimentSchema)
def grow_roll_out(key: str) -> Any:
    """Give the winner to a larger share; the share may only rise and the holdback only fall."""
    given = Fields(body(), "", (*COMMON, "share", "holdback"))
    wanted: dict[str, Any] = {"share": given.number("share"), "holdback": given.number("holdback")}
    with placed("", "rollout"), changing(key) as session:
        return told(roll_out.raise_roll_out(session, current_actor(), now_us(), key, **wanted, **common(given)))


@contextmanager
def changing(key: str) -> Iterator[Session]:
    """A writing transaction, refused where If-Match names another state of the test."""
    with write() as session:
        if request.if_match:
            tags.check(describe.experiment(experiments.by_key(session, key)))
        yield session


def told(changed: Experiment) -> Any:
    """The changed test with its ETag."""
    return tags.tagged(describe.experiment(changed))


def common(given: Fields) -> dict[str, Any]:
    """What every change may say, as arguments of its service."""
    return {"revision": given.maybe_whole("revision"), "reason": given.text("reason", "")}
