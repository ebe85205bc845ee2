"""A second person's word before a launch or a ship, and whether the deployment wants one."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.checks import TEXT_MAX
from experiments.services import describe
from experiments.services.approvals import Approval, ApprovalState, Deed, Policy, policy_of, requests, set_policy
from experiments.services.clock import now_us
from experiments.services.fields import WHOLE_MAX, Fields
from experiments.services.roll_out_parts import read_roll_out
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.rules import absent, any_of, both, has, where, word
from web.api.schemas import RollOutSchema, name_field, text_field, within
from web.auth import current_actor

BIGGEST_ID = 2**63 - 1
NUMBER = f"<int(max={BIGGEST_ID}):number>"
bp = blueprint("approvals", "A second person's word before a launch or a ship.")


class AskSchema(Schema):
    """What a second person is asked for."""

    deed = fields.String(required=True, validate=validate.OneOf([deed.value for deed in Deed]))
    rollout = fields.Nested(RollOutSchema, metadata={"description": "What is to be shipped; none for a launch."})
    revision = fields.Integer(
        metadata=within(0, WHOLE_MAX) | {"description": "What you last saw; left out, the newest is asked for."}
    )
    reason = text_field()
    RULES = (
        any_of(
            both(where(deed=word(Deed.SHIP)), has("rollout")),
            both(where(deed=word(Deed.LAUNCH)), absent("rollout")),
        ),
    )


class AnswerSchema(Schema):
    """Words of an answer."""

    reason = text_field()


class DeclineSchema(Schema):
    """Why not."""

    reason = name_field(required=True, at_most=TEXT_MAX)


class ApprovalSchema(Schema):
    """A request and its answer."""

    id = fields.Integer()
    experiment = fields.String()
    deed = fields.String()
    revision = fields.Integer(metadata={"description": "Of the test as it was asked for; any change makes it void."})
    rollout = fields.Nested(RollOutSchema, allow_none=True)
    asked_by = fields.String()
    asked_at = fields.String()
    reason = fields.String()
    state = fields.String(validate=validate.OneOf([state.value for state in ApprovalState]))
    answered_by = fields.String(allow_none=True)
    answered_at = fields.String(allow_none=True)
    answer = fields.String()


class SecondPersonSchema(Schema):
    """For what two people are wanted."""

    launch = fields.Boolean(required=True)
    ship = fields.Boolean(required=True)


class NewSecondPersonSchema(SecondPersonSchema):
    """The same, and why."""

    reason = text_field()


APPROVALS: Listing[Approval] = Listing(
    ApprovalSchema,
    describe.approval,
    unique=lambda each: each.id,
    orders={"id": lambda each: each.id},
    usual="-id",
    filters=(
        Filter("state", "Only these.", lambda each: each.state.value, tuple(ApprovalState)),
        Filter("deed", "Only these.", lambda each: each.deed.value, tuple(Deed)),
        Filter("experiment", "Only of this test.", lambda each: each.experiment),
    ),
)


@listed(bp, "/approvals", APPROVALS)
def list_approvals() -> Any:
    """What was asked for, newest first."""
    with read() as session:
        return APPROVALS.answer(requests.all_requests(session))


@bp.post("/experiments/<key>/approvals")
@bp.doc(**described(AskSchema))
@bp.response(201, ApprovalSchema)
def ask(key: str) -> Any:
    """Ask for a second person's word; needs the right to do it oneself."""
    given = Fields(body(), "", ("deed", "rollout", "revision", "reason"))
    deed, rollout = given.choice("deed", Deed), read_roll_out(given.raw("rollout"))
    more: dict[str, Any] = {"revision": given.maybe_whole("revision"), "reason": given.text("reason", "")}
    with write() as session:
        asked = requests.ask(session, current_actor(), now_us(), key, deed, rollout=rollout, **more)
        return describe.approval(asked), 201


@bp.post(f"/approvals/{NUMBER}/approve")
@bp.doc(**described(AnswerSchema, required=False))
@bp.response(200, ApprovalSchema)
def approve(number: int) -> Any:
    """Agree, as another person with the right: the test is launched or shipped at once."""
    reason = Fields(body(required=False), "", ("reason",)).text("reason", "")
    with write() as session:
        done = requests.approve(session, current_actor(), now_us(), number, reason=reason)
        found = requests.requests_on(session, done.experiment.key)
        return describe.approval(next(each for each in found if each.id == number))


@bp.post(f"/approvals/{NUMBER}/decline")
@bp.doc(**described(DeclineSchema))
@bp.response(200, ApprovalSchema)
def decline(number: int) -> Any:
    """Refuse, as another person with the right, and say why."""
    reason = Fields(body(), "", ("reason",)).text("reason")
    with write() as session:
        return describe.approval(requests.decline(session, current_actor(), now_us(), number, reason=reason))


@bp.post(f"/approvals/{NUMBER}/withdraw")
@bp.response(200, ApprovalSchema)
def withdraw(number: int) -> Any:
    """Take one's own request back."""
    with write() as session:
        return describe.approval(requests.withdraw(session, current_actor(), now_us(), number))


@bp.get("/settings/second-person")
@bp.response(200, SecondPersonSchema)
def read_policy() -> Any:
    """For what this deployment wants two people."""
    with read() as session:
        return policy_of(session)


@bp.put("/settings/second-person")
@bp.doc(**described(NewSecondPersonSchema))
@bp.response(200, SecondPersonSchema)
def write_policy() -> Any:
    """Change it; administrators only."""
    given = Fields(body(), "", ("launch", "ship", "reason"))
    policy = Policy(given.flag("launch"), given.flag("ship"))
    with write() as session:
        return set_policy(session, current_actor(), now_us(), policy, reason=given.text("reason", ""))
