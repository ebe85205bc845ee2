"""The library of learnings: draft, write, publish, find; every version is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.formats import day
from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.learning import Evidence, Learning, LearningStatus, Stance, check_move
from experiments.insight import drafting
from experiments.insight.meta_analysis import TestRow
from experiments.insight.prior import prior_of, prior_words
from experiments.insight.search_words import search_words
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.services.experiments import by_key
from experiments.services.fields import Fields, placed
from experiments.services.learn.about import first_facets
from experiments.services.learn.past import past_tests
from experiments.stats.bayes import posterior
from experiments.store import learning_search
from experiments.store.catalogue import decisions, learnings
from experiments.store.catalogue.learnings import Kept, Version

FIELDS = ("title", "finding", "conditions", "journey", "template", "families", "evidence")
NOUN = "learning"

__all__ = ["Found", "Kept", "TestRow", "Version"]


@dataclass(frozen=True, slots=True)
class Found:
    """Learnings in the order to show them.

    Args:
        some_words: True where none holds all words that were asked for, and these hold some.
    """

    learnings: tuple[Kept, ...]
    some_words: bool = False


def draft_of(session: Session, actor: Actor, now: int, experiment: str) -> Kept:
    """Draft the learning of an ended test from the facts of its report.

    Raises:
        ConflictError: `exists`, it has one already; `not_ended`, it has no verdict yet.
    """
    actor.require(Right.EDIT)
    test = by_key(session, experiment)
    if any(kept.experiment == experiment for kept in learnings.all_learnings(session)):
        raise ConflictError(f"experiment == {experiment!r}, has a learning already.", "experiment", code="exists")
    if test.stopped_at is None and not test.imported:
        raise ConflictError(f"experiment == {experiment!r}, must be stopped first.", "experiment", code="not_ended")
    learning = _drafted(session, now, experiment)
    kept = learnings.add(session, learning, experiment, actor.name, now, _words(session, learning, experiment))
    audit.record(session, actor, now, "draft", NOUN, str(kept.id), after=describe(kept))
    return kept


def draft_where_none(session: Session, actor: Actor, now: int, experiment: str) -> None:
    """At the decision: draft it, and draft it anew where a first draft waits that nobody has edited."""
    kept = of_test(session, experiment)
    if kept is None:
        draft_of(session, actor, now, experiment)
    elif _untouched(session, kept):
        learning = _drafted(session, now, experiment)
        after = learnings.change(session, kept.id, learning, actor.name, now, _words(session, learning, experiment))
        audit.record(session, actor, now, "draft", NOUN, str(kept.id), before=describe(kept), after=describe(after))


def take_back_draft(session: Session, actor: Actor, now: int, experiment: str, since: int) -> Kept | None:
    """At the undoing of a decision: take back the draft it made, where nobody has touched it.

    A draft that was there before the decision is drafted anew, without it.

    Args:
        since: µs; when the decision was made.

    Returns:
        The learning that stays because somebody edited, published or archived it; None where none does.
    """
    actor.require(Right.EDIT)
    kept = of_test(session, experiment)
    if kept is None:
        return None
    if not _untouched(session, kept):
        return kept
    if kept.created_at < since:
        draft_where_none(session, actor, now, experiment)
        return None
    learnings.remove(session, kept.id)
    audit.record(session, actor, now, "take_back", NOUN, str(kept.id), before=describe(kept))
    return None


def of_test(session: Session, experiment: str) -> Kept | None:
    """The learning that was drafted from a test; None where there is none."""
    return next((one for one in learnings.all_learnings(session) if one.experiment == experiment), None)


def worked_on(session: Session, experiment: str) -> Kept | None:
    """The learning of a test where somebody edited, published or archived it; None where nobody did."""
    kept = of_test(session, experiment)
    return None if kept is None or _untouched(session, kept) else kept


def _untouched(session: Session, kept: Kept) -> bool:
    """Whether it holds the words of the rule alone."""
    deeds = audit.history(session, noun=NOUN, key=str(kept.id))
    return kept.status is LearningStatus.DRAFT and all(deed.action == "draft" for deed in deeds)


def write(session: Session, actor: Actor, now: int, learning: Learning) -> Kept:
    """Add a learning that no test of ours taught, as a draft."""
    actor.require(Right.EDIT)
    _check_references(session, learning)
    kept = learnings.add(session, learning, None, actor.name, now, _words(session, learning, None))
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
    words = _words(session, learning, before.experiment)
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


def read_learning(data: Any) -> Learning:
    """A learning from its document.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", FIELDS)
    with placed("", "learning"):
        return Learning(
            title=fields.text("title"),
            finding=fields.text("finding"),
            conditions=fields.text("conditions", ""),
            journey=fields.text("journey", ""),
            template=fields.text("template", ""),
            families=fields.texts("families"),
            evidence=tuple(read_evidence(item, path) for path, item in fields.items("evidence")),
        )


