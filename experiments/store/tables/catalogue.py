"""Products, journeys, metrics and what was agreed about them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Json, Money, SmallInt, String


class FamilyRow(Base):
    """A product family."""

    __tablename__ = "family"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)


class ProductRow(Base):
    """A product; what it costs and earns is in `product_price`, because that changes over time."""

    __tablename__ = "product"
    __table_args__ = options(CheckConstraint("tier >= 1", name="tier"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    family_id: Mapped[int] = mapped_column(SmallInt, ForeignKey("family.id"))
    tier: Mapped[int] = mapped_column(SmallInt)
    multiple: Mapped[bool] = mapped_column(Flag, default=False)
    #: keys of replaced products; (key, quantity) of the components of a bundle
    replaces: Mapped[Any] = mapped_column(Json, default=list, server_default="[]")
    components: Mapped[Any] = mapped_column(Json, default=list, server_default="[]")


class ProductPriceRow(Base):
    """What a product costs and earns from an instant on; minor units, all but the last two per month."""

    __tablename__ = "product_price"
    __table_args__ = options()

    product_id: Mapped[int] = mapped_column(BigInt, ForeignKey("product.id"), primary_key=True)
    valid_from: Mapped[int] = mapped_column(Instant, primary_key=True)
    price: Mapped[int] = mapped_column(Money)
    margin: Mapped[int] = mapped_column(Money)
    months: Mapped[int] = mapped_column(SmallInt)
    held_discount: Mapped[int] = mapped_column(Money, default=0, server_default="0")
    one_off: Mapped[int] = mapped_column(Money, default=0, server_default="0")
    retention: Mapped[int] = mapped_column(Money, default=0, server_default="0")


class JourneyRow(Base):
    """A journey with its ordered steps, in its newest version."""

    __tablename__ = "journey"
    __table_args__ = options()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    steps: Mapped[Any] = mapped_column(Json)
    #: families, add-ons, products of priority shipping, window
    details: Mapped[Any] = mapped_column(Json, default=dict, server_default="{}")
    version: Mapped[int] = mapped_column(SmallInt, default=1, server_default=text("1"))
    archived: Mapped[bool] = mapped_column(Flag, default=False, server_default=false())


class JourneyVersionRow(Base):
    """What a journey was in one of its versions; added, never changed."""

    __tablename__ = "journey_version"
    __table_args__ = options()

    key: Mapped[str] = mapped_column(String, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    definition: Mapped[Any] = mapped_column(Json)
    who: Mapped[str] = mapped_column(String)
    recorded_at: Mapped[int] = mapped_column(Instant)


class MetricRow(Base):
    """One version of a metric's definition."""

    __tablename__ = "metric"
    __table_args__ = options(UniqueConstraint("key", "version"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(SmallInt)
    name: Mapped[str] = mapped_column(String)
    definition: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(Instant)


class GoalRow(Base):
    """One agreement about a metric: added, never changed; the newest of a metric holds."""

    __tablename__ = "goal"
    __table_args__ = options(Index("ix_goal_metric", "metric"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    metric: Mapped[str] = mapped_column(String)
    agreement: Mapped[Any] = mapped_column(Json)
    who: Mapped[str] = mapped_column(String)
    recorded_at: Mapped[int] = mapped_column(Instant)
