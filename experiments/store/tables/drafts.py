"""What belongs to a test before launch and beside its definition: typed answers, pictures, the A/A check, history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, SmallInt, String


class DraftAnswerRow(Base):
    """What people typed into the builder; it counts while the test is still at `revision`."""

    __tablename__ = "draft_answer"
    __table_args__ = options()

    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInt)
    answers: Mapped[Any] = mapped_column(Json)
    saved_by: Mapped[str] = mapped_column(String)
    saved_at: Mapped[int] = mapped_column(Instant)


class ScreenshotRow(Base):
    """How a variant looks; the picture was drawn anew, so nothing but pixels is in it."""

    __tablename__ = "screenshot"
    __table_args__ = options(
        UniqueConstraint("experiment_id", "variant"),
        CheckConstraint("media_type in ('image/png','image/jpeg','image/webp')", name="media_type"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"))
    variant: Mapped[str] = mapped_column(String)
    alt: Mapped[str] = mapped_column(String)
    media_type: Mapped[str] = mapped_column(String)
    width: Mapped[int] = mapped_column(BigInt)
    height: Mapped[int] = mapped_column(BigInt)
    digest: Mapped[str] = mapped_column(String)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    added_by: Mapped[str] = mapped_column(String)
    added_at: Mapped[int] = mapped_column(Instant)


class AaCheckRow(Base):
    """Splits of history without a difference, of one test; the worker does them."""

    __tablename__ = "aa_check"
    __table_args__ = options(CheckConstraint("state in ('waiting','running','done','failed')", name="state"))

    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String)
    design: Mapped[str] = mapped_column(String)
    done: Mapped[int] = mapped_column(BigInt)
    total: Mapped[int] = mapped_column(BigInt)
    result: Mapped[Any | None] = mapped_column(Json)
    asked_by: Mapped[str] = mapped_column(String)
    asked_at: Mapped[int] = mapped_column(Instant)
    finished_at: Mapped[int | None] = mapped_column(Instant)


class LookBackRow(Base):
    """What history said of some metrics and an audience; the worker measures, addresses of plans name the row."""

    __tablename__ = "look_back"
    __table_args__ = options(
        CheckConstraint("state in ('waiting','running','done','failed')", name="state"),
        Index("ix_look_back_question_id", "question_id"),
        Index("ix_look_back_state", "state"),
    )

    name: Mapped[str] = mapped_column(String, primary_key=True)
    question_id: Mapped[str] = mapped_column(String)
    question: Mapped[Any] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String)
    done: Mapped[int] = mapped_column(SmallInt)
    result: Mapped[Any | None] = mapped_column(Json)
    field: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    asked_by: Mapped[str] = mapped_column(String)
    asked_at: Mapped[int] = mapped_column(Instant)
    started_at: Mapped[int | None] = mapped_column(Instant)
    finished_at: Mapped[int | None] = mapped_column(Instant)
