"""What the server needs to answer for the browser: identity secrets, frozen eligibility, and the facts behind it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from experiments.store.tables.base import Base, options
from experiments.store.types import BigInt, Flag, Instant, SmallInt, String, UnitHash


class IdentitySecretRow(Base):
    """A secret with which a shop's own server signs customer ids; encrypted, because it must be readable again."""

    __tablename__ = "identity_secret"
    __table_args__ = options(CheckConstraint("environment in ('production','test')", name="environment"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    environment: Mapped[str] = mapped_column(String)
    sealed: Mapped[str] = mapped_column(String)
    prefix: Mapped[str] = mapped_column(String)
    created_at: Mapped[int] = mapped_column(Instant)
    retired_at: Mapped[int | None] = mapped_column(Instant)


class EligibilityRow(Base):
    """Whether a unit may enter a phase, as found at its first evaluation and never changed again."""

    __tablename__ = "eligibility"
    __table_args__ = options(sqlite_with_rowid=False)

    phase_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    unit: Mapped[int] = mapped_column(UnitHash, primary_key=True, autoincrement=False)
    eligible: Mapped[bool] = mapped_column(Flag)
    #: why not, "" where it may
    reason: Mapped[str] = mapped_column(String)
    at: Mapped[int] = mapped_column(Instant)


class EvaluationCountRow(Base):
    """How often a day (UTC) ended with which reason.

    `teller` is `frozen` for units counted once by the server when their eligibility was frozen, and `sdk` for
    evaluations that an SDK counted and told; neither knows a variant. `drawn` counts the same units as `frozen` by the
    variant they were given, for the check of the split among the assigned; its reason is the key of the variant.
    """

    __tablename__ = "evaluation_count"
    __table_args__ = options(sqlite_with_rowid=False)

    experiment_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    #: 0 where the teller does not say
    phase: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    teller: Mapped[str] = mapped_column(String, primary_key=True)
    #: first instant of the day
    day: Mapped[int] = mapped_column(Instant, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String, primary_key=True)
    count: Mapped[int] = mapped_column(BigInt)


class ContactFactRow(Base):
    """What a contact says about a customer: how serious the issue is, and which offer was made with which answer."""

    __tablename__ = "contact_fact"
    __table_args__ = options(Index("ix_contact_fact_customer_at", "customer", "at"))

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    customer: Mapped[int] = mapped_column(UnitHash)
    at: Mapped[int] = mapped_column(Instant)
    received_at: Mapped[int] = mapped_column(Instant)
    #: see `experiments.store.codes.SEVERITY_CODE`; None where the contact does not say
    severity: Mapped[int | None] = mapped_column(SmallInt)
    #: code of the offer's name, 0 where none was made
    offer_id: Mapped[int] = mapped_column(BigInt, default=0)
    #: 1 accepted, -1 refused, 0 not told
    answer: Mapped[int] = mapped_column(SmallInt, default=0)


class QualificationRow(Base):
    """One line of a statement of which offers a customer qualifies for; a marker row with offer 0 opens each."""

    __tablename__ = "qualification"
    __table_args__ = options(sqlite_with_rowid=False)

    customer: Mapped[int] = mapped_column(UnitHash, primary_key=True, autoincrement=False)
    as_of: Mapped[int] = mapped_column(Instant, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(SmallInt, primary_key=True, autoincrement=False)
    offer_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    received_at: Mapped[int] = mapped_column(Instant)
