"""What the contact centre did in a period, counted ahead by the worker."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Real, SmallInt


class ContactCentreRow(Base):
    """One measure of one period: sums over people of what each has, so that intervals know who belongs together.

    `part` 0 is the period of so many days that ended at midnight, 1 the one before it. `channel` −1 is all of them,
    0 = not told. `bucket` is the number of offers seen in the 30 days before, the last one and more; 0 elsewhere.
    """

    __tablename__ = "contact_centre"
    __table_args__ = options(sqlite_with_rowid=False)

    days: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    measure: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    channel: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    people: Mapped[int] = mapped_column(BigInt)
    n: Mapped[float] = mapped_column(Real)
    x: Mapped[float] = mapped_column(Real)
    nn: Mapped[float] = mapped_column(Real)
    nx: Mapped[float] = mapped_column(Real)
    xx: Mapped[float] = mapped_column(Real)


class ContactCentreCountRow(Base):
    """Which days a period covers and when it was counted."""

    __tablename__ = "contact_centre_count"
    __table_args__ = options(sqlite_with_rowid=False)

    days: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    starts: Mapped[int] = mapped_column(Instant)
    ends: Mapped[int] = mapped_column(Instant)
    counted_at: Mapped[int] = mapped_column(Instant)
