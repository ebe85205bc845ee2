"""A journey with stored counts for the pages of the stories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Match, Step
from experiments.insight.journeys import EntrantGroup, JourneyCounts, OrderWeek
from experiments.insight.opportunities import Cell, Overlap
from experiments.insight.opportunities.simulate import Scene, draw
from experiments.services import journeys
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY
from experiments.services.insight import journey_counts, traffic_counts

STEPS = (
    Step("entry", "TV pages", Match.PATH, "/tv*"),
    Step("shop", "Shop", Match.PATH, "/shop/tv*"),
    Step("order", "Order", Match.EVENT, "Order Completed"),
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


def add_opportunities(session: Session, at: int) -> None:
    """Simulated traffic on the journey's pages with one planted gap, one of other people, and a cell of too few."""
    random = np.random.default_rng(4)
    drawn = draw(random, Scene({("tv", ("mobile",), "tv"): 0.7, ("help", ("mobile",), "tv"): 0.3}))
    keys = {"tv": "tv-pages.entry", "tv-shop": "tv-pages.shop"}
    places = tuple(replace(place, key=keys.get(place.key, f"page.{place.key}")) for place in drawn.places)
    few = Cell(4, ("broadband", "tv"), "web", 0, 60, 80, {"mobile": 1})
    unknown = Cell(0, None, "web", 0, 900, 1_000)
    cells = tuple(replace(cell, any_up=cell.units // 25) for cell in drawn.cells)
    both = (Overlap(0, 4, ("mobile",), 1_200), Overlap(0, 1, ("mobile",), 900))
    told = replace(
        drawn, since=at - 56 * DAY, until=at - 28 * DAY, places=places, cells=(*cells, few, unknown), overlaps=both
    )
    traffic_counts.keep(session, told, at)
