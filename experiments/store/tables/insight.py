"""What the worker counted of journeys and opportunities, and what people know of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, Real, String


class InsightRow(Base):
    """One stored count, by name: a page prints it and never counts itself."""

    __tablename__ = "insight"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    document: Mapped[Any] = mapped_column(Json)
    computed_at: Mapped[int] = mapped_column(Instant)


class EvidenceRow(Base):
    """A note or a link beside an opportunity; taken away it is kept, and no longer shown."""

    __tablename__ = "evidence"
    __table_args__ = options(Index("ix_evidence_subject", "subject"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    subject: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)
    link: Mapped[str] = mapped_column(String, default="", server_default="")
    who: Mapped[str] = mapped_column(String)
    recorded_at: Mapped[int] = mapped_column(Instant)
    removed: Mapped[bool] = mapped_column(Flag, default=False, server_default=false())


class OpportunityTestRow(Base):
    """A test that came from an opportunity; `gap` is the relative change of its goal if the whole gap closed."""

    __tablename__ = "opportunity_test"
    __table_args__ = options()

    experiment_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey("experiment.id"), primary_key=True, autoincrement=False
    )
    gap: Mapped[float] = mapped_column(Real)
