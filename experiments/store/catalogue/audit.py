"""The record of who did what: rows are added, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.tables import AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed.

    Args:
        at: µs UTC.
        who: address of the person, or the name of the key or process.
        before, after: the values that changed; None where there was or is nothing.
    """

    at: int
    who: str
    action: str
    noun: str
    key: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str = ""


def add(session: Session, entry: AuditEntry) -> None:
    """Write down one deed."""
    session.add(
        AuditRow(
            at=entry.at,
            who=entry.who,
            action=entry.action,
            noun=entry.noun,
            key=entry.key,
            before=entry.before,
            after=entry.after,
            reason=entry.reason,
        )
    )
    session.flush()


def entries(
    session: Session, *, noun: str | None = None, key: str | None = None, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """The newest deeds, newest first, of everything or of one noun or thing."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if noun is not None:
        query = query.where(AuditRow.noun == noun)
    if key is not None:
        query = query.where(AuditRow.key == key)
    return tuple(
        AuditEntry(
            at=row.at,
            who=row.who,
            action=row.action,
            noun=row.noun,
            key=row.key,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )
        for row in session.scalars(query)
    )
