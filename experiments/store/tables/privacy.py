"""Who is left out of analyses, who asked to be forgotten, and which unit tables were frozen."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, SmallInt, String, UnitHash


class UnitMarkRow(Base):
    """A visitor or customer that is no ordinary customer, from the first event that said so."""

    __tablename__ = "unit_mark"
    __table_args__ = options(sqlite_with_rowid=False)

    #: 1 = visitor, 2 = customer
    kind: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    unit: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    #: code of the reason: bot, internal, busy
    reason: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    #: most events of one hour where the rate is the reason, else 0
    most: Mapped[int] = mapped_column(BigInt, default=0)


class ErasedRow(Base):
    """Somebody who asked to be forgotten: what happened up to `at` is dropped, whenever and however it arrives."""

    __tablename__ = "erased"
    __table_args__ = options(sqlite_with_rowid=False)

    #: 1 = visitor, 2 = customer, 3 = agent
    kind: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    unit: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    at: Mapped[int] = mapped_column(Instant)
    #: None while rows may still be left; the worker finishes what was interrupted
    done_at: Mapped[int | None] = mapped_column(Instant)


class UnitTableRow(Base):
    """A frozen unit table of one phase of one experiment, and what must be true of its file."""

    __tablename__ = "unit_table"
    __table_args__ = options()

    experiment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("experiment.id"), primary_key=True)
    phase: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    #: name in the folder of unit tables; another content has another name
    file: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String)
    rows: Mapped[int] = mapped_column(BigInt)
    frozen_at: Mapped[int] = mapped_column(Instant)
    #: units removed since, because somebody asked for it; the report is then no longer that of the file
    erased: Mapped[int] = mapped_column(BigInt, default=0)
