"""Finished tests brought from elsewhere: one row per unit with its given variant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Json, Real, SmallInt, String, UnitHash


class ImportRow(Base):
    """One run of an import; its rows count only once the state is `done`."""

    __tablename__ = "import_run"
    __table_args__ = options(CheckConstraint("state in ('running','done','failed')", name="state"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    experiment_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("experiment.id"), index=True)
    file: Mapped[str] = mapped_column(String)
    digest: Mapped[str] = mapped_column(String)
    spec: Mapped[Any] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String)
    rows: Mapped[int] = mapped_column(BigInt, default=0)
    rejected: Mapped[int] = mapped_column(BigInt, default=0)
    report: Mapped[Any] = mapped_column(Json, default=dict)
    started_at: Mapped[int] = mapped_column(Instant)
    finished_at: Mapped[int | None] = mapped_column(Instant)


class ImportColumnRow(Base):
    """A metric, covariate or segment column of an import, with its code."""

    __tablename__ = "import_column"
    __table_args__ = options(UniqueConstraint("import_id", "key"))

    import_id: Mapped[int] = mapped_column(BigInt, ForeignKey("import_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    key: Mapped[str] = mapped_column(String)
    role: Mapped[str] = mapped_column(String)


class ImportUnitRow(Base):
    """One unit with the variant it was given."""

    __tablename__ = "import_unit"
    __table_args__ = options(sqlite_with_rowid=False)

    import_id: Mapped[int] = mapped_column(BigInt, ForeignKey("import_run.id"), primary_key=True)
    unit: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    variant: Mapped[int] = mapped_column(SmallInt)


class ImportValueRow(Base):
    """One number of one unit; zeros are not stored. A segment's value is the id of its name."""

    __tablename__ = "import_value"
    __table_args__ = options(sqlite_with_rowid=False)

    import_id: Mapped[int] = mapped_column(BigInt, ForeignKey("import_run.id"), primary_key=True)
    unit: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    value: Mapped[float] = mapped_column(Real)
