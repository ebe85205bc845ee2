"""The texts that people look for; matching is done where letters of all languages are known."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.store.tables import ExperimentRow, MetricRow

Texts = tuple[str, str, str, str]


def experiments(session: Session) -> Iterator[Texts]:
    """(key, name, hypothesis, status), newest first."""
    query = select(ExperimentRow.key, ExperimentRow.name, ExperimentRow.hypothesis, ExperimentRow.status)
    rows = session.execute(query.order_by(ExperimentRow.created_at.desc(), ExperimentRow.id.desc()))
    yield from ((row.key, row.name, row.hypothesis, row.status) for row in rows)


def metrics(session: Session) -> Iterator[tuple[str, str, str]]:
    """(key, name, description) of the newest version of each metric."""
    newest = select(MetricRow.key, func.max(MetricRow.version).label("version")).group_by(MetricRow.key).subquery()
    query = select(MetricRow.key, MetricRow.name, MetricRow.definition).join(
        newest, (MetricRow.key == newest.c.key) & (MetricRow.version == newest.c.version)
    )
    for key, name, definition in session.execute(query.order_by(MetricRow.key)):
        yield key, name, str(definition.get("description", ""))
