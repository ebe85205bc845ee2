"""Notes and links beside opportunities."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.domain.evidence import Evidence, EvidenceKind
from experiments.store.tables import EvidenceRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """A note with who wrote it down, and when (µs)."""

    id: int
    subject: str
    evidence: Evidence
    who: str
    recorded_at: int


def add(session: Session, subject: str, evidence: Evidence, who: str, now: int) -> Recorded:
    """Write a note down."""
    told = {"kind": evidence.kind.value, "text": evidence.text, "link": evidence.link, "who": who}
    row = EvidenceRow(subject=subject, recorded_at=now, **told)
    session.add(row)
    session.flush()
    return _recorded(row)


def of(session: Session, subject: str) -> tuple[Recorded, ...]:
    """What is noted about one subject, newest first."""
    query = select(EvidenceRow).where(EvidenceRow.subject == subject, ~EvidenceRow.removed)
    return tuple(_recorded(row) for row in session.scalars(query.order_by(EvidenceRow.id.desc())))


def counts(session: Session) -> dict[str, int]:
    """Number of notes by subject."""
    query = select(EvidenceRow.subject, func.count()).where(~EvidenceRow.removed).group_by(EvidenceRow.subject)
    return {subject: int(number) for subject, number in session.execute(query)}


def remove(session: Session, number: int) -> Recorded | None:
    """Take a note away; None where there is none."""
    row = session.get(EvidenceRow, number)
    if row is None or row.removed:
        return None
    row.removed = True
    session.flush()
    return _recorded(row)


def _recorded(row: EvidenceRow) -> Recorded:
    evidence = Evidence(EvidenceKind(row.kind), row.text, row.link)
    return Recorded(row.id, row.subject, evidence, row.who, row.recorded_at)
