"""What people typed into the builder, kept as typed until it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import DraftAnswerRow, ExperimentRow

Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SavedAnswers:
    """Answers by field, and the revision of the test they belong to."""

    revision: int
    answers: Answers
    saved_by: str
    saved_at: int


def find(session: Session, experiment: str) -> SavedAnswers | None:
    """The answers of a test, None where nobody used the builder for it."""
    row = session.get(DraftAnswerRow, id_of(session, experiment))
    return None if row is None else SavedAnswers(row.revision, row.answers, row.saved_by, row.saved_at)


def of_all(session: Session) -> dict[str, Answers]:
    """The answers of every test that has some, by its key, in one question."""
    wanted = select(ExperimentRow.key, DraftAnswerRow.answers).join_from(
        DraftAnswerRow, ExperimentRow, ExperimentRow.id == DraftAnswerRow.experiment_id
    )
    return {row.key: row.answers for row in session.execute(wanted)}


def keep(session: Session, experiment: str, saved: SavedAnswers) -> None:
    """Replace the answers of a test."""
    number = id_of(session, experiment)
    row = session.get(DraftAnswerRow, number) or DraftAnswerRow(experiment_id=number)
    row.revision, row.saved_by, row.saved_at = saved.revision, saved.saved_by, saved.saved_at
    row.answers = {name: list(values) for name, values in saved.answers.items()}
    session.add(row)
    session.flush()
