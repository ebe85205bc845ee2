"""Journeys with their steps."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Step
from experiments.domain.plain import from_plain, to_plain
from experiments.store.catalogue.rows import add_new, by_key
from experiments.store.tables import JourneyRow


def save(session: Session, journey: Journey) -> None:
    """Add a journey, or change its name and steps."""
    row = by_key(session, JourneyRow, JourneyRow.key, journey.key)
    steps = to_plain(journey.steps)
    if row is None:
        add_new(session, JourneyRow(key=journey.key, name=journey.name, steps=steps), "journey", journey.key)
    else:
        row.name, row.steps = journey.name, steps


def delete(session: Session, key: str) -> bool:
    """Remove a journey; whether there was one."""
    row = by_key(session, JourneyRow, JourneyRow.key, key)
    if row is not None:
        session.delete(row)
    return row is not None


def find(session: Session, key: str) -> Journey | None:
    """The journey with this key."""
    row = by_key(session, JourneyRow, JourneyRow.key, key)
    return None if row is None else _journey(row)


def all_journeys(session: Session) -> tuple[Journey, ...]:
    """Every journey, by key."""
    return tuple(_journey(row) for row in session.scalars(select(JourneyRow).order_by(JourneyRow.key)))


def _journey(row: JourneyRow) -> Journey:
    return Journey(row.key, row.name, tuple(from_plain(Step, step) for step in row.steps))
