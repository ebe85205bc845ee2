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
        id: 0 before it is stored.
        undone_at, undone_by: when and by whom it was taken back; None where it stands.
    """

    at: int
    who: str
    recommended: str
    decided: str
    reason: str
    snapshot_id: int | None = None
    id: int = 0
    undone_at: int | None = None
    undone_by: str | None = None


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
    return tuple(_decided(row) for row in session.scalars(query.order_by(DecisionRow.id)))


def mark_undone(session: Session, decision_id: int, at: int, who: str) -> None:
    """Write down that a decision was taken back; it stays readable."""
    row = session.get_one(DecisionRow, decision_id)
    row.undone_at, row.undone_by = at, who
    session.flush()


def everything(session: Session) -> list[tuple[str, Decided]]:
    """(experiment, decision) of every decision, oldest first."""
    query = select(DecisionRow, ExperimentRow.key).join(ExperimentRow).order_by(DecisionRow.id)
    return [(key, _decided(row)) for row, key in session.execute(query)]


def _decided(row: DecisionRow) -> Decided:
    return Decided(
        at=row.at,
        who=row.who,
        recommended=row.recommended,
        decided=row.decided,
        reason=row.reason,
        snapshot_id=row.snapshot_id,
        id=row.id,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )
