"""Learnings with all their versions; the index of their words is made by hand (see `store.learning_search`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, SmallInt, String


class LearningRow(Base):
    """A learning as it is now; `experiment_id` is the test it was drafted from, none for one typed by hand."""

    __tablename__ = "learning"
    __table_args__ = options(Index("ix_learning_experiment_id", "experiment_id", unique=True))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("experiment.id"))
    status: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(SmallInt)
    learning: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(Instant)
    updated_at: Mapped[int] = mapped_column(Instant)


class LearningVersionRow(Base):
    """What a learning said once, and who wrote that."""

    __tablename__ = "learning_version"
    __table_args__ = options()

    learning_id: Mapped[int] = mapped_column(BigInt, ForeignKey("learning.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    learning: Mapped[Any] = mapped_column(Json)
    who: Mapped[str] = mapped_column(String)
    at: Mapped[int] = mapped_column(Instant)
