"""What a deployment wants, and the requests of people for a second person's word."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, String


class DeploymentSettingRow(Base):
    """A setting that administrators change while the product runs."""

    __tablename__ = "deployment_setting"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class ApprovalRow(Base):
    """A request for a second person's word, and the answer."""

    __tablename__ = "approval"
    __table_args__ = options(
        CheckConstraint("deed in ('launch','ship')", name="deed"),
        CheckConstraint("state in ('open','approved','declined','withdrawn','void')", name="state"),
        Index("ix_approval_experiment_id", "experiment_id"),
        Index("ix_approval_state", "state"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"))
    deed: Mapped[str] = mapped_column(String)
    revision: Mapped[int] = mapped_column(BigInt)
    rollout: Mapped[Any | None] = mapped_column(Json)
    asked_by: Mapped[str] = mapped_column(String)
    asked_at: Mapped[int] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    answered_by: Mapped[str | None] = mapped_column(String)
    answered_at: Mapped[int | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(String)
