"""The append-only truth: message keys, raw events, quarantine.

A unique constraint on a partitioned table would have to contain the partition key, and a re-sent message whose clock
was corrected anew would then be stored twice; so the keys live in an unpartitioned table of their own.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Key128, SmallInt, String, UnitHash


class EventKeyRow(Base):
    """One row per message ever accepted: 128-bit hash of (source, messageId)."""

    __tablename__ = "event_key"
    __table_args__ = options(sqlite_with_rowid=False)

    id: Mapped[bytes] = mapped_column(Key128, primary_key=True)
    received_at: Mapped[int] = mapped_column(Instant)


class EventRow(Base):
    """One accepted event as it came, with hashed ids; partitioned by month of server time on PostgreSQL.

    `txn` is the writing transaction on PostgreSQL and 0 on SQLite: a serial number can skip a transaction that
    commits late, so readers on PostgreSQL go by transaction and never by `seq`. The migration gives PostgreSQL the
    primary key (received_at, seq), which partitioning needs, and an index on `txn`; SQLite uses `seq` as its rowid.
    """

    __tablename__ = "event"
    __table_args__ = options(
        postgresql_partition_by="RANGE (received_at)",
    )

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True)
    received_at: Mapped[int] = mapped_column(Instant)
    txn: Mapped[int] = mapped_column(BigInt)
    id: Mapped[bytes] = mapped_column(Key128)
    source_id: Mapped[int] = mapped_column(SmallInt)
    type: Mapped[int] = mapped_column(SmallInt)
    name: Mapped[str] = mapped_column(String)
    occurred_at: Mapped[int] = mapped_column(Instant)
    sent_time: Mapped[int | None] = mapped_column(Instant)
    visitor: Mapped[int | None] = mapped_column(UnitHash)
    customer: Mapped[int | None] = mapped_column(UnitHash)
    body: Mapped[str] = mapped_column(String)
    #: who of the contact centre handled it, where a server or an import says so
    agent: Mapped[int | None] = mapped_column(UnitHash)


class QuarantineRow(Base):
    """A rejected item with its reason, ids hashed, ready to be replayed."""

    __tablename__ = "quarantine"
    __table_args__ = options(
        Index("ix_quarantine_source_id_reason", "source_id", "reason"),
        Index("ix_quarantine_last_seen", "last_seen"),
    )

    id: Mapped[bytes] = mapped_column(Key128, primary_key=True)
    source_id: Mapped[int] = mapped_column(SmallInt)
    reason: Mapped[str] = mapped_column(String)
    field: Mapped[str] = mapped_column(String)
    message: Mapped[str] = mapped_column(String)
    first_seen: Mapped[int] = mapped_column(Instant)
    last_seen: Mapped[int] = mapped_column(Instant)
    count: Mapped[int] = mapped_column(BigInt)
    visitor: Mapped[int | None] = mapped_column(UnitHash)
    customer: Mapped[int | None] = mapped_column(UnitHash)
    body: Mapped[str] = mapped_column(String)
    replayed_at: Mapped[int | None] = mapped_column(Instant)
    #: given up on purpose, with the reason that was given
    discarded_at: Mapped[int | None] = mapped_column(Instant)
    discarded_why: Mapped[str] = mapped_column(String, default="", server_default="")
    agent: Mapped[int | None] = mapped_column(UnitHash)
