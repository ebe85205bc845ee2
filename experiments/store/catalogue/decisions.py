"""What people decided, beside what was recommended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import DecisionRow, ExperimentRow


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision by a person.

    Args:
        at: µs UTC.
        recommended: action of the report they saw, empty where there was none.
        decided: what they chose.
        snapshot_id: the report they saw.
    """

    at: int
    who: str
    recommended: str
    decided: str
    reason: str
    snapshot_id: int | None = None


def add(session: Session, experiment: str, decided: Decided) -> None:
    """Write down a decision."""
    session.add(
        DecisionRow(
            experiment_id=id_of(session, experiment),
            snapshot_id=decided.snapshot_id,
            at=decided.at,
            who=decided.who,
            recommended=decided.recommended,
            decided=decided.decided,
            reason=decided.reason,
        )
    )
    session.flush()


def all_of(session: Session, experiment: str) -> tuple[Decided, ...]:
    """Decisions on an experiment, oldest first."""
    query = select(DecisionRow).join(ExperimentRow).where(ExperimentRow.key == experiment)
    return tuple(
        Decided(row.at, row.who, row.recommended, row.decided, row.reason, row.snapshot_id)
        for row in session.scalars(query.order_by(DecisionRow.id))
    )
