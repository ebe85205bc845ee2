"""Ideas for tests, and the days on which none may run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, SmallInt, String


class IdeaRow(Base):
    """An idea; `place` and `place_reason` where somebody moved it, `experiment_id` the draft it became."""

    __tablename__ = "idea"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    status: Mapped[str] = mapped_column(String)
    revision: Mapped[int] = mapped_column(SmallInt)
    idea: Mapped[Any] = mapped_column(Json)
    place: Mapped[int | None] = mapped_column(SmallInt)
    place_reason: Mapped[str] = mapped_column(String, default="", server_default="")
    experiment_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("experiment.id"))
    who: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    updated_at: Mapped[int] = mapped_column(Instant)


class SeasonRow(Base):
    """Days on which no test may run; ISO dates, both included."""

    __tablename__ = "season"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    starts_on: Mapped[str] = mapped_column(String)
    ends_on: Mapped[str] = mapped_column(String)
