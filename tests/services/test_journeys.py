"""Journeys on both databases: versions, the look at new events, and counts equal to a slow second way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.journey import Journey, Match, Step
from experiments.insight.journeys import funnel
from experiments.services import catalogue, journeys
from experiments.services.clock import DAY
from experiments.services.insight import counting, journey_counts, journey_preview
from experiments.store.engines import reading, writing
from tests.insight_world import NOW, World, random_world
from tests.scenes import EDITOR, VIEWER

STEPS = (
    Step("step-1", "TV", Match.PATH, "/tv*"),
    Step("step-2", "Shop", Match.PATH, "/shop/*"),
    Step("step-3", "Order", Match.EVENT, "Order Completed"),
)
JOURNEY = Journey("tv", "TV pages", STEPS, families=("tv",))


def test_every_change_is_a_version_and_nothing_is_lost(engine: Engine) -> None:
    World(engine)
    with writing(engine) as session:
        first = journeys.save(session, EDITOR, NOW, JOURNEY)
        same = journeys.save(session, EDITOR, NOW, JOURNEY)
        second = journeys.save(session, EDITOR, NOW, replace(JOURNEY, name="Television", window_days=7))
        assert (first.version, same.version, second.version) == (1, 1, 2)
        assert journeys.archive(session, EDITOR, NOW, "tv").archived
        assert journeys.live_journeys(session) == ()
        back = journeys.archive(session, EDITOR, NOW, "tv", archived=False)
        assert (back.version, back.name) == (4, "Television")
        assert [one.journey.name for one in journeys.versions(session, "tv")] == ["Television"] * 3 + ["TV pages"]
        catalogue.delete_journey(session, EDITOR, NOW, "tv")
        assert journeys.save(session, EDITOR, NOW, JOURNEY).version == 5


def test_what_is_refused(engine: Engine) -> None:
    World(engine)
    document = journeys.described(JOURNEY)
    assert journeys.read_journey(document) == JOURNEY
    with writing(engine) as session:
        with pytest.raises(DomainError, match="Did you mean 'tv'"):
            journeys.save(session, EDITOR, NOW, replace(JOURNEY, families=("tvv",)))
        with pytest.raises(ForbiddenError):
            journeys.save(session, VIEWER, NOW, JOURNEY)
        with pytest.raises(ForbiddenError):
            counting.ask(session, VIEWER, NOW)
    for change in ({"steps": []}, {"steps": document["steps"] * 3}, {"window_days": 61}, {"colour": "red"}):
        with pytest.raises(DomainError):
            journeys.read_journey(document | change)
    bad = [{**document["steps"][0], "pattern": "tv"}]
    with pytest.raises(DomainError) as refused:
        journeys.read_journey(document | {"steps": bad})
    assert refused.value.field == "steps.0.pattern"


def test_the_worker_counts_what_a_slow_second_way_counts(engine: Engine) -> None:
    world = random_world(engine)
    with writing(engine) as session:
        journeys.save(session, EDITOR, NOW, JOURNEY)
        counting.ask(session, EDITOR, NOW)
    assert counting.count_due(engine, NOW, changed=False)
    assert not counting.count_due(engine, NOW + 1, changed=True)
    with reading(engine) as session:
        stored = journey_counts.stored(session, JOURNEY)
        progress = counting.progress(session)
    assert stored is not None
    assert not stored.stale
    assert progress is not None
    assert (progress.state, progress.done) == ("done", progress.total)
    found: Counter[tuple[object, ...]] = Counter()
    for group in stored.counts.groups:
        found[group.held, group.channel, group.week, group.reached] += group.units
    assert found == _slowly(world, stored.counts.since, stored.counts.until)
    assert len(found) > 20
    assert funnel(stored.counts).conversion.count > 0


def _slowly(world: World, since: int, until: int) -> Counter[tuple[object, ...]]:
    linked = {row["visitor"]: row["customer"] for row in world.links}
    held: dict[int, set[str]] = {}
    words = {code: key for key, code in world.families.items()}
    for row in world.holdings:
        held.setdefault(row["customer"], set()).update([words[row["family_id"]]] if row["family_id"] else [])

    def unit(row: dict) -> int:
        return row["customer"] or linked.get(row["visitor"]) or row["visitor"]

    events = [(unit(row), row["at"], row["path"], row["channel"]) for row in world.views if row["at"] >= since]
    events += [(unit(row), row["at"], "!order", 1) for row in world.sales if row["at"] >= since]
    counted: Counter[tuple[object, ...]] = Counter()
    for who in {unit for unit, *_ in events}:
        mine = sorted((at, path, channel) for unit, at, path, channel in events if unit == who)
        begun = [(at, channel) for at, path, channel in mine if path.startswith("/tv") and at < until]
        if not begun:
            continue
        (t0, channel), reached = min(begun), 1
        shop = [at for at, path, _ in mine if path.startswith("/shop/") and t0 < at < t0 + 14 * DAY]
        if shop:
            reached = 2 + any(path == "!order" and min(shop) <= at < t0 + 14 * DAY for at, path, _ in mine)
        known = tuple(sorted(held[who])) if who in held else None
        counted[known, {1: "web", 2: "app"}[channel], (t0 - since) // (7 * DAY), reached] += 1
    return counted


def test_one_view_is_never_two_steps_and_a_shared_visitor_is_nobodys(engine: Engine) -> None:
    world = World(engine)
    again = replace(JOURNEY, steps=(STEPS[0], Step("step-2", "Again", Match.PATH, "/tv*")))
    at = NOW - 30 * DAY
    world.view(at, "/tv", customer=1)
    world.view(at, "/tv", customer=2)
    world.view(at + 1, "/tv", customer=2)
    world.view(at, "/tv", visitor=77)
    world.link(77, 1)
    world.link(77, 2)
    world.link(78, 3, verified=False)
    world.holds(3, "tv")
    world.view(at, "/tv", visitor=78)
    world.write()
    with reading(engine) as session:
        made = journey_counts.count(session, again, NOW)
    assert [step.units for step in funnel(made).steps] == [4, 1]
    assert {group.held for group in made.groups} == {None}


def test_orders_of_a_shop_that_knows_nobody(engine: Engine) -> None:
    world = World(engine)
    at = NOW - 3 * DAY
    for order, products in enumerate((("tv-1",), ("tv-1", "mobile-1"), ("tv-1", "tv-1")), start=100):
        for product in products:
            world.sale(at, product, visitor=order, order=order)
    world.write()
    with reading(engine) as session:
        plain = journey_counts.count(session, JOURNEY, NOW).orders
        told = journey_counts.count(session, replace(JOURNEY, addons=("mobile-1",), priority=("tv-1",)), NOW).orders
    assert [(w.orders, w.lines, w.lines_squared, w.with_addon, w.with_priority) for w in plain] == [(3, 5, 9, 1, None)]
    assert [(w.with_addon, w.with_priority) for w in told] == [(1, 3)]


def test_the_look_at_new_events_is_bounded(engine: Engine) -> None:
    world = random_world(engine)
    with reading(engine) as session:
        seen = journey_preview.preview(session, JOURNEY)
        few = journey_preview.preview(session, JOURNEY, rows=5)
        assert "Order Completed" in journey_preview.known_names(session)
    assert seen.views == len(world.views)
    assert seen.steps[0].seen == sum(row["path"].startswith("/tv") for row in world.views)
    assert seen.steps[0].reached >= seen.steps[1].reached >= seen.steps[2].reached > 0
    assert {path for path, _ in seen.steps[0].examples} == {"/tv", "/tv/packages"}
    assert few.views == 5
