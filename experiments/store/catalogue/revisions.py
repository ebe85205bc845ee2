"""A cheap sign of whether any test or layer has changed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.store.tables import ExperimentRow, LayerRow


def state(session: Session) -> tuple[object, ...]:
    """Differs after every change: a change of a test raises its revision, tests are never deleted."""
    row = ExperimentRow
    tests = session.execute(select(func.count(), func.coalesce(func.sum(row.revision), 0)).select_from(row)).one()
    layers = session.execute(select(LayerRow.key, LayerRow.holdout).order_by(LayerRow.key)).all()
    return (*(int(number) for number in tests), *(tuple(layer) for layer in layers))
