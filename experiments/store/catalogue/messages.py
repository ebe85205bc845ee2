"""Messages on their way: written once per cause and receiver, due, settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from experiments.domain.message import Subscription, Topic, Webhook
from experiments.store.catalogue.rows import required
from experiments.store.tables import MessageRow, SubscriptionRow, UserRow, WebhookRow
from experiments.store.upserts import dialect_insert

NOUN = "webhook"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one receiver; see `MessageRow`.

    Args:
        receiver: label of the webhook, or the person's address.
    """

    id: int
    topic: Topic
    key: str
    webhook_id: int | None
    user_id: int | None
    receiver: str
    document: dict[str, Any]
    made_at: int
    next_try_at: int | None
    tries: int
    sent_at: int | None
    error: str


def write(session: Session, topic: Topic, key: str, now: int, *, document: dict[str, Any], **receiver: int) -> bool:
    """Write a message down for `webhook_id` or `user_id`, due at once; whether there was none of this cause yet."""
    values = {"topic": topic.value, "key": key, "document": document, "made_at": now, "next_try_at": now, "tries": 0}
    statement = dialect_insert(session.connection(), MessageRow).values(**values, error="", **receiver)
    made = session.execute(statement.on_conflict_do_nothing().returning(MessageRow.id)).scalar_one_or_none()
    return made is not None


def due(session: Session, now: int, limit: int) -> list[Message]:
    """Those to be sent now, the oldest first; of receivers that are told nothing any more there are none."""
    query = _messages().where(MessageRow.next_try_at <= now).order_by(MessageRow.next_try_at, MessageRow.id)
    return [_message(*row) for row in session.execute(query.limit(limit))]


def newest(session: Session, limit: int, before: int | None = None) -> list[Message]:
    """The newest first."""
    query = _messages().order_by(MessageRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(MessageRow.id < before)
    return [_message(*row) for row in session.execute(query)]


def find(session: Session, message_id: int) -> Message | None:
    """The message with this id."""
    row = session.execute(_messages().where(MessageRow.id == message_id)).first()
    return None if row is None else _message(*row)


def settle(session: Session, message_id: int, **values: Any) -> None:
    """Write down what came of a try."""
    session.execute(update(MessageRow).where(MessageRow.id == message_id).values(**values))


def forget_before(session: Session, edge: int, limit: int = 1_000) -> int:
    """Remove settled messages made before an instant; how many."""
    old = select(MessageRow.id).where(MessageRow.made_at < edge, MessageRow.next_try_at.is_(None)).limit(limit)
    return len(session.execute(delete(MessageRow).where(MessageRow.id.in_(old)).returning(MessageRow.id)).all())


def add_webhook(session: Session, hook: Webhook, sealed: str) -> int:
    """Add an address; returns its id."""
    row = WebhookRow(
        url=hook.url,
        label=hook.label,
        topics=[topic.value for topic in hook.topics],
        sealed=sealed,
        prefix=hook.prefix,
        created_at=hook.created_at,
    )
    session.add(row)
    session.flush()
    return row.id


def change_webhook(session: Session, hook_id: int, **values: Any) -> None:
    """Change columns of an address."""
    row = required(session.get(WebhookRow, hook_id), NOUN, hook_id)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def webhooks(session: Session) -> tuple[Webhook, ...]:
    """All of them, the oldest first."""
    return tuple(_webhook(row) for row in session.scalars(select(WebhookRow).order_by(WebhookRow.id)))


def find_webhook(session: Session, hook_id: int) -> tuple[Webhook, str] | None:
    """An address with its sealed secret."""
    row = session.get(WebhookRow, hook_id)
    return None if row is None else (_webhook(row), row.sealed)


def give_up_on(session: Session, hook_id: int, why: str) -> None:
    """What still waits for an address is not sent any more."""
    waiting = (MessageRow.webhook_id == hook_id) & MessageRow.next_try_at.is_not(None)
    session.execute(update(MessageRow).where(waiting).values(next_try_at=None, error=why))


def subscription(session: Session, user_id: int) -> Subscription:
    """What a person gets by mail."""
    row = session.get(SubscriptionRow, user_id)
    return Subscription() if row is None else Subscription(row.alarms, row.digest)


def subscribe(session: Session, user_id: int, wanted: Subscription) -> None:
    """Set it."""
    session.merge(SubscriptionRow(user_id=user_id, alarms=wanted.alarms, digest=wanted.digest))
    session.flush()


def readers(session: Session, topic: Topic) -> list[int]:
    """People who get messages about a topic by mail and may still come in."""
    column = {Topic.ALARM: SubscriptionRow.alarms, Topic.DIGEST: SubscriptionRow.digest}[topic]
    query = select(UserRow.id).join(SubscriptionRow, SubscriptionRow.user_id == UserRow.id)
    return list(session.scalars(query.where(column, UserRow.disabled_at.is_(None)).order_by(UserRow.id)))


def addresses(session: Session, users: Iterable[int]) -> dict[int, str]:
    """E-mail addresses by id of those who may still come in."""
    query = select(UserRow.id, UserRow.email).where(UserRow.id.in_(list(users)), UserRow.disabled_at.is_(None))
    return {row.id: row.email for row in session.execute(query)}


def _messages() -> Any:
    return (
        select(MessageRow, WebhookRow.label, UserRow.email)
        .outerjoin(WebhookRow, WebhookRow.id == MessageRow.webhook_id)
        .outerjoin(UserRow, UserRow.id == MessageRow.user_id)
    )


def _message(row: MessageRow, label: str | None, email: str | None) -> Message:
    names = ("id", "key", "webhook_id", "user_id", "document", "made_at", "next_try_at", "tries", "sent_at", "error")
    return Message(
        topic=Topic(row.topic), receiver=label or email or "", **{name: getattr(row, name) for name in names}
    )


def _webhook(row: WebhookRow) -> Webhook:
    topics = tuple(Topic(topic) for topic in row.topics)
    return Webhook(row.url, row.label, topics, row.created_at, row.prefix, row.stopped_at, row.id)
