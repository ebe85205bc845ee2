"""What running a test cost, as people typed it."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Instant, Real, String


class RunCostRow(Base):
    """One test; money in major units, as of an idea."""

    __tablename__ = "run_cost"
    __table_args__ = options()

    experiment_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey("experiment.id"), primary_key=True, autoincrement=False
    )
    hours: Mapped[float] = mapped_column(Real)
    rate: Mapped[float] = mapped_column(Real)
    other: Mapped[float] = mapped_column(Real)
    note: Mapped[str] = mapped_column(String)
    who: Mapped[str] = mapped_column(String)
    changed_at: Mapped[int] = mapped_column(Instant)
