"""What people say about a test."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import CommentRow, ExperimentRow


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment.

    Args:
        at: µs UTC, as are the other instants.
        text: as it was typed; empty once deleted.
    """

    id: int
    at: int
    who: str
    text: str
    changed_at: int | None = None
    deleted_at: int | None = None


def add(session: Session, experiment: str, at: int, who: str, text: str) -> Comment:
    """Write down a comment."""
    row = CommentRow(experiment_id=id_of(session, experiment), at=at, who=who, text=text)
    session.add(row)
    session.flush()
    return _comment(row)


def all_of(session: Session, experiment: str) -> tuple[Comment, ...]:
    """Comments on an experiment, oldest first, deleted ones included."""
    query = select(CommentRow).join(ExperimentRow).where(ExperimentRow.key == experiment)
    return tuple(_comment(row) for row in session.scalars(query.order_by(CommentRow.id)))


def find(session: Session, experiment: str, comment_id: int) -> Comment | None:
    """A comment on this experiment."""
    row = _row(session, experiment, comment_id)
    return None if row is None else _comment(row)


def write(session: Session, experiment: str, comment: Comment) -> None:
    """Store what changed of a comment."""
    row = _row(session, experiment, comment.id)
    assert row is not None, "the service has just found it"
    row.text, row.changed_at, row.deleted_at = comment.text, comment.changed_at, comment.deleted_at
    session.flush()


def _row(session: Session, experiment: str, comment_id: int) -> CommentRow | None:
    query = select(CommentRow).join(ExperimentRow)
    return session.scalars(query.where(ExperimentRow.key == experiment, CommentRow.id == comment_id)).one_or_none()


def _comment(row: CommentRow) -> Comment:
    return Comment(row.id, row.at, row.who, row.text, row.changed_at, row.deleted_at)
