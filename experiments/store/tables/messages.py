"""What is told to people and machines, and whether it arrived."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, SmallInt, String


class WebhookRow(Base):
    """An address of another system; the secret that signs is sealed, because it must be readable again."""

    __tablename__ = "webhook"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    url: Mapped[str] = mapped_column(String)
    label: Mapped[str] = mapped_column(String)
    topics: Mapped[Any] = mapped_column(Json)
    sealed: Mapped[str] = mapped_column(String)
    prefix: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    stopped_at: Mapped[int | None] = mapped_column(Instant)


class SubscriptionRow(Base):
    """What one person gets by mail."""

    __tablename__ = "subscription"
    __table_args__ = options()

    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    alarms: Mapped[bool] = mapped_column(Flag, default=False)
    digest: Mapped[bool] = mapped_column(Flag, default=False)


class MessageRow(Base):
    """One message to one receiver: written together with its cause, sent afterwards, tried again until it arrives.

    `key` names the cause, so that no cause is told twice to one receiver. Settled ones have no `next_try_at`.
    """

    __tablename__ = "message"
    __table_args__ = options(
        CheckConstraint("topic in ('alarm','digest','test')", name="topic"),
        CheckConstraint("(webhook_id is null) <> (user_id is null)", name="one_receiver"),
        UniqueConstraint("key", "webhook_id"),
        UniqueConstraint("key", "user_id"),
        Index(
            "ix_message_next_try_at",
            "next_try_at",
            sqlite_where=text("next_try_at is not null"),
            postgresql_where=text("next_try_at is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    topic: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String)
    webhook_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("webhook.id"))
    user_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("app_user.id"))
    #: a CloudEvent for a webhook; subject, text and html for a person
    document: Mapped[Any] = mapped_column(Json)
    made_at: Mapped[int] = mapped_column(Instant)
    next_try_at: Mapped[int | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(SmallInt, default=0)
    sent_at: Mapped[int | None] = mapped_column(Instant)
    #: of the last try, "" where it went well
    error: Mapped[str] = mapped_column(String, default="")
