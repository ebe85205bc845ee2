"""Journeys with their steps and versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Step
from experiments.domain.plain import from_plain, to_plain
from experiments.store.catalogue.rows import add_new, by_key
from experiments.store.tables import JourneyRow, JourneyVersionRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """One version of a journey with who saved it, and when (µs)."""

    journey: Journey
    who: str
    recorded_at: int


def save(session: Session, journey: Journey) -> None:
    """Add a journey, or change what it says."""
    row = by_key(session, JourneyRow, JourneyRow.key, journey.key)
    values = {
        "name": journey.name,
        "steps": to_plain(journey.steps),
        "details": _details(journey),
        "version": journey.version,
        "archived": journey.archived,
    }
    if row is None:
        add_new(session, JourneyRow(key=journey.key, **values), "journey", journey.key)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()


def keep_version(session: Session, journey: Journey, who: str, now: int) -> None:
    """Keep what a journey says in this version for good."""
    definition = to_plain(journey)
    session.add(
        JourneyVersionRow(key=journey.key, version=journey.version, definition=definition, who=who, recorded_at=now)
    )
    session.flush()


def versions(session: Session, key: str) -> tuple[Recorded, ...]:
    """Every kept version, the newest first."""
    query = select(JourneyVersionRow).where(JourneyVersionRow.key == key).order_by(JourneyVersionRow.version.desc())
    rows = session.scalars(query)
    return tuple(Recorded(from_plain(Journey, row.definition), row.who, row.recorded_at) for row in rows)


def last_version(session: Session, key: str) -> int:
    """The highest version a journey of this key ever had; 0 where there was none."""
    kept = versions(session, key)
    return kept[0].journey.version if kept else 0


def delete(session: Session, key: str) -> bool:
    """Remove a journey; whether there was one. Its versions stay."""
    row = by_key(session, JourneyRow, JourneyRow.key, key)
    if row is not None:
        session.delete(row)
    return row is not None


def find(session: Session, key: str) -> Journey | None:
    """The journey with this key."""
    row = by_key(session, JourneyRow, JourneyRow.key, key)
    return None if row is None else _journey(row)


def all_journeys(session: Session) -> tuple[Journey, ...]:
    """Every journey, archived ones too, by key."""
    return tuple(_journey(row) for row in session.scalars(select(JourneyRow).order_by(JourneyRow.key)))


def _details(journey: Journey) -> dict[str, Any]:
    lists = {name: list(getattr(journey, name)) for name in ("families", "addons", "priority")}
    return lists | {"window_days": journey.window_days}


def _journey(row: JourneyRow) -> Journey:
    details: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.details.items()
    }
    steps = tuple(from_plain(Step, step) for step in row.steps)
    return Journey(row.key, row.name, steps, **details, version=row.version, archived=row.archived)
