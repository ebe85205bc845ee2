"""What the worker counted of journeys and opportunities, and what people know of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import Instant, Json, String


class InsightRow(Base):
    """One stored count, by name: a page prints it and never counts itself."""

    __tablename__ = "insight"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    document: Mapped[Any] = mapped_column(Json)
    computed_at: Mapped[int] = mapped_column(Instant)
