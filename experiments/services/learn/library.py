"""The library of learnings: write, publish, find; every version is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.learning import Evidence, Learning, LearningStatus, check_move
from experiments.insight.search_words import search_words
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.experiments import by_key
from experiments.services.learn.documents import describe
from experiments.services.learn.drafts import NOUN
from experiments.services.learn.search_text import search_text
from experiments.store import learning_search
from experiments.store.catalogue import learnings
from experiments.store.catalogue.learnings import Kept, Version

__all__ = ["Found", "Kept", "Version"]


@dataclass(frozen=True, slots=True)
class Found:
    """Learnings in the order to show them.

    Args:
        some_words: True where none holds all words that were asked for, and these hold some.
    """

    learnings: tuple[Kept, ...]
    some_words: bool = False


def write(session: Session, actor: Actor, now: int, learning: Learning) -> Kept:
    """Add a learning that no test of ours taught, as a draft."""
    actor.require(Right.EDIT)
    _check_references(session, learning)
    kept = learnings.add(session, learning, None, actor.name, now, search_text(session, learning, None))
    audit.record(session, actor, now, "write", NOUN, str(kept.id), after=describe(kept))
    return kept


def change(
    session: Session, actor: Actor, now: int, learning_id: int, learning: Learning, version: int | None = None
) -> Kept:
    """Write the next version; the facts it was drafted from stay.

    Args:
        version: what the caller last saw.

    Raises:
        ConflictError: `stale`, somebody wrote another version in between.
    """
    actor.require(Right.EDIT)
    before = learnings.find(session, learning_id)
    if version is not None and version != before.version:
        message = f"version == {version}, but it is {before.version} by now: somebody changed it in between."
        raise ConflictError(message, "version", code="stale")
    learning = replace(learning, facts=before.learning.facts)
    _check_references(session, learning)
    if learning == before.learning:
        return before
    words = search_text(session, learning, before.experiment)
    after = learnings.change(session, learning_id, learning, actor.name, now, words)
    audit.record(session, actor, now, "change", NOUN, str(learning_id), before=describe(before), after=describe(after))
    return after


def move(session: Session, actor: Actor, now: int, learning_id: int, status: LearningStatus, reason: str = "") -> Kept:
    """Publish it, take it back to the drafts, or archive it; every move can be undone."""
    actor.require(Right.EDIT)
    before = learnings.find(session, learning_id)
    check_move(before.status, status)
    after = learnings.move(session, learning_id, status, now)
    old, new = {"status": before.status.value}, {"status": status.value}
    audit.record(session, actor, now, status.value, NOUN, str(learning_id), before=old, after=new, reason=reason)
    return after


def add_evidence(session: Session, actor: Actor, now: int, learning_id: int, evidence: Evidence) -> Kept:
    """Put a test beside a learning, for it or against it; one that is there already is replaced."""
    actor.require(Right.EDIT)
    before = learnings.find(session, learning_id).learning
    others = tuple(one for one in before.evidence if one.experiment != evidence.experiment)
    return change(session, actor, now, learning_id, replace(before, evidence=(*others, evidence)))


def remove_evidence(session: Session, actor: Actor, now: int, learning_id: int, experiment: str) -> Kept:
    """Take a test away from a learning; the versions before still name it."""
    actor.require(Right.EDIT)
    before = learnings.find(session, learning_id).learning
    left = tuple(one for one in before.evidence if one.experiment != experiment)
    if len(left) == len(before.evidence):
        raise NotFoundError("evidence", experiment)
    return change(session, actor, now, learning_id, replace(before, evidence=left))


def by_id(session: Session, learning_id: int) -> Kept:
    """The learning; raises NotFoundError."""
    return learnings.find(session, learning_id)


def every(session: Session) -> tuple[Kept, ...]:
    """All learnings, the last changed first, archived ones too."""
    return learnings.all_learnings(session)


def versions(session: Session, learning_id: int) -> tuple[Version, ...]:
    """Everything it ever said, newest first."""
    learnings.find(session, learning_id)
    return learnings.versions(session, learning_id)


def find(
    session: Session, asked: str = "", status: LearningStatus | None = None, journey: str = "", family: str = ""
) -> Found:
    """Learnings that hold all words (or, where none does, some of them), the best first.

    Without words the last changed come first, and archived ones only where they are asked for.
    """
    every = {kept.id: kept for kept in learnings.all_learnings(session)}
    words, some = search_words(asked), False
    if words:
        ids = learning_search.find(session, words)
        some = not ids and len(words) > 1
        ids = learning_search.find(session, words, "any") if some else ids
    else:
        ids = list(every) if not asked.strip() else []
    kept = [every[one] for one in ids]
    wanted = [one for one in kept if (one.status is status if status else one.status is not LearningStatus.ARCHIVED)]
    wanted = [one for one in wanted if not journey or one.learning.journey == journey]
    wanted = [one for one in wanted if not family or family in one.learning.families]
    return Found(tuple(wanted), some and bool(wanted))


def _check_references(session: Session, learning: Learning) -> None:
    if learning.journey:
        catalogue.journey_by_key(session, learning.journey)
    families = {family.key for family in catalogue.all_families(session)}
    for key in learning.families:
        if key not in families:
            raise DomainError("unknown_choice", f"families holds {key!r}, which is no family.", "families")
    for one in learning.evidence:
        by_key(session, one.experiment)
