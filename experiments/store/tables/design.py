"""Experiments, their phases and variants, and what was computed and decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, Real, SmallInt, String

STATUSES = "'draft','testing','running','paused','stopped','decided','archived'"


class LayerRow(Base):
    """Experiments of one layer exclude each other."""

    __tablename__ = "layer"
    __table_args__ = options(CheckConstraint("holdout >= 0 and holdout <= 0.5", name="holdout"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    salt: Mapped[str] = mapped_column(String)
    holdout: Mapped[float] = mapped_column(Real, default=0.0)


class ExperimentRow(Base):
    """One test."""

    __tablename__ = "experiment"
    __table_args__ = options(
        CheckConstraint(f"status in ({STATUSES})", name="status"),
        CheckConstraint("unit in ('visitor','customer','agent')", name="unit"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    hypothesis: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String, default="")
    imported: Mapped[bool] = mapped_column(Flag, default=False)
    metrics: Mapped[Any] = mapped_column(Json)
    plan: Mapped[Any] = mapped_column(Json)
    rollout: Mapped[Any | None] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(Instant)
    launched_at: Mapped[int | None] = mapped_column(Instant)
    stopped_at: Mapped[int | None] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(BigInt, default=1)


class PhaseRow(Base):
    """One phase; its id is the code in the exposure table."""

    __tablename__ = "phase"
    __table_args__ = options(
        UniqueConstraint("experiment_id", "number"),
        CheckConstraint("enrolment > 0 and enrolment <= 1", name="enrolment"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"))
    number: Mapped[int] = mapped_column(SmallInt)
    salt: Mapped[str] = mapped_column(String)
    enrolment: Mapped[float] = mapped_column(Real)
    audience: Mapped[Any] = mapped_column(Json)
    layer: Mapped[Any | None] = mapped_column(Json)
    started_at: Mapped[int | None] = mapped_column(Instant)
    ended_at: Mapped[int | None] = mapped_column(Instant)


class VariantRow(Base):
    """One variant of a phase; `position` 0 is the control and the code in the exposure table."""

    __tablename__ = "variant"
    __table_args__ = options(UniqueConstraint("phase_id", "key"))

    phase_id: Mapped[int] = mapped_column(BigInt, ForeignKey("phase.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    key: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    weight: Mapped[float] = mapped_column(Real)
    payload: Mapped[Any | None] = mapped_column(Json)


class SnapshotRow(Base):
    """A stored Report: one `live` per experiment and phase, permanent ones otherwise."""

    __tablename__ = "snapshot"
    __table_args__ = options(
        CheckConstraint("kind in ('live','day','look','decision','share')", name="kind"),
        Index(
            "uq_snapshot_live",
            "experiment_id",
            "phase",
            unique=True,
            sqlite_where=text("kind = 'live'"),
            postgresql_where=text("kind = 'live'"),
        ),
        Index("ix_snapshot_experiment_id_kind_at", "experiment_id", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"))
    phase: Mapped[int] = mapped_column(SmallInt)
    kind: Mapped[str] = mapped_column(String)
    number: Mapped[int | None] = mapped_column(SmallInt)
    at: Mapped[int] = mapped_column(Instant)
    report: Mapped[Any] = mapped_column(Json)


class DecisionRow(Base):
    """What people decided, with the recommendation they saw."""

    __tablename__ = "decision"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), index=True)
    snapshot_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("snapshot.id"))
    at: Mapped[int] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String)
    recommended: Mapped[str] = mapped_column(String)
    decided: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    undone_at: Mapped[int | None] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(String)
