"""Versions of metric definitions: added, never changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.domain.checks import storable
from experiments.domain.metric import Metric, MetricUse
from experiments.domain.plain import from_plain, to_plain
from experiments.store.catalogue.rows import add_new
from experiments.store.tables import MetricRow


def add(session: Session, metric: Metric, now: int) -> None:
    """Add one version.

    Raises:
        ConflictError: this version exists.
    """
    row = MetricRow(
        key=metric.key,
        version=metric.version,
        name=metric.name,
        definition=to_plain(metric),
        created_at=now,
    )
    add_new(session, row, "metric", metric.key)


def find(session: Session, key: str, version: int | None = None) -> Metric | None:
    """One version of a metric; None = the newest."""
    if not storable(key):
        return None
    query = select(MetricRow).where(MetricRow.key == key)
    if version is not None:
        query = query.where(MetricRow.version == version)
    row = session.scalars(query.order_by(MetricRow.version.desc()).limit(1)).one_or_none()
    return None if row is None else _metric(row)


def versions(session: Session, key: str) -> tuple[Metric, ...]:
    """Every version of a metric, newest first."""
    query = select(MetricRow).where(MetricRow.key == key).order_by(MetricRow.version.desc())
    return tuple(_metric(row) for row in session.scalars(query))


def all_metrics(session: Session) -> tuple[Metric, ...]:
    """The newest version of every metric, by key."""
    newest = select(MetricRow.key, func.max(MetricRow.version).label("version")).group_by(MetricRow.key).subquery()
    query = select(MetricRow).join(newest, (MetricRow.key == newest.c.key) & (MetricRow.version == newest.c.version))
    return tuple(_metric(row) for row in session.scalars(query.order_by(MetricRow.key)))


def used(session: Session, uses: Iterable[MetricUse]) -> dict[str, Metric]:
    """Metrics by key, each in the version it is used in (None = the newest); what is not known is left out."""
    wanted = {use.metric: use.version for use in uses}
    query = select(MetricRow).where(MetricRow.key.in_([key for key in wanted if storable(key)]))
    rows = session.scalars(query.order_by(MetricRow.version))
    return {row.key: _metric(row) for row in rows if wanted[row.key] in (None, row.version)}


def _metric(row: MetricRow) -> Metric:
    return from_plain(Metric, row.definition)
