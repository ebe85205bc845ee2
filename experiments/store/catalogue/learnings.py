"""Learnings: the newest version in the row, every version beside it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiments.domain.learning import Learning, LearningStatus
from experiments.domain.plain import from_plain, to_plain
from experiments.store import learning_search
from experiments.store.catalogue.experiments import id_of
from experiments.store.catalogue.rows import required
from experiments.store.tables import ExperimentRow, LearningRow, LearningVersionRow

#: Beyond it no row has an id: PostgreSQL refuses larger numbers.
ID_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A learning with where it stands.

    Args:
        experiment: key of the test it was drafted from.
        created_at, updated_at: µs UTC.
    """

    id: int
    learning: Learning
    status: LearningStatus
    version: int
    experiment: str | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Version:
    """What a learning said once."""

    version: int
    learning: Learning
    who: str
    at: int


def add(session: Session, learning: Learning, experiment: str | None, who: str, now: int, words: str) -> Kept:
    """Add a draft.

    Args:
        words: what else the search finds it by.
    """
    row = LearningRow(
        experiment_id=None if experiment is None else id_of(session, experiment),
        status=LearningStatus.DRAFT.value,
        version=1,
        learning=to_plain(learning),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    _keep_version(session, row, learning, who, now, words)
    return _kept(row, experiment)


def change(session: Session, learning_id: int, learning: Learning, who: str, now: int, words: str) -> Kept:
    """Write the next version."""
    row = _row(session, learning_id)
    row.learning, row.version, row.updated_at = to_plain(learning), row.version + 1, now
    _keep_version(session, row, learning, who, now, words)
    return find(session, learning_id)


def remove(session: Session, learning_id: int) -> None:
    """Forget a learning with all its versions; only for drafts that nobody has touched."""
    row = _row(session, learning_id)
    session.execute(delete(LearningVersionRow).where(LearningVersionRow.learning_id == learning_id))
    learning_search.remove(session, learning_id)
    session.delete(row)
    session.flush()


def move(session: Session, learning_id: int, status: LearningStatus, now: int) -> Kept:
    """Give a learning another state."""
    row = _row(session, learning_id)
    row.status, row.updated_at = status.value, now
    session.flush()
    return find(session, learning_id)


def find(session: Session, learning_id: int) -> Kept:
    """The learning; raises NotFoundError."""
    row = _row(session, learning_id)
    return _kept(row, _keys(session).get(row.experiment_id))


def all_learnings(session: Session) -> tuple[Kept, ...]:
    """Every learning, the last changed first."""
    keys = _keys(session)
    rows = session.scalars(select(LearningRow).order_by(LearningRow.updated_at.desc(), LearningRow.id.desc()))
    return tuple(_kept(row, keys.get(row.experiment_id)) for row in rows)


def versions(session: Session, learning_id: int) -> tuple[Version, ...]:
    """All versions, newest first."""
    query = select(LearningVersionRow).where(LearningVersionRow.learning_id == learning_id)
    rows = session.scalars(query.order_by(LearningVersionRow.version.desc()))
    return tuple(Version(row.version, from_plain(Learning, row.learning), row.who, row.at) for row in rows)


def _keep_version(session: Session, row: LearningRow, learning: Learning, who: str, now: int, words: str) -> None:
    kept = LearningVersionRow(learning_id=row.id, version=row.version, learning=row.learning, who=who, at=now)
    session.add(kept)
    session.flush()
    learning_search.index(session, row.id, learning.title, words)


def _row(session: Session, learning_id: int) -> LearningRow:
    found = session.get(LearningRow, learning_id) if 0 < learning_id <= ID_MAX else None
    return required(found, "learning", learning_id)


def _keys(session: Session) -> dict[int | None, str]:
    rows = session.execute(
        select(ExperimentRow.id, ExperimentRow.key).join(LearningRow, LearningRow.experiment_id == ExperimentRow.id)
    )
    return {row.id: row.key for row in rows}


def _kept(row: LearningRow, experiment: str | None) -> Kept:
    return Kept(
        row.id,
        from_plain(Learning, row.learning),
        LearningStatus(row.status),
        row.version,
        experiment,
        row.created_at,
        row.updated_at,
    )
