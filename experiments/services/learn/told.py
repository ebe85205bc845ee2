"""What the record of past tests says where somebody plans the next one: related tests, the prior, all effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from experiments.decision.inputs import AnalysisInput
from experiments.domain.learning import LearningStatus
from experiments.domain.metric import Role
from experiments.insight.meta_analysis import MetaAnalysis, meta_analysis
from experiments.insight.past_tests import PastTest, main_goal
from experiments.insight.prior import prior_of
from experiments.insight.related import Near, near, sentence
from experiments.insight.retest import Flag, flags
from experiments.services import catalogue
from experiments.services.experiments import by_key
from experiments.services.learn.about import first_facets
from experiments.services.learn.library import Kept
from experiments.services.learn.past import Record, past_tests
from experiments.stats.prior import Prior
from experiments.store.catalogue import learnings


@dataclass(frozen=True, slots=True)
class Related:
    """What was learned near a plan.

    Args:
        sentence: empty where no past test is near.
        learnings: published ones about the same journey, template or family.
    """

    sentence: str
    tests: tuple[PastTest, ...]
    learnings: tuple[Kept, ...]


def related(session: Session, now: int, asked: Near) -> Related:
    """Past tests and published learnings near a plan."""
    tests = near(past_tests(session, now).tests, asked)
    journeys = {journey.key: journey.name for journey in catalogue.all_journeys(session)}
    families = {family.key: family.name for family in catalogue.all_families(session)}
    words = sentence(tests, asked, journeys.get(asked.journey, ""), [families.get(key, key) for key in asked.families])
    return Related(words, tests, tuple(kept for kept in _published(session) if _about(kept, asked)))


def related_to(session: Session, now: int, key: str) -> Related:
    """Past tests and published learnings near a draft; raises NotFoundError."""
    facets = first_facets(session, by_key(session, key), catalogue.all_journeys(session))
    return related(session, now, Near(facets.journey, facets.template, facets.families))


def prior_for(session: Session, now: int, goal: str, leaving_out: str | None = None) -> Prior:
    """The prior of a goal from all past tests, off below ten; a test's own result is left out."""
    return prior_of(past_tests(session, now).tests, goal, leaving_out)


def with_prior(session: Session, data: AnalysisInput, now: int) -> AnalysisInput:
    """The same analysis with what other past tests say of its first goal; between looks nothing is shrunk."""
    goals = data.with_role(Role.GOAL)
    if not data.looks.is_look or not goals:
        return data
    return replace(data, prior=prior_for(session, now, goals[0].key, data.experiment.key))


def all_effects(session: Session, now: int, goal: str | None = None) -> tuple[Record, MetaAnalysis | None]:
    """The record, and all its tests of one goal together; None where there is no test."""
    record = past_tests(session, now)
    chosen = goal or main_goal(record.tests)
    return record, meta_analysis(record.tests, chosen) if chosen else None


def retest_flags(record: Record, kept: Kept, now: int) -> tuple[Flag, ...]:
    """Why a published learning should be tested again."""
    if kept.status is not LearningStatus.PUBLISHED:
        return ()
    own = record.find(kept.experiment)
    about = Near(kept.learning.journey, kept.learning.template, kept.learning.families)
    since = own.ended_at if own else kept.created_at
    return flags(kept.learning.evidence, own, record.tests, about, since, now)


def _published(session: Session) -> list[Kept]:
    return [kept for kept in learnings.all_learnings(session) if kept.status is LearningStatus.PUBLISHED]


def _about(kept: Kept, asked: Near) -> bool:
    learning = kept.learning
    return (
        bool(asked.journey and learning.journey == asked.journey)
        or bool(asked.template and learning.template.casefold() == asked.template.casefold())
        or bool(set(asked.families) & set(learning.families))
    )
