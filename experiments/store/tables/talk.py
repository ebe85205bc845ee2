"""What people say about a test, and the links by which they show it to strangers."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, String


class CommentRow(Base):
    """One comment; a deleted one keeps its place and loses its text."""

    __tablename__ = "comment"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), index=True)
    at: Mapped[int] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)
    changed_at: Mapped[int | None] = mapped_column(Instant)
    deleted_at: Mapped[int | None] = mapped_column(Instant)


class ShareRow(Base):
    """A link to one stored report; of its secret only the hash is kept."""

    __tablename__ = "share"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), index=True)
    snapshot_id: Mapped[int] = mapped_column(BigInt, ForeignKey("snapshot.id"))
    secret_hash: Mapped[str] = mapped_column(String, unique=True)
    label: Mapped[str] = mapped_column(String)
    at: Mapped[int] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String)
    expires_at: Mapped[int] = mapped_column(Instant)
    revoked_at: Mapped[int | None] = mapped_column(Instant)
