"""What the worker projects from raw events: typed rows with small integer codes, rebuildable at any time."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from experiments.domain.source import RANK
from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, Key128, Money, Real, SmallInt, String, UnitHash

#: Rank of the most trusted kind of source.
TOP_RANK = max(RANK.values())


class ExposureRow(Base):
    """One logged exposure of one unit; `unit` is the visitor, customer or agent hash, as the experiment randomises.

    `variant` is the position in the phase, or -1 for a unit held out of its layer and -2 for one held back.
    """

    __tablename__ = "exposure"
    __table_args__ = options(
        Index("ix_exposure_phase_id_unit", "phase_id", "unit", "at", "variant", "received_at"),
        Index("ix_exposure_phase_id_at", "phase_id", "at"),
    )

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    phase_id: Mapped[int] = mapped_column(BigInt)
    unit: Mapped[int] = mapped_column(UnitHash)
    variant: Mapped[int] = mapped_column(SmallInt)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    source_id: Mapped[int] = mapped_column(SmallInt)
    channel: Mapped[int] = mapped_column(SmallInt)
    #: True where a fact that came after the draw kept the offer back, in whatever variant
    suppressed: Mapped[bool] = mapped_column(Flag, default=False, server_default=false())
    #: family of the browser, negative where the visitor's id was met for the first time; 0 = not told
    browser: Mapped[int] = mapped_column(SmallInt, default=0, server_default=text("0"))


class OutcomeRow(Base):
    """One fact that a metric can count: an order line, a contact, a survey answer, a custom event.

    `order_key` and `line` make a sale unique: the same order from the web and from the back office is one row, in
    which the source of the higher rank wins. Other facts have the event's own key and line 0.
    """

    __tablename__ = "outcome"
    __table_args__ = options(
        UniqueConstraint("order_key", "line"),
        Index("ix_outcome_visitor_at", "visitor", "at"),
        Index("ix_outcome_customer_at", "customer", "at"),
        Index("ix_outcome_at", "at"),
        Index(
            "ix_outcome_agent_at",
            "agent",
            "at",
            sqlite_where=text("agent is not null"),
            postgresql_where=text("agent is not null"),
        ),
        Index(
            "ix_outcome_conflicts",
            "received_at",
            sqlite_where=text("conflicts > 0"),
            postgresql_where=text("conflicts > 0"),
        ),
        Index(
            "ix_outcome_stated_relation",
            "at",
            sqlite_where=text("stated_relation <> 0"),
            postgresql_where=text("stated_relation <> 0"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    order_key: Mapped[int] = mapped_column(BigInt)
    line: Mapped[int] = mapped_column(BigInt)
    kind: Mapped[int] = mapped_column(SmallInt)
    name_id: Mapped[int] = mapped_column(BigInt, default=0)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    source_id: Mapped[int] = mapped_column(SmallInt)
    rank: Mapped[int] = mapped_column(SmallInt)
    seq: Mapped[int] = mapped_column(BigInt)
    visitor: Mapped[int | None] = mapped_column(UnitHash)
    customer: Mapped[int | None] = mapped_column(UnitHash)
    channel: Mapped[int] = mapped_column(SmallInt, default=0)
    product_id: Mapped[int] = mapped_column(BigInt, default=0)
    family_id: Mapped[int] = mapped_column(SmallInt, default=0)
    tier: Mapped[int] = mapped_column(SmallInt, default=0)
    multiple: Mapped[bool] = mapped_column(Flag, default=False)
    quantity: Mapped[int] = mapped_column(BigInt, default=1)
    #: minor units: price per month × quantity, and expected margin over the product's months × quantity
    revenue: Mapped[int] = mapped_column(Money, default=0)
    margin: Mapped[int] = mapped_column(Money, default=0)
    #: handle seconds of a contact, in whole seconds
    seconds: Mapped[int] = mapped_column(BigInt, default=0)
    #: csat or nps of a survey, the `value` property of a custom event
    number: Mapped[float] = mapped_column(Real, default=0.0)
    conflicts: Mapped[int] = mapped_column(BigInt, default=0)
    #: who of the contact centre handled it; only servers and imports are believed
    agent: Mapped[int | None] = mapped_column(UnitHash)
    #: what the best source that states a relation says, and that source; counted against the computed one, never used
    stated_relation: Mapped[int] = mapped_column(SmallInt, default=0, server_default=text("0"))
    stated_by: Mapped[int] = mapped_column(SmallInt, default=0, server_default=text("0"))


class OrderClaimRow(Base):
    """What one message says about one line of an order.

    All claims of a line are kept, so that the line in `outcome` is a function of the set of claims and never of the
    order in which they arrived, and so that a conflict can be shown with both sides.
    """

    __tablename__ = "order_claim"
    __table_args__ = options(sqlite_with_rowid=False)

    order_key: Mapped[int] = mapped_column(BigInt, primary_key=True)
    line: Mapped[int] = mapped_column(BigInt, primary_key=True)
    event_id: Mapped[bytes] = mapped_column(Key128, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInt)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    source_id: Mapped[int] = mapped_column(SmallInt)
    rank: Mapped[int] = mapped_column(SmallInt)
    visitor: Mapped[int | None] = mapped_column(UnitHash)
    customer: Mapped[int | None] = mapped_column(UnitHash)
    channel: Mapped[int] = mapped_column(SmallInt)
    product_id: Mapped[int] = mapped_column(BigInt)
    family_id: Mapped[int] = mapped_column(SmallInt)
    tier: Mapped[int] = mapped_column(SmallInt)
    multiple: Mapped[bool] = mapped_column(Flag)
    quantity: Mapped[int] = mapped_column(BigInt)
    revenue: Mapped[int] = mapped_column(Money)
    margin: Mapped[int] = mapped_column(Money)
    agent: Mapped[int | None] = mapped_column(UnitHash)
    #: relation that the message states: its code, 0 for none, -1 for a word that is none of ours
    stated_relation: Mapped[int] = mapped_column(SmallInt, default=0, server_default=text("0"))


class RefundRow(Base):
    """Quantity of an order line given back or cancelled at an instant.

    `rank` is that of the telling source: a browser must not be able to take back what the back office sold, so a
    refund counts against a line only where its rank is at least the line's.
    """

    __tablename__ = "refund"
    __table_args__ = options(Index("ix_refund_order_key", "order_key"))

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    order_key: Mapped[int] = mapped_column(BigInt)
    #: 0 = every line of the order
    product_id: Mapped[int] = mapped_column(BigInt, default=0)
    #: 0 = the whole quantity
    quantity: Mapped[int] = mapped_column(BigInt, default=0)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    source_id: Mapped[int] = mapped_column(SmallInt, default=0)
    rank: Mapped[int] = mapped_column(SmallInt, default=TOP_RANK)


class PageViewRow(Base):
    """One page view; kept apart from outcomes because there are many more of them."""

    __tablename__ = "page_view"
    __table_args__ = options(Index("ix_page_view_visitor_at", "visitor", "at"))

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    source_id: Mapped[int] = mapped_column(SmallInt)
    visitor: Mapped[int | None] = mapped_column(UnitHash)
    customer: Mapped[int | None] = mapped_column(UnitHash)
    path_id: Mapped[int] = mapped_column(BigInt)
    #: 0 = not told, as of views that were stored before it was kept
    channel: Mapped[int] = mapped_column(SmallInt, default=0, server_default=text("0"))


class HoldingRow(Base):
    """One line of a statement of what a customer holds.

    A full statement (`identify` with holdings) writes a marker row with product 0 and one row per product; an order
    writes rows that add to the statement before it (`complete` False). Holdings at an instant are therefore the
    latest full statement and what was added after it.
    """

    __tablename__ = "holding"
    __table_args__ = options()

    customer: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    as_of: Mapped[int] = mapped_column(Instant, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    source_id: Mapped[int] = mapped_column(SmallInt, primary_key=True)
    complete: Mapped[bool] = mapped_column(Flag)
    received_at: Mapped[int] = mapped_column(Instant)
    #: True where the source is declared complete, so that a late statement still counts
    independent: Mapped[bool] = mapped_column(Flag, default=False)
    family_id: Mapped[int] = mapped_column(SmallInt, default=0)
    tier: Mapped[int] = mapped_column(SmallInt, default=0)


class LinkRow(Base):
    """A visitor known to be a customer, from the first event that said so."""

    __tablename__ = "identity_link"
    __table_args__ = options(Index("ix_identity_link_customer", "customer"))

    visitor: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    customer: Mapped[int] = mapped_column(UnitHash, primary_key=True)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    #: False for a link a browser claimed without the shop's signature: kept, counted, unused
    verified: Mapped[bool] = mapped_column(Flag)


class NameRow(Base):
    """Codes for names of custom events, page paths and segment values."""

    __tablename__ = "name"
    __table_args__ = options(UniqueConstraint("space", "text"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    space: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)


class TallyRow(Base):
    """How many events of a source were set aside on purpose, by reason: forced variants, test keys, untrusted facts."""

    __tablename__ = "tally"
    __table_args__ = options()

    source_id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String, primary_key=True)
    count: Mapped[int] = mapped_column(BigInt)
    last_at: Mapped[int] = mapped_column(Instant)


class CursorRow(Base):
    """How far a reader of raw events has come."""

    __tablename__ = "cursor"
    __table_args__ = options()

    name: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[int] = mapped_column(BigInt)
    moved_at: Mapped[int] = mapped_column(Instant)
