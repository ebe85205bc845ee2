"""Learnings that the end of a test drafts by itself, from the facts of its report."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.decision.formats import day
from experiments.domain.access import Right
from experiments.domain.errors import ConflictError
from experiments.domain.learning import Evidence, Learning, LearningStatus, Stance
from experiments.insight import drafting
from experiments.insight.prior import prior_of, prior_words
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.services.experiments import by_key
from experiments.services.learn.about import first_facets
from experiments.services.learn.documents import describe
from experiments.services.learn.past import past_tests
from experiments.services.learn.search_text import search_text
from experiments.stats.bayes import posterior
from experiments.store.catalogue import decisions, learnings
from experiments.store.catalogue.learnings import Kept

#: What the log calls a learning.
NOUN = "learning"


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
    kept = learnings.add(session, learning, experiment, actor.name, now, search_text(session, learning, experiment))
    audit.record(session, actor, now, "draft", NOUN, str(kept.id), after=describe(kept))
    return kept


def draft_where_none(session: Session, actor: Actor, now: int, experiment: str) -> None:
    """At the decision: draft it, and draft it anew where a first draft waits that nobody has edited."""
    kept = of_test(session, experiment)
    if kept is None:
        draft_of(session, actor, now, experiment)
    elif _untouched(session, kept):
        learning = _drafted(session, now, experiment)
        after = learnings.change(
            session, kept.id, learning, actor.name, now, search_text(session, learning, experiment)
        )
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
