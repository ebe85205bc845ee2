"""Shipped winners: where they stand, and how they go on."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from experiments.domain.checks import TEXT_MAX
from experiments.domain.errors import DomainError
from experiments.domain.rollout import DEFAULT_HOLDBACK, READ_OUTS, ReadAs
from experiments.services import roll_out
from experiments.services.alarms import Alarm, alarms_of, describe_alarm
from experiments.services.clock import now_us
from experiments.services.experiments import by_key
from experiments.services.fields import Fields, placed
from experiments.services.holdback_preview import preview
from experiments.services.roll_out_view import roll_out_view
from web.api.changes import COMMON, ChangeSchema, changing, common, plain_change, told
from web.api.document import blueprint, body, described, read
from web.api.listing import Filter, Listing, listed
from web.api.queries import parameter
from web.api.schemas import ExperimentSchema, RollOutSchema, name_field
from web.auth import current_actor

bp = blueprint("roll-outs", "Shipped winners: guard, steps, holdback, roll-back, history.")


class RollOutViewSchema(Schema):
    """Where a roll-out stands."""

    experiment = fields.String()
    rollout = fields.Nested(RollOutSchema, allow_none=True)
    guard = fields.Dict(allow_none=True, metadata={"description": "The newest reading of the guard."})
    read_outs = fields.List(fields.Dict(), metadata={"description": "Due, what each can see, what it told."})
    level = fields.Float(metadata={"description": "Confidence level of each read-out."})
    standard_error_times = fields.Float(allow_none=True, metadata={"description": "Of the one of a 50/50 test."})
    kept_share = fields.Float(metadata={"description": "Share of all units that keep a losing variant for now."})
    units_per_week = fields.Float(allow_none=True)
    alarms = fields.List(fields.Dict())
    history = fields.List(fields.Dict(), metadata={"description": "Deeds, newest first."})


class HoldbackPreviewSchema(Schema):
    """What a holdback could see."""

    holdback = fields.Float()
    held = fields.Float(metadata={"description": "Share of both sides, cut at the control's own range."})
    last = fields.Integer()
    read_as = fields.String()
    level = fields.Float()
    unevenness = fields.Float(allow_none=True, metadata={"description": "Standard errors of a 50/50 test."})
    units_per_week = fields.Float(allow_none=True, metadata={"description": "null while it is not measured."})
    lines = fields.List(fields.Dict(), metadata={"description": "By read-out: days, held, given, seen changes."})


class ExtendSchema(ChangeSchema):
    """Until which read-out the holdback is kept; the reason is asked for."""

    days = fields.Integer(required=True, metadata={"enum": list(READ_OUTS)})
    reason = name_field(required=True, at_most=TEXT_MAX, description="Who is held back goes without longer.")


class AlarmSchema(Schema):
    """Something people should hear of at once."""

    id = fields.Integer()
    at = fields.String()
    kind = fields.String(metadata={"description": "harm, split_broken"})
    experiment = fields.String(allow_none=True)
    sentence = fields.String()
    facts = fields.Dict()
    sent_at = fields.String(allow_none=True, metadata={"description": "When people were told; null while nobody was."})


@bp.get("/experiments/<key>/roll-out")
@bp.response(200, RollOutViewSchema)
def show(key: str) -> Any:
    """Share and steps, the guard's newest reading, the holdback's read-outs, alarms and history."""
    with read() as session:
        return roll_out_view(session, key).to_dict()


@bp.get("/experiments/<key>/roll-out/preview")
@bp.doc(
    parameters=[
        parameter(
            "holdback", "Share of all units that is held back; 0.05 where it is left out.",
            type="number", minimum=0, maximum=0.5,
        ),
        parameter("last_read_out", "30, 90, 180, 365 or 730; its usual day where it is left out.", type="integer"),
        parameter("read_as", "How it is read; by spending where it is left out.", enum=[one.value for one in ReadAs]),
    ]
)  # fmt: skip
@bp.response(200, HoldbackPreviewSchema)
def preview_holdback(key: str) -> Any:
    """What the read-outs of a holdback could see, before a winner is shipped."""
    asked = Fields(dict(request.args), "", ("holdback", "last_read_out", "read_as"))
    last = number_asked("last_read_out")
    read_as = asked.choice("read_as", ReadAs, ReadAs.SPENDING)
    share = number_asked("holdback")
    with read() as session:
        wanted = DEFAULT_HOLDBACK if share is None else share
        found = preview(session, by_key(session, key), wanted, None if last is None else int(last), read_as)
    return found.to_dict()


def number_asked(name: str) -> float | None:
    """A number of the address; raises DomainError where it is none."""
    stated = request.args.get(name)
    if stated is None:
        return None
    try:
        return float(stated)
    except ValueError:
        raise DomainError("bad_type", f"{name} == {stated!r}, must be a number.", name) from None


for name, function in {
    "pause": roll_out.pause_roll_out,
    "resume": roll_out.resume_roll_out,
    "roll-back": roll_out.roll_back,
    "restore": roll_out.restore_roll_out,
}.items():
    plain_change(bp, f"roll-out/{name}", function)


@bp.post("/experiments/<key>/roll-out/extend-holdback")
@bp.doc(**described(ExtendSchema))
@bp.response(200, ExperimentSchema)
def extend(key: str) -> Any:
    """Keep the holdback until a later read-out, with a reason."""
    given = Fields(body(), "", (*COMMON, "days"))
    days = given.whole("days")
    with placed("days", "rollout.last_read_out"), changing(key) as session:
        return told(roll_out.extend_holdback(session, current_actor(), now_us(), key, days=days, **common(given)))


ALARMS: Listing[Alarm] = Listing(
    AlarmSchema,
    describe_alarm,
    unique=lambda alarm: alarm.id,
    orders={"at": lambda alarm: alarm.at},
    usual="-at",
    filters=(
        Filter("kind", "Only these.", lambda alarm: alarm.kind),
        Filter("experiment", "Only of this test.", lambda alarm: alarm.experiment),
    ),
)


@listed(bp, "/alarms", ALARMS)
def list_alarms() -> Any:
    """What people should hear of at once, newest first; at most the last thousand."""
    with read() as session:
        return ALARMS.answer(alarms_of(session, limit=1_000))