def read_evidence(data: Any, path: str = "") -> Evidence:
    """A test beside a learning from its document."""
    fields = Fields(data, path, ("experiment", "stance", "note"))
    return Evidence(fields.text("experiment"), fields.choice("stance", Stance), fields.text("note", ""))


def describe(kept: Kept) -> dict[str, Any]:
    """JSON-ready; the fields of a learning are those that `read_learning` reads."""
    return {
        "id": kept.id,
        **describe_learning(kept.learning),
        "status": kept.status.value,
        "version": kept.version,
        "experiment": kept.experiment,
        "facts": kept.learning.facts,
        "created_at": to_iso(kept.created_at),
        "updated_at": to_iso(kept.updated_at),
    }


def describe_learning(learning: Learning) -> dict[str, Any]:
    """The document that `read_learning` reads."""
    return {
        "title": learning.title,
        "finding": learning.finding,
        "conditions": learning.conditions,
        "journey": learning.journey,
        "template": learning.template,
        "families": list(learning.families),
        "evidence": [
            {"experiment": one.experiment, "stance": one.stance.value, "note": one.note} for one in learning.evidence
        ],
    }


def _drafted(session: Session, now: int, experiment: str) -> Learning:
    record = past_tests(session, now)
    test, definition = record.find(experiment), by_key(session, experiment)
    facets = first_facets(session, definition, catalogue.all_journeys(session))
    if test is None:
        why = next((one.why for one in record.left_out if one.key == experiment), "It gave no effect.")
        return Learning(
            title=f"{definition.name}: nothing can be read"[:200],
            finding=f"{why} It is neither for nor against the idea; the test has to be repeated before it is.",
            journey=facets.journey,
            template=facets.template,
            families=facets.families,
        )
    prior = prior_of(record.tests, test.goal, leaving_out=test.key)
    decided = [one for one in decisions.all_of(session, experiment) if one.undone_at is None]
    period = f"{day(to_iso(test.launched_at))} to {day(to_iso(test.ended_at))}"
    made = drafting.draft(
        test,
        posterior(test.raw.gain, test.raw.se**2, prior, level=test.level),
        prior,
        prior_words(prior),
        period,
        decided[-1].decided if decided else "",
    )
    own = Evidence(experiment, Stance.FOR, "The test it was drafted from.")
    return Learning(
        made.title, made.finding, made.conditions, facets.journey, facets.template, facets.families, (own,), made.facts
    )


def _check_references(session: Session, learning: Learning) -> None:
    if learning.journey:
        catalogue.journey_by_key(session, learning.journey)
    families = {family.key for family in catalogue.all_families(session)}
    for key in learning.families:
        if key not in families:
            raise DomainError("unknown_choice", f"families holds {key!r}, which is no family.", "families")
    for one in learning.evidence:
        by_key(session, one.experiment)


def _words(session: Session, learning: Learning, experiment: str | None) -> str:
    """Everything a learning is found by, beside its title."""
    names = {family.key: family.name for family in catalogue.all_families(session)}
    names |= {journey.key: journey.name for journey in catalogue.all_journeys(session)}
    keys = [key for key in (learning.journey, *learning.families) if key]
    tests = [by_key(session, key).name for key in dict.fromkeys(
        [*([experiment] if experiment else []), *(one.experiment for one in learning.evidence)])]  # fmt: skip
    notes = [one.note for one in learning.evidence]
    parts = [learning.finding, learning.conditions, learning.template, *keys, *(names.get(key, "") for key in keys)]
    return "\n".join([*parts, *tests, *notes])
