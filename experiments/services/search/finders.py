"""The finders of this product; a part that keeps something people look for adds one here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.domain.idea import IdeaStatus
from experiments.services.backlog.ideas import all_ideas
from experiments.services.catalogue import all_journeys
from experiments.services.experiments import unreadable
from experiments.services.learn import library
from experiments.services.search.hits import TEXT, Finder, Hit, Kind, matching, rank_of
from experiments.store import search


def find_experiments(session: Session, asked: str) -> Iterable[Hit]:
    """By name, key and hypothesis; one that is damaged says so."""
    every = (
        (Hit(Kind.EXPERIMENT, name, f"{status.capitalize()} · {key}", f"/experiments/{key}"), f"{key} {why}")
        for key, name, why, status in search.experiments(session)
    )
    hits = list(matching(asked, every))
    damaged = {f"/experiments/{each.key}": each for each in unreadable(session)} if hits else {}
    return [
        replace(hit, text=f"Cannot be read · {damaged[hit.href].key}") if hit.href in damaged else hit for hit in hits
    ]


def find_metrics(session: Session, asked: str) -> Iterable[Hit]:
    """By name, key and description."""
    every = (
        (Hit(Kind.METRIC, name, description or key, f"/data/metrics/{key}"), f"{key} {description}")
        for key, name, description in search.metrics(session)
    )
    return matching(asked, every)


def find_journeys(session: Session, asked: str) -> Iterable[Hit]:
    """By name, key and steps."""
    every = (
        (
            Hit(
                Kind.JOURNEY,
                one.name,
                " → ".join(step.name for step in one.steps),
                f"/opportunities/journeys/{one.key}",
            ),
            f"{one.key} {' '.join(f'{step.name} {step.pattern}' for step in one.steps)}",
        )
        for one in all_journeys(session)
        if not one.archived
    )
    return matching(asked, every)


def find_learnings(session: Session, asked: str) -> Iterable[Hit]:
    """By the full-text search of the library; a title that matches comes before a text."""
    found = library.find(session, asked)
    for kept in () if found.some_words else found.learnings:
        title = kept.learning.title
        rank = rank_of(asked, title, "")
        yield Hit(Kind.LEARNING, title, kept.learning.finding, f"/learnings/{kept.id}", TEXT if rank is None else rank)


def find_ideas(session: Session, asked: str) -> Iterable[Hit]:
    """Ideas of the backlog, by title, hypothesis and evidence."""
    every = (
        (
            Hit(Kind.IDEA, held.idea.title, held.idea.hypothesis, f"/backlog/{held.id}"),
            f"{held.idea.hypothesis} {held.idea.evidence}",
        )
        for held in all_ideas(session, IdeaStatus.OPEN)
    )
    return matching(asked, every)


FINDERS: tuple[Finder, ...] = (find_experiments, find_learnings, find_ideas, find_metrics, find_journeys)
