"""Running the service: leases, progress of long work, what fails, and answers that may be asked for again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, SmallInt, String


class LeaseRow(Base):
    """Who holds a job that only one process may do, and until when; the holder's sign of life."""

    __tablename__ = "lease"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    holder: Mapped[str] = mapped_column(String)
    until: Mapped[int] = mapped_column(Instant)
    beat_at: Mapped[int] = mapped_column(Instant)


class ProgressRow(Base):
    """How far long work has come, so that a page can show a bar and be left and come back to."""

    __tablename__ = "progress"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    done: Mapped[int] = mapped_column(BigInt)
    total: Mapped[int] = mapped_column(BigInt)
    state: Mapped[str] = mapped_column(String)
    message: Mapped[str] = mapped_column(String, default="")
    at: Mapped[int] = mapped_column(Instant)


class WorkerFaultRow(Base):
    """A step of the worker that fails, or one item of it; gone as soon as it succeeds."""

    __tablename__ = "worker_fault"
    __table_args__ = options()

    step: Mapped[str] = mapped_column(String, primary_key=True)
    item: Mapped[str] = mapped_column(String, primary_key=True)
    since: Mapped[int] = mapped_column(Instant)
    last_at: Mapped[int] = mapped_column(Instant)
    next_try_at: Mapped[int] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(BigInt)
    error: Mapped[str] = mapped_column(String)


class KeptAnswerRow(Base):
    """The answer to a request with an idempotency key; `name` hashes who asked and the key, `body` is sealed."""

    __tablename__ = "kept_answer"
    __table_args__ = options(Index("ix_kept_answer_at", "at"))

    name: Mapped[str] = mapped_column(String, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String)
    status: Mapped[int] = mapped_column(SmallInt)
    headers: Mapped[Any] = mapped_column(Json)
    body: Mapped[str] = mapped_column(String)
    at: Mapped[int] = mapped_column(Instant)
