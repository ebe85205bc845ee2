"""Agreements about metrics: added, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.agreement import Agreement
from experiments.domain.plain import from_plain, to_plain
from experiments.store.tables import GoalRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """An agreement with who wrote it down, and when (µs)."""

    agreement: Agreement
    who: str
    recorded_at: int


def add(session: Session, agreement: Agreement, who: str, now: int) -> None:
    """Write an agreement down."""
    session.add(GoalRow(metric=agreement.metric, agreement=to_plain(agreement), who=who, recorded_at=now))
    session.flush()


def all_agreements(session: Session) -> tuple[Recorded, ...]:
    """Every agreement, the newest first."""
    rows = session.scalars(select(GoalRow).order_by(GoalRow.id.desc()))
    return tuple(Recorded(from_plain(Agreement, row.agreement), row.who, row.recorded_at) for row in rows)
