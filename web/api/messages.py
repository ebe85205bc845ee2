"""Webhooks, and what was told to whom."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.access import Right
from experiments.domain.message import SUBSCRIBED, URL_MAX, Topic, Webhook
from experiments.services import messages
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import name_field
from web.auth import current_actor
from web.deployment import deployment

BIGGEST_ID = 2**63 - 1
STATES = ("arrived", "waiting", "tried_again", "given_up")
MOST = 10_000
bp = blueprint("webhooks", "Other systems that are told: alarms at once, a digest every week.")


class NewWebhookSchema(Schema):
    """Where messages go, and which."""

    url = fields.String(
        required=True,
        metadata={
            "maxLength": URL_MAX,
            "pattern": r"^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,3})?(/[!-~]*)?$",
            "description": "https, or http on the server's own machine; without a name or password in it.",
        },
    )
    label = name_field(required=True)
    topics = fields.List(
        fields.String(validate=validate.OneOf([topic.value for topic in SUBSCRIBED])),
        required=True,
        metadata={"minItems": 1},
    )


class WebhookSchema(NewWebhookSchema):
    """A webhook; of its secret only the first characters are told."""

    id = fields.Integer()
    secret_prefix = fields.String()
    created_at = fields.String()
    stopped_at = fields.String(allow_none=True)


class MadeWebhookSchema(WebhookSchema):
    """A webhook just made."""

    secret = fields.String(metadata={"description": "The secret that signs (Standard Webhooks), shown this once."})


class MessageSchema(Schema):
    """One message to one receiver."""

    id = fields.Integer()
    topic = fields.String(validate=validate.OneOf([topic.value for topic in Topic]))
    key = fields.String(metadata={"description": "Names the cause; also the id of the CloudEvent."})
    to = fields.String(validate=validate.OneOf(["webhook", "mail"]))
    receiver = fields.String()
    state = fields.String(validate=validate.OneOf(STATES))
    made_at = fields.String()
    sent_at = fields.String(allow_none=True)
    next_try_at = fields.String(allow_none=True)
    tries = fields.Integer()
    error = fields.String()


WEBHOOKS: Listing[Webhook] = Listing(
    WebhookSchema,
    messages.describe_webhook,
    unique=lambda hook: hook.id,
    orders={"id": lambda hook: hook.id},
    usual="id",
)
MESSAGES: Listing[Any] = Listing(
    MessageSchema,
    messages.describe_message,
    unique=lambda message: message.id,
    orders={"id": lambda message: message.id},
    usual="-id",
    filters=(Filter("state", "Only in it.", messages.state_of, STATES),),
)


@listed(bp, "/webhooks", WEBHOOKS)
def list_webhooks() -> Any:
    """Every webhook, the oldest first; administrators only."""
    current_actor().require(Right.MAKE_KEYS)
    with read() as session:
        return WEBHOOKS.answer(messages.all_webhooks(session))


@bp.post("/webhooks")
@bp.doc(**described(NewWebhookSchema))
@bp.response(201, MadeWebhookSchema, headers={"Cache-Control": {"schema": {"type": "string"}}})
def create_webhook() -> Any:
    """Tell another system from now on; administrators only."""
    given = Fields(body(), "", ("url", "label", "topics"))
    url, label, topics = given.text("url"), given.text("label"), tuple(given.choices("topics", Topic))
    with placed("", "webhook"), write() as session:
        made = messages.create_webhook(
            session, current_actor(), now_us(), deployment().vault, url=url, label=label, topics=topics
        )
    return {**messages.describe_webhook(made.webhook), "secret": made.secret}, 201, {"Cache-Control": "no-store"}


@bp.delete(f"/webhooks/<int(max={BIGGEST_ID}):hook_id>")
@bp.response(200, WebhookSchema)
def stop_webhook(hook_id: int) -> Any:
    """Tell it nothing more; administrators only."""
    with write() as session:
        return messages.describe_webhook(messages.stop_webhook(session, current_actor(), now_us(), hook_id))


@bp.post(f"/webhooks/<int(max={BIGGEST_ID}):hook_id>/test")
@bp.response(202, WebhookSchema)
def test_webhook(hook_id: int) -> Any:
    """Send it a test message; administrators only."""
    with write() as session:
        source = deployment().settings.public_url or "netlift"
        messages.try_webhook(session, current_actor(), now_us(), hook_id, source)
        return messages.describe_webhook(messages.webhook_by_id(session, hook_id)), 202


@listed(bp, "/messages", MESSAGES)
def list_messages() -> Any:
    """What was told to whom, the newest first, and whether it arrived; administrators only."""
    current_actor().require(Right.MAKE_KEYS)
    with read() as session:
        return MESSAGES.answer(messages.messages_sent(session, limit=MOST))


@bp.post(f"/messages/<int(max={BIGGEST_ID}):message_id>/send-again")
@bp.response(202, MessageSchema)
def send_again(message_id: int) -> Any:
    """Try a message again that was given up; administrators only."""
    with write() as session:
        return messages.describe_message(messages.send_again(session, current_actor(), now_us(), message_id)), 202
