"""Rows of typed costs ↔ domain."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.run_cost import RunCost
from experiments.store.tables import ExperimentRow, RunCostRow


def find(session: Session, key: str) -> RunCost | None:
    """Of one test."""
    return all_costs(session).get(key)


def all_costs(session: Session) -> dict[str, RunCost]:
    """Every one that was typed, by key of its test."""
    row = RunCostRow
    query = select(ExperimentRow.key, row.hours, row.rate, row.other, row.note)
    found = session.execute(query.join(ExperimentRow, ExperimentRow.id == row.experiment_id))
    return {key: RunCost(hours, rate, other, note) for key, hours, rate, other, note in found}


def save(session: Session, key: str, cost: RunCost, who: str, now: int) -> None:
    """In place of what was typed before."""
    number = session.scalar(select(ExperimentRow.id).where(ExperimentRow.key == key))
    assert number is not None, "the caller has read the test"
    told = {"hours": cost.hours, "rate": cost.rate, "other": cost.other, "note": cost.note}
    session.merge(RunCostRow(experiment_id=number, who=who, changed_at=now, **told))
    session.flush()
