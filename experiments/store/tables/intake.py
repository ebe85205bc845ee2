"""Files with sales, contacts and customers: runs, refused rows, saved mappings, names of products elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, SmallInt, String

STATES = (
    "uploaded",
    "checking",
    "checked",
    "waiting",
    "running",
    "done",
    "failed",
    "cancelled",
    "undoing",
    "undone",
)


class FileImportRow(Base):
    """One file on its way in: what it holds, how far it has come, what came of it.

    `stored` is the name of the uploaded file in the data folder, "" once it is deleted. `done` counts results handled,
    from which an interrupted import goes on; `position` of `size` is the part of the file that was read.
    """

    __tablename__ = "file_import"
    __table_args__ = options(
        CheckConstraint(f"state in ({', '.join(repr(state) for state in STATES)})", name="state"),
        Index("ix_file_import_state", "state"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    holds: Mapped[str] = mapped_column(String)
    source_key: Mapped[str] = mapped_column(String, default="")
    origin: Mapped[str] = mapped_column(String)
    file: Mapped[str] = mapped_column(String)
    stored: Mapped[str] = mapped_column(String, default="")
    digest: Mapped[str] = mapped_column(String, default="")
    spec: Mapped[Any] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String)
    dry: Mapped[bool] = mapped_column(Flag, default=False)
    done: Mapped[int] = mapped_column(BigInt, default=0)
    position: Mapped[int] = mapped_column(BigInt, default=0)
    size: Mapped[int] = mapped_column(BigInt, default=0)
    report: Mapped[Any] = mapped_column(Json, default=dict)
    error: Mapped[str] = mapped_column(String, default="")
    who: Mapped[str] = mapped_column(String, default="")
    created_at: Mapped[int] = mapped_column(Instant)
    finished_at: Mapped[int | None] = mapped_column(Instant)


class FileImportErrorRow(Base):
    """One row of a file that was refused; ids masked."""

    __tablename__ = "file_import_error"
    __table_args__ = options(sqlite_with_rowid=False)

    import_id: Mapped[int] = mapped_column(BigInt, ForeignKey("file_import.id"), primary_key=True)
    place: Mapped[int] = mapped_column(BigInt, primary_key=True)
    row: Mapped[int] = mapped_column(BigInt)
    field: Mapped[str] = mapped_column(String)
    value: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)


class MappingRow(Base):
    """A mapping of columns under a name, for the next file of the same kind."""

    __tablename__ = "file_mapping"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str] = mapped_column(String, unique=True)
    holds: Mapped[str] = mapped_column(String)
    spec: Mapped[Any] = mapped_column(Json)
    #: files in the folder of this name are taken in by themselves
    picked_up: Mapped[bool] = mapped_column(Flag, default=False)
    changed_at: Mapped[int] = mapped_column(Instant)
    who: Mapped[str] = mapped_column(String, default="")


class ProductAliasRow(Base):
    """What another system calls a product."""

    __tablename__ = "product_alias"
    __table_args__ = options(sqlite_with_rowid=False)

    alias: Mapped[str] = mapped_column(String, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInt, ForeignKey("product.id"), index=True)


class ReconciliationRow(Base):
    """What a source delivered of one local day, as the worker last counted it; replaced as a whole."""

    __tablename__ = "reconciliation"
    __table_args__ = options(sqlite_with_rowid=False)

    #: start of the day, µs
    day: Mapped[int] = mapped_column(Instant, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    sales: Mapped[int] = mapped_column(BigInt, default=0)
    sales_matched: Mapped[int] = mapped_column(BigInt, default=0)
    refunds: Mapped[int] = mapped_column(BigInt, default=0)
    contacts: Mapped[int] = mapped_column(BigInt, default=0)
    others: Mapped[int] = mapped_column(BigInt, default=0)
    matched: Mapped[int] = mapped_column(BigInt, default=0)
    #: items that were set aside for the first time on the day, and how many of them wait still
    refused: Mapped[int] = mapped_column(BigInt, default=0)
    waiting: Mapped[int] = mapped_column(BigInt, default=0)
    counted_at: Mapped[int] = mapped_column(Instant)


class StatedRelationRow(Base):
    """Sales of one local day by the relation a source states and the one the holdings give; replaced as a whole."""

    __tablename__ = "stated_relation"
    __table_args__ = options(sqlite_with_rowid=False)

    #: start of the day, µs
    day: Mapped[int] = mapped_column(Instant, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    #: codes of relations; -1 = a word that is none of ours
    stated: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    computed: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    sales: Mapped[int] = mapped_column(BigInt)
