"""A journey with stored counts for the pages of the stories."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Match, Step
from experiments.insight.journeys import EntrantGroup, JourneyCounts, OrderWeek
from experiments.services import journeys
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY
from experiments.services.insight import journey_counts

STEPS = (
    Step("step-1", "TV pages", Match.PATH, "/tv*"),
    Step("step-2", "Shop", Match.PATH, "/shop/tv*"),
    Step("step-3", "Order", Match.EVENT, "Order Completed"),
)
JOURNEY = Journey("tv-pages", "TV pages", STEPS, families=("tv",))
SEGMENTS = (None, (), ("mobile",), ("mobile", "tv"), ("broadband", "mobile"))


def add_journey(session: Session, at: int) -> None:
    """People of every kind in every week, and some orders."""
    saved = journeys.save(session, SYSTEM, at, JOURNEY)
    groups = tuple(
        EntrantGroup(held, channel, week, reached, 400 // reached**3 + 7 * week)
        for held in SEGMENTS
        for channel in ("web", "app")
        for week in range(8)
        for reached in (1, 2, 3)
    )
    orders = tuple(OrderWeek(week, 200, 260, 420, 40 + week) for week in range(8))
    names = tuple(step.name for step in STEPS)
    counts = JourneyCounts("tv-pages", saved.version, names, at - 70 * DAY, at - 14 * DAY, 14, groups, orders)
    journey_counts.keep(session, counts, at)
