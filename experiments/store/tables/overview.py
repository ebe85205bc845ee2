"""What happened per day, counted ahead, so that the first page adds up a few rows and nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Real, SmallInt


class OverviewRow(Base):
    """One measure on one day, of one journey, channel and segment.

    `part` 1 is the day up to the time of the count only, kept for today and for the same weekday a week before.
    `journey` 0 counts everybody. `segment` is a bit per family held at that moment, 0 = known to hold nothing,
    -1 = not known. `n` counts, `total` and `squares` are sums of the number and of its square.
    """

    __tablename__ = "overview_day"
    __table_args__ = options(sqlite_with_rowid=False)

    day: Mapped[int] = mapped_column(Instant, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    measure: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    journey: Mapped[int] = mapped_column(BigInt, primary_key=True)
    channel: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    segment: Mapped[int] = mapped_column(BigInt, primary_key=True)
    n: Mapped[int] = mapped_column(BigInt)
    total: Mapped[float] = mapped_column(Real)
    squares: Mapped[float] = mapped_column(Real)


class OverviewCountRow(Base):
    """When a day was counted last, and up to which instant of it; a day without a row was never counted."""

    __tablename__ = "overview_count"
    __table_args__ = options(sqlite_with_rowid=False)

    day: Mapped[int] = mapped_column(Instant, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    until: Mapped[int] = mapped_column(Instant)
    counted_at: Mapped[int] = mapped_column(Instant)
