"""Offers of other tests, by variant: part of the effect where offers are capped, so they are shown."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.decision.report import Report
from tests.shop_world import HOUR, METRICS, START, WEEK, Item, Shop, viewed

NOW = START + 5 * WEEK


@pytest.fixture
def shop(engine: Engine) -> Shop:
    shop = Shop(engine)
    shop.launch("bundle", "visitor", (0.5, 0.5), METRICS)
    shop.launch("members", "customer", (0.5, 0.5), METRICS)
    return shop


def seen(who: str, variant: str, at: int, key: str = "entry", **told: object) -> Item:
    item = viewed(variant, at, key=key, anonymousId=who, message=f"{key}-{who}-{at}")
    return {**item, "properties": {**item["properties"], **told}}


def test_units_are_counted_that_saw_an_offer_elsewhere_after_they_came(shop: Shop) -> None:
    sent = [seen(f"c{n}", "control", START + HOUR) for n in range(4)]
    sent += [seen(f"e{n}", "entry", START + HOUR) for n in range(4)]
    later = START + 2 * HOUR
    sent += [seen(f"c{n}", "entry", later, "bundle") for n in range(3)]
    sent += [seen("e0", "entry", later, "bundle"), seen("e0", "entry", later + HOUR, "bundle")]
    # The other test's control saw no offer, nor did somebody from whom it was kept back.
    sent += [seen("e1", "control", later, "bundle"), seen("e2", "entry", later, "bundle", suppressed=True)]
    # What was seen before the first exposure here cannot be an effect of this test.
    sent += [seen("e3", "entry", START + HOUR // 2, "bundle")]
    # One who is not in this test at all.
    sent += [seen("stranger", "entry", later, "bundle")]
    shop.send("web", sent, START + 5 * HOUR)
    shop.send("shop", [viewed("entry", later, key="members", userId="c0")], START + 5 * HOUR)
    report = shop.report(NOW)
    assert report.quality.offers_elsewhere == {"bundle": {"control": 3, "entry": 1}}
    assert Report.from_dict(report.to_dict()).quality.offers_elsewhere == report.quality.offers_elsewhere
    # Seen from the other test: e3 saw that one first, and this one's offer afterwards.
    other = shop.report(NOW, "bundle").quality.offers_elsewhere
    assert other == {"entry": {"control": 0, "entry": 1}}


def test_a_test_alone_has_none(shop: Shop) -> None:
    shop.send("web", [seen("c0", "control", START + HOUR)], START + 5 * HOUR)
    assert shop.report(NOW).quality.offers_elsewhere == {}
