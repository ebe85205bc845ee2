"""What the worker says while a winner is rolled out: readings of the holdback, and alarms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, SmallInt, String


class RollOutReadingRow(Base):
    """One reading: the guard's newest (`days` 0), what the holdback can see (−1), or a read-out (kept for good)."""

    __tablename__ = "roll_out_reading"
    __table_args__ = options(
        CheckConstraint("days >= -1", name="days"),
        Index("uq_roll_out_reading", "experiment_id", "started_at", "days", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"))
    #: of the roll-out, which may be decided anew
    started_at: Mapped[int] = mapped_column(Instant)
    days: Mapped[int] = mapped_column(SmallInt)
    at: Mapped[int] = mapped_column(Instant)
    reading: Mapped[Any] = mapped_column(Json)


class AlarmRow(Base):
    """Something people should hear of at once; `sent_at` is empty until somebody was told."""

    __tablename__ = "alarm"
    __table_args__ = options(
        Index("ix_alarm_experiment_id", "experiment_id"),
        Index("ix_alarm_unsent", "at", sqlite_where=text("sent_at is null"), postgresql_where=text("sent_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    at: Mapped[int] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String)
    experiment_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("experiment.id"))
    sentence: Mapped[str] = mapped_column(String)
    facts: Mapped[Any] = mapped_column(Json)
    sent_at: Mapped[int | None] = mapped_column(Instant)
