"""Alarms: what people should hear of at once, kept until somebody was told."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from experiments.services.clock import maybe_iso, to_iso
from experiments.store.catalogue import alarms
from experiments.store.catalogue.alarms import Alarm

__all__ = ["Alarm", "alarms_of", "describe_alarm", "mark_told", "sound", "untold"]


def sound(session: Session, now: int, kind: str, experiment: str | None, sentence: str, facts: dict[str, Any]) -> int:
    """Write an alarm down; returns its id. Whoever sends messages asks for `untold` ones."""
    return alarms.add(session, Alarm(now, kind, experiment, sentence, facts))


def untold(session: Session, limit: int = 100) -> tuple[Alarm, ...]:
    """Alarms nobody was told of, the newest first."""
    return alarms.all_of(session, unsent=True, limit=limit)


def alarms_of(session: Session, experiment: str | None = None, limit: int = 100) -> tuple[Alarm, ...]:
    """Alarms of one test, or all, the newest first."""
    return alarms.all_of(session, experiment=experiment, limit=limit)


def mark_told(session: Session, alarm_id: int, now: int) -> None:
    """People were told at `now`."""
    alarms.mark_sent(session, alarm_id, now)


def describe_alarm(alarm: Alarm) -> dict[str, Any]:
    """JSON-ready form."""
    return {
        "id": alarm.id,
        "at": to_iso(alarm.at),
        "kind": alarm.kind,
        "experiment": alarm.experiment,
        "sentence": alarm.sentence,
        "facts": alarm.facts,
        "sent_at": maybe_iso(alarm.sent_at),
    }
