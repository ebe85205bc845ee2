"""What people should hear of at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import AlarmRow, ExperimentRow


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm.

    Args:
        at: µs UTC.
        kind: `harm`, `split_broken` and so on.
        experiment: key, None where it is of no test.
        sentence: what happened and what was done.
        sent_at: µs at which people were told; None while nobody was.
    """

    at: int
    kind: str
    experiment: str | None
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    sent_at: int | None = None
    id: int = 0


def add(session: Session, alarm: Alarm) -> int:
    """Write one down; returns its id."""
    row = AlarmRow(
        at=alarm.at,
        kind=alarm.kind,
        experiment_id=None if alarm.experiment is None else id_of(session, alarm.experiment),
        sentence=alarm.sentence,
        facts=alarm.facts,
        sent_at=alarm.sent_at,
    )
    session.add(row)
    session.flush()
    return row.id


def all_of(
    session: Session, *, experiment: str | None = None, unsent: bool = False, limit: int = 100
) -> tuple[Alarm, ...]:
    """The newest first, of everything or of one test; only those nobody was told of where `unsent`."""
    query = select(AlarmRow, ExperimentRow.key).outerjoin(ExperimentRow, ExperimentRow.id == AlarmRow.experiment_id)
    if experiment is not None:
        query = query.where(ExperimentRow.key == experiment)
    if unsent:
        query = query.where(AlarmRow.sent_at.is_(None))
    rows = session.execute(query.order_by(AlarmRow.at.desc(), AlarmRow.id.desc()).limit(limit))
    return tuple(Alarm(row.at, row.kind, key, row.sentence, row.facts, row.sent_at, row.id) for row, key in rows)


def mark_sent(session: Session, alarm_id: int, at: int) -> None:
    """People were told."""
    row = session.get(AlarmRow, alarm_id)
    if row is not None and row.sent_at is None:
        row.sent_at = at
        session.flush()
