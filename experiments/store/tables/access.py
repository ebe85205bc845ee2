"""Who may come in: people, keys, and the record of what they did."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, SmallInt, String


class UserRow(Base):
    """A person who signs in."""

    __tablename__ = "app_user"
    __table_args__ = options(CheckConstraint("role in ('viewer','editor','approver','admin')", name="role"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    email: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    password_hash: Mapped[str] = mapped_column(String)
    role: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    disabled_at: Mapped[int | None] = mapped_column(Instant)
    #: raised to sign the person out everywhere
    session_epoch: Mapped[int] = mapped_column(BigInt, default=0)


class LoginFailureRow(Base):
    """Failed sign-ins, so that the throttle holds over all processes."""

    __tablename__ = "login_failure"
    __table_args__ = options(Index("ix_login_failure_email_at", "email", "at"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    email: Mapped[str] = mapped_column(String)
    at: Mapped[int] = mapped_column(Instant)


class SourceRow(Base):
    """A sender of events with trust and watermark."""

    __tablename__ = "source"
    __table_args__ = options(
        CheckConstraint("kind in ('client','server','import')", name="kind"),
        CheckConstraint("environment in ('production','test')", name="environment"),
    )

    id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    environment: Mapped[str] = mapped_column(String)
    complete: Mapped[bool] = mapped_column(Flag, default=False)
    watermark: Mapped[int | None] = mapped_column(Instant)
    created_at: Mapped[int] = mapped_column(Instant)


class ApiKeyRow(Base):
    """A key: client keys are public and in clear, of server keys only a hash is kept."""

    __tablename__ = "api_key"
    __table_args__ = options(
        CheckConstraint("kind in ('client','server')", name="kind"),
        CheckConstraint("(public_key is null) <> (secret_hash is null)", name="one_form"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    label: Mapped[str] = mapped_column(String)
    source_id: Mapped[int] = mapped_column(SmallInt, ForeignKey("source.id"))
    public_key: Mapped[str | None] = mapped_column(String, unique=True)
    secret_hash: Mapped[str | None] = mapped_column(String, unique=True)
    prefix: Mapped[str] = mapped_column(String)
    #: list of origins a browser may send from; empty = any
    origins: Mapped[Any] = mapped_column(Json, default=list)
    created_at: Mapped[int] = mapped_column(Instant)
    revoked_at: Mapped[int | None] = mapped_column(Instant)


class WebSessionRow(Base):
    """A signed-in browser; of the secret in its cookie only a hash is kept, and of its address nothing."""

    __tablename__ = "web_session"
    __table_args__ = options(Index("ix_web_session_user_id", "user_id"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("app_user.id"))
    secret_hash: Mapped[str] = mapped_column(String, unique=True)
    device: Mapped[str] = mapped_column(String)
    via: Mapped[str] = mapped_column(String)
    started_at: Mapped[int] = mapped_column(Instant)
    seen_at: Mapped[int] = mapped_column(Instant)


class AccessLinkRow(Base):
    """An invitation or a way to a new password, which opens once."""

    __tablename__ = "access_link"
    __table_args__ = options(
        CheckConstraint("purpose in ('invite','reset')", name="purpose"),
        Index("ix_access_link_email", "email"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    purpose: Mapped[str] = mapped_column(String)
    email: Mapped[str] = mapped_column(String)
    role: Mapped[str | None] = mapped_column(String)
    secret_hash: Mapped[str] = mapped_column(String, unique=True)
    created_by: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    expires_at: Mapped[int] = mapped_column(Instant)
    used_at: Mapped[int | None] = mapped_column(Instant)
    revoked_at: Mapped[int | None] = mapped_column(Instant)


class TokenRow(Base):
    """A person's own token for the API; only a hash of it is kept."""

    __tablename__ = "personal_token"
    __table_args__ = options(Index("ix_personal_token_user_id", "user_id"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("app_user.id"))
    label: Mapped[str] = mapped_column(String)
    #: list of words
    scopes: Mapped[Any] = mapped_column(Json)
    secret_hash: Mapped[str] = mapped_column(String, unique=True)
    prefix: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    expires_at: Mapped[int] = mapped_column(Instant)
    last_used_at: Mapped[int | None] = mapped_column(Instant)
    revoked_at: Mapped[int | None] = mapped_column(Instant)


class AuditRow(Base):
    """Append-only: who did what, when, with before, after and reason."""

    __tablename__ = "audit"
    __table_args__ = options(Index("ix_audit_noun_key", "noun", "key"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    at: Mapped[int] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String)
    action: Mapped[str] = mapped_column(String)
    noun: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String)
    before: Mapped[Any | None] = mapped_column(Json)
    after: Mapped[Any | None] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String, default="")


class AuditGateRow(Base):
    """Stands only inside a transaction that takes a person's name out of the log; else the log refuses any change."""

    __tablename__ = "audit_gate"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
