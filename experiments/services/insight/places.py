"""Where opportunities are looked for: the steps of journeys, and pages that many see and no journey names."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.journey import Match, Step
from experiments.insight.opportunities import Place
from experiments.services.insight.journey_preview import ROWS
from experiments.services.journeys import live_journeys
from experiments.store.insight.newest import newest_pages

#: Events that end a journey are no places for an offer.
ENDS = frozenset({"Order Completed", "Contact Handled", "Survey Answered"})
#: Pages beside journeys, by their views among the newest page views, each with at least so many.
MOST_PAGES, LEAST_VIEWS = 8, 50
MOST_PLACES = 40


def places(session: Session) -> list[tuple[Place, Step]]:
    """(place, the step that matches it); a pattern that several journeys name stands once, for one that sells."""
    found: dict[tuple[Match, str], tuple[Place, Step]] = {}
    for journey in live_journeys(session):
        for step in journey.steps:
            if step.pattern in ENDS:
                continue
            place = Place(f"{journey.key}.{step.key}", step.name, step.pattern, journey.families)
            known = found.setdefault((step.match, step.pattern), (place, step))
            if not known[0].families and journey.families:
                found[step.match, step.pattern] = place, step
    steps = [step for _, step in found.values()]
    pages = [(Place(f"page.{path}", path, path), _exactly(path)) for path in _pages(session, steps)]
    return [*found.values(), *pages][:MOST_PLACES]


def _pages(session: Session, steps: list[Step]) -> list[str]:
    """The most viewed pages that belong to no step, of the newest page views."""
    views: dict[str, int] = {}
    for sight in newest_pages(session, ROWS):
        views[sight.path] = views.get(sight.path, 0) + 1
    beside = [path for path, number in views.items() if number >= LEAST_VIEWS and not _is_step(path, steps)]
    return sorted(beside, key=lambda path: (-views[path], path))[:MOST_PAGES]


def _is_step(path: str, steps: list[Step]) -> bool:
    odd = not path.startswith("/") or len(path) > 200 or any(mark in path for mark in "*?[")
    return odd or any(step.matches(path=path) for step in steps)


def _exactly(path: str) -> Step:
    return Step("page", path, Match.PATH, path)
