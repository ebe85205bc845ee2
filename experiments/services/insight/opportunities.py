"""Opportunities as pages, API and command line read them: found in stored counts, with notes beside them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import NotFoundError
from experiments.domain.evidence import Evidence
from experiments.insight.opportunities import Findings, Kappa, Opportunity, Traffic, find
from experiments.insight.segments import segment_key
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.insight import traffic_counts
from experiments.services.insight.kappa import kappa_of
from experiments.store.insight import evidence
from experiments.store.insight.evidence import Recorded

__all__ = ["Evidence", "Looked", "Recorded", "add_note", "by_words", "look", "notes", "remove_note"]


@dataclass(frozen=True)
class Looked:
    """What is known of opportunities.

    Args:
        kappa: share of a gap that tests are expected to close, and where it comes from.
        noted: number of notes by key of an opportunity.
        computed_at: µs; when the worker counted.
    """

    traffic: Traffic
    findings: Findings
    kappa: Kappa
    noted: dict[str, int]
    computed_at: int

    @property
    def families(self) -> dict[str, str]:
        """Names of families by key."""
        return self.traffic.families


def look(session: Session, kappa: Kappa | None = None) -> Looked | None:
    """Compare, shrink and rank what the worker counted last; None where it has not yet.

    Args:
        kappa: share of a gap that tests close, for this look alone; None = what counts today.
    """
    stored = traffic_counts.stored(session)
    if stored is None:
        return None
    found = find(stored.traffic)
    used = kappa or kappa_of(session, stored.computed_at)
    return Looked(stored.traffic, found, used, evidence.counts(session), stored.computed_at)


def by_words(looked: Looked | None, place: str, holds: str, family: str) -> Opportunity:
    """The cell of a place, holdings and a family, by the words addresses use; raises NotFoundError."""
    for each in looked.findings.opportunities if looked else ():
        if (each.place.key, segment_key(each.held), each.family) == (place, holds, family):
            return each
    raise NotFoundError("opportunity", f"{place}|{holds}|{family}")


def notes(session: Session, subject: str) -> tuple[Recorded, ...]:
    """What people noted about an opportunity, newest first."""
    return evidence.of(session, subject)


def add_note(session: Session, actor: Actor, now: int, subject: str, told: Evidence) -> Recorded:
    """Put feedback, a recording, a user test or a note beside an opportunity."""
    actor.require(Right.EDIT)
    made = evidence.add(session, subject, told, actor.name, now)
    document = {"kind": told.kind.value, "text": told.text, "link": told.link, "subject": subject}
    audit.record(session, actor, now, "create", "evidence", str(made.id), before=None, after=document)
    return made


def remove_note(session: Session, actor: Actor, now: int, number: int) -> Recorded:
    """Take a note away; the log keeps it. Raises NotFoundError."""
    actor.require(Right.EDIT)
    gone = evidence.remove(session, number)
    if gone is None:
        raise NotFoundError("evidence", str(number))
    document = {"kind": gone.evidence.kind.value, "text": gone.evidence.text, "link": gone.evidence.link}
    audit.record(session, actor, now, "delete", "evidence", str(number), before=document, after=None)
    return gone
