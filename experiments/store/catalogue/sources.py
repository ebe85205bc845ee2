"""Senders of events."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.source import Source, SourceKind
from experiments.store.catalogue.rows import add_new, by_key
from experiments.store.tables import SourceRow


def add(session: Session, source: Source, now: int) -> int:
    """Add a source; returns its code in the fact tables."""
    row = SourceRow(key=source.key, created_at=now)
    _fill(row, source)
    add_new(session, row, "source", source.key)
    return row.id


def save(session: Session, source: Source, now: int) -> int:
    """Add a source or change it; returns its code in the fact tables."""
    row = by_key(session, SourceRow, SourceRow.key, source.key)
    if row is None:
        return add(session, source, now)
    _fill(row, source)
    session.flush()
    return row.id


def find(session: Session, key: str) -> Source | None:
    """The source with this key."""
    row = by_key(session, SourceRow, SourceRow.key, key)
    return None if row is None else _source(row)


def all_sources(session: Session) -> tuple[Source, ...]:
    """Every source, by key."""
    return tuple(_source(row) for row in session.scalars(select(SourceRow).order_by(SourceRow.key)))


def ids(session: Session) -> dict[str, int]:
    """The code of each source in the fact tables."""
    return dict(session.execute(select(SourceRow.key, SourceRow.id)).all())


def _fill(row: SourceRow, source: Source) -> None:
    row.name = source.name
    row.kind = source.kind.value
    row.environment = source.environment.value
    row.complete = source.complete
    row.watermark = source.watermark


def _source(row: SourceRow) -> Source:
    return Source(
        key=row.key,
        name=row.name,
        kind=SourceKind(row.kind),
        environment=Environment(row.environment),
        complete=row.complete,
        watermark=row.watermark,
    )
