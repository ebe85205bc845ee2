"""What a journey would say of the newest stored events, while somebody is writing it: bounded, and never kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Match, Step
from experiments.services.clock import DAY
from experiments.store.insight.newest import Sight, newest_events, newest_pages
from experiments.store.preview import seen_names

#: Newest page views, and newest other events, that a look reads at most.
ROWS = 10_000
EXAMPLES = 4
MOST_NAMES = 300


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step.

    Args:
        seen: page views or events that match it; units: people behind them.
        reached: people who came so far in order.
        examples: the most frequent paths that match, with their views.
    """

    name: str
    seen: int
    units: int
    reached: int
    examples: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class JourneyPreview:
    """A look at a journey.

    Args:
        views: page views that were read; since: µs of the oldest of them, None where there is none.
    """

    views: int
    since: int | None
    steps: tuple[StepPreview, ...]


def preview(session: Session, journey: Journey, rows: int = ROWS) -> JourneyPreview:
    """Look at the newest `rows` page views, and at as many other events."""
    pages = newest_pages(session, rows)
    since = min((sight.at for sight in pages), default=None)
    events = [sight for sight in newest_events(session, journey.steps, rows) if since is None or sight.at >= since]
    known = {sight.path for sight in pages}
    places = {path: _places(journey.steps, path) for path in known}
    seen = [sight._replace(steps=places[sight.path]) for sight in pages] + events
    depth = _depths(journey, seen)
    return JourneyPreview(
        len(pages), since, tuple(_step(journey, place, seen, depth) for place in range(len(journey.steps)))
    )


def known_names(session: Session) -> tuple[str, ...]:
    """Paths and names of events that were seen, to choose from."""
    found = seen_names(session, "path", MOST_NAMES) + seen_names(session, "event", MOST_NAMES)
    return (*found, "Order Completed", "Contact Handled", "Survey Answered")


def _places(steps: Sequence[Step], path: str) -> tuple[int, ...]:
    return tuple(place for place, step in enumerate(steps) if step.matches(path=path))


def _step(journey: Journey, place: int, seen: Sequence[Sight], depth: Counter[int]) -> StepPreview:
    mine = [sight for sight in seen if place in sight.steps]
    examples = Counter(sight.path for sight in mine if sight.path).most_common(EXAMPLES)
    reached = sum(units for steps, units in depth.items() if steps > place)
    return StepPreview(journey.steps[place].name, len(mine), len({s.unit for s in mine}), reached, tuple(examples))


def _depths(journey: Journey, seen: Sequence[Sight]) -> Counter[int]:
    """People by the number of steps they reached in order; a page view is never two steps."""
    by_unit: dict[int, list[Sight]] = {}
    for sight in sorted(seen, key=lambda sight: sight.at):
        by_unit.setdefault(sight.unit, []).append(sight)
    return Counter(_depth(journey, sights) for sights in by_unit.values())


def _depth(journey: Journey, sights: Sequence[Sight]) -> int:
    first = next((sight.at for sight in sights if 0 in sight.steps), None)
    if first is None:
        return 0
    at, end = first, first + journey.window_days * DAY
    for place, step in enumerate(journey.steps[1:], start=1):
        same = step.match is Match.EVENT
        later = (s.at for s in sights if place in s.steps and (s.at >= at if same else s.at > at) and s.at < end)
        found = next(later, None)
        if found is None:
            return place
        at = found
    return len(journey.steps)
