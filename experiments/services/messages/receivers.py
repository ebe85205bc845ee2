"""Who is told: addresses of other systems, and people by mail."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.message import Subscription, Topic, Webhook
from experiments.services import audit
from experiments.services.access import Vault
from experiments.services.actor import Actor
from experiments.services.clock import maybe_iso, to_iso
from experiments.services.messages.envelope import SECRET_PREFIX, cloud_event, new_secret
from experiments.store.catalogue import messages as store
from experiments.store.catalogue.messages import Message

NOUN = "webhook"
#: Addresses of one deployment that are told.
MOST = 20
SHOWN = len(SECRET_PREFIX) + 4


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just made: this is the only time its secret can be seen."""

    secret: str
    webhook: Webhook


def create_webhook(
    session: Session, actor: Actor, now: int, vault: Vault, *, url: str, label: str, topics: tuple[Topic, ...]
) -> NewWebhook:
    """Tell another system from now on.

    Raises:
        ConflictError: there are as many as there may be (`too_many`).
        DomainError: a field is out of bounds.
    """
    actor.require(Right.MAKE_KEYS)
    told = [hook for hook in store.webhooks(session) if hook.stopped_at is None]
    if len(told) >= MOST:
        message = f"{len(told)} webhooks are told, must be below {MOST} to add one. Stop one that is not needed."
        raise ConflictError(message, "webhook", code="too_many")
    secret = new_secret()
    hook = Webhook(url, label, topics, now, secret[:SHOWN])
    hook = replace(hook, id=store.add_webhook(session, hook, vault.seal(secret)))
    audit.record(session, actor, now, "create", NOUN, str(hook.id), after=_told(hook))
    return NewWebhook(secret, hook)


def stop_webhook(session: Session, actor: Actor, now: int, hook_id: int) -> Webhook:
    """Tell it nothing more; what waits for it is not sent."""
    actor.require(Right.MAKE_KEYS)
    before = webhook_by_id(session, hook_id)
    if before.stopped_at is not None:
        return before
    after = replace(before, stopped_at=now)
    store.change_webhook(session, hook_id, stopped_at=now)
    store.give_up_on(session, hook_id, "The webhook was stopped.")
    old, new = _told(before), _told(after)
    audit.record(session, actor, now, "stop", NOUN, str(hook_id), before=old, after=new)
    return after


def try_webhook(session: Session, actor: Actor, now: int, hook_id: int, source: str) -> None:
    """Send it a message that says nothing but that it is a test."""
    actor.require(Right.MAKE_KEYS)
    hook = webhook_by_id(session, hook_id)
    if hook.stopped_at is not None:
        raise ConflictError(f"Webhook {hook.label!r} was stopped, must be told something.", "webhook", code="stopped")
    key = f"test-{hook_id}-{now}"
    event = cloud_event(Topic.TEST, key, now, source, {"sentence": "Netlift can reach you."})
    store.write(session, Topic.TEST, key, now, document=event, webhook_id=hook_id)


def all_webhooks(session: Session) -> tuple[Webhook, ...]:
    """Every one, the oldest first, without its secret."""
    return store.webhooks(session)


def webhook_by_id(session: Session, hook_id: int) -> Webhook:
    """The webhook; raises NotFoundError."""
    found = store.find_webhook(session, hook_id)
    if found is None:
        raise NotFoundError(NOUN, hook_id)
    return found[0]


def messages_sent(session: Session, *, limit: int = 50, before: int | None = None) -> list[Message]:
    """What was told to whom, the newest first, and whether it arrived."""
    return store.newest(session, limit, before)


def send_again(session: Session, actor: Actor, now: int, message_id: int) -> Message:
    """Try a message again that was given up, or at once one that waits."""
    actor.require(Right.MAKE_KEYS)
    message = store.find(session, message_id)
    if message is None:
        raise NotFoundError("message", message_id)
    if message.sent_at is not None:
        raise ConflictError(f"Message {message_id} has arrived, must not have.", "message", code="arrived")
    store.settle(session, message_id, next_try_at=now, tries=0)
    audit.record(session, actor, now, "send_again", "message", str(message_id))
    return replace(message, next_try_at=now, tries=0)


def subscription_of(session: Session, user_id: int) -> Subscription:
    """What a person gets by mail."""
    return store.subscription(session, user_id)


def subscribe(session: Session, actor: Actor, now: int, user_id: int, wanted: Subscription) -> None:
    """Set what one gets by mail oneself."""
    actor.require(Right.VIEW)
    before = store.subscription(session, user_id)
    if before != wanted:
        store.subscribe(session, user_id, wanted)
        old, new = asdict(before), asdict(wanted)
        audit.record(session, actor, now, "subscribe", "user", str(user_id), before=old, after=new)


def describe_webhook(hook: Webhook) -> dict[str, Any]:
    """JSON-ready form, without the secret."""
    return {
        "id": hook.id,
        "url": hook.url,
        "label": hook.label,
        "topics": [topic.value for topic in hook.topics],
        "secret_prefix": hook.prefix,
        "created_at": to_iso(hook.created_at),
        "stopped_at": maybe_iso(hook.stopped_at),
    }


def _told(hook: Webhook) -> dict[str, Any]:
    """What the audit log tells, which more people read: of the address the host, for the path is often a secret."""
    parts = urlsplit(hook.url)
    port = "" if parts.port is None else f":{parts.port}"
    return describe_webhook(hook) | {"url": f"{parts.scheme}://{parts.hostname}{port}/…"}


def describe_message(message: Message) -> dict[str, Any]:
    """JSON-ready form, without what was told."""
    return {
        "id": message.id,
        "topic": message.topic.value,
        "key": message.key,
        "to": "webhook" if message.webhook_id is not None else "mail",
        "receiver": message.receiver,
        "state": state_of(message),
        "made_at": to_iso(message.made_at),
        "sent_at": maybe_iso(message.sent_at),
        "next_try_at": maybe_iso(message.next_try_at),
        "tries": message.tries,
        "error": message.error,
    }


def state_of(message: Message) -> str:
    """Whether it arrived, waits, is tried again or was given up."""
    if message.sent_at is not None:
        return "arrived"
    if message.next_try_at is None:
        return "given_up"
    return "waiting" if not message.tries else "tried_again"
