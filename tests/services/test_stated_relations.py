"""What senders state about sales is compared with what was held just before the order, and changes no number."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from experiments.decision.report import Report
from experiments.domain.product import Component, Product
from experiments.domain.stated import StatedPair, StatedRelations
from experiments.services import catalogue
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY
from experiments.services.experiments import by_key
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all, days_of, describe_day, source_states
from experiments.store.engines import reading, writing
from experiments.store.tables import OutcomeRow
from tests.shop_world import ADMIN, HOUR, START, Shop, identify, order, viewed

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = START + 20 * DAY
SOLD = START + 2 * DAY


def sale(
    order_id: str, product: str, at: int, relation: Any = None, of_order: Any = None, **ids: str
) -> dict[str, Any]:
    told = order(order_id, product, at, **ids)
    if relation is not None:
        told["properties"]["products"][0]["relation"] = relation
    if of_order is not None:
        told["properties"]["relation"] = of_order
    return told


def counted(engine: Engine, shop: Shop, days: int = 60) -> dict[str, StatedRelations]:
    run_all(engine, NOW)
    count_all(engine, NOW, ZONE)
    with reading(engine) as session:
        states = source_states(session, days_of(session, NOW, ZONE, days=days))
    return {state.source.key: state.relations for state in states}


@pytest.fixture
def shop(engine: Engine) -> Shop:
    made = Shop(engine)
    made.send("shop", [
        identify(START - 30 * DAY, holdings=["mobile-1"], userId="c1"),
        identify(START - 30 * DAY, holdings=["mobile-1", "tv-1"], userId="c2"),
    ], START)  # fmt: skip
    return made


def test_conflicts_are_counted_by_who_states_them(engine: Engine, shop: Shop) -> None:
    shop.send("shop", [
        sale("A1", "tv-1", SOLD, "cross", userId="c1"),
        sale("A2", "tv-2", SOLD, "Up-sell", userId="c2"),
        sale("A3", "tv-3", SOLD + DAY, "cross", userId="c2"),
        sale("A4", "tv-1", SOLD, "up", userId="nobody-told-of"),
        sale("A5", "broadband-1", SOLD, "bundle deal", userId="c2"),
        sale("A6", "broadband-2", SOLD + DAY, userId="c1"),
    ], NOW)  # fmt: skip
    shop.send("phone", [sale("B1", "mobile-2", SOLD, of_order="new", userId="c1")], NOW)
    found = counted(engine, shop)
    assert found["shop"] == StatedRelations(5, 1, 1, 1, (StatedPair("cross", "up", 1),))
    assert found["phone"] == StatedRelations(1, 1, 0, 0, (StatedPair("new", "up", 1),))
    assert found["web"] == StatedRelations()
    with reading(engine) as session:
        rows = [describe_day(row) for row in days_of(session, NOW, ZONE, days=60, source="shop")]
    assert [(row["relations_stated"], row["relations_conflicting"]) for row in rows if row["sales"]] == [(1, 1), (4, 0)]
    assert counted(engine, shop) == found, "counting again replaces"
    assert counted(engine, shop, days=14)["shop"] == StatedRelations(), "of the days that are asked for"


def test_the_line_speaks_before_the_order_and_unknown_states_nothing(engine: Engine, shop: Shop) -> None:
    shop.send("shop", [
        sale("A1", "tv-1", SOLD, "cross", "up", userId="c1"),
        sale("A2", "tv-2", SOLD, "unknown", userId="c2"),
        sale("A3", "tv-2", SOLD, "", "same", userId="c2"),
        sale("A4", "broadband-1", SOLD, 7, userId="c2"),
    ], NOW)  # fmt: skip
    assert counted(engine, shop)["shop"] == StatedRelations(3, 1, 0, 1, (StatedPair("same", "up", 1),))


def test_a_better_source_that_states_nothing_leaves_the_word_of_the_other(engine: Engine, shop: Shop) -> None:
    """The word stays that of the shop, and is compared with what was held before the shop told of the order."""
    shop.send(
        "shop", [sale("A1", "tv-1", SOLD, "cross", userId="c1"), sale("A2", "tv-2", SOLD, "same", userId="c2")], NOW
    )
    shop.send("phone", [sale(key, sku, SOLD + 6 * HOUR, userId=who)
                        for key, sku, who in (("A1", "tv-1", "c1"), ("A2", "tv-2", "c2"))], NOW)  # fmt: skip
    found = counted(engine, shop)
    assert found["shop"] == StatedRelations(2, 1, 0, 0, (StatedPair("same", "up", 1),))
    assert found["phone"] == StatedRelations()
    shop.send("phone", [sale("A3", "tv-2", SOLD, "up", userId="c2")], NOW)
    shop.send("shop", [sale("A3", "tv-2", SOLD, "down", userId="c2")], NOW)
    found = counted(engine, shop)
    assert (found["shop"].sales, found["phone"].sales, found["phone"].conflicting) == (2, 1, 0)


def test_what_is_said_of_a_bundle_is_compared_with_no_part_of_it(engine: Engine, shop: Shop) -> None:
    with writing(engine) as session:
        parts = (Component("tv-1"), Component("broadband-1"))
        catalogue.save_product(
            session, ADMIN, NOW, Product("all-in", "All in", "tv", 1, 2_500, 700, 12, components=parts), valid_from=0
        )
    shop.send("shop", [sale("A1", "all-in", SOLD, "cross", userId="c2")], NOW)
    assert counted(engine, shop)["shop"] == StatedRelations()


def test_a_test_counts_what_its_units_bought_after_exposure(engine: Engine, shop: Shop) -> None:
    """A unit's second sale is compared with what it held then, not with the holdings frozen for the statistics."""
    shop.send("shop", [
        identify(START - 20 * DAY, anonymousId="v1", userId="c1"),
        viewed("control", START + HOUR, anonymousId="v1"),
        viewed("entry", START + HOUR, anonymousId="v2"),
        sale("A1", "tv-1", SOLD, "cross", userId="c1"),
        sale("A2", "tv-2", SOLD + HOUR, "up", anonymousId="v1"),
        sale("A3", "mobile-2", SOLD + HOUR, "cross", userId="c1"),
        sale("A4", "tv-2", SOLD, "up", anonymousId="v2"),
        sale("B1", "tv-2", SOLD, "cross", userId="c2"),
        sale("B2", "mobile-1", START - HOUR, "cross", userId="c1"),
    ], NOW)  # fmt: skip
    report = shop.report(NOW)
    assert report.quality.stated_relations == StatedRelations(4, 1, 1, 0, (StatedPair("cross", "up", 1),))
    assert Report.from_dict(report.to_dict()).quality == report.quality
    told = report.to_dict()
    del told["quality"]["stated_relations"]
    assert Report.from_dict(told).quality.stated_relations is None, "reports stored before it was counted"


def test_what_is_stated_changes_no_number(engine: Engine, shop: Shop) -> None:
    shop.send("shop", [identify(START - 20 * DAY, anonymousId="v1", userId="c1")], START)
    seen = [viewed(variant, START + HOUR, anonymousId=who) for variant, who in (("entry", "v1"), ("control", "v2"))]
    shop.send("shop", [*seen, sale("A1", "tv-1", SOLD, "up", userId="c1")], NOW)
    run_all(engine, NOW)
    with reading(engine) as session:
        found = input_from_events(session, by_key(session, "entry"), NOW)
        assert session.scalars(select(OutcomeRow.conflicts)).all() == [0]
    assert [found.moments["entry"].mean_of(key) for key in ("cross-sell", "up-sell")] == [1, 0]
