"""Which tests came from an opportunity, and how far their goal would move if its whole gap closed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import ExperimentRow, OpportunityTestRow


def put(session: Session, experiment: str, gap: float) -> None:
    """Keep the gap of a test, as a relative change of its goal."""
    session.merge(OpportunityTestRow(experiment_id=id_of(session, experiment), gap=gap))
    session.flush()


def all_of(session: Session) -> dict[str, float]:
    """Gap by key of the test."""
    row = OpportunityTestRow
    found = session.execute(select(ExperimentRow.key, row.gap).join(row, row.experiment_id == ExperimentRow.id))
    return {each.key: each.gap for each in found}
