"""Bots, internal traffic and inhuman rates: marked when they come in, left out of every number, counted and shown."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from experiments.services.project import rebuild
from experiments.services.traffic import mark_busy
from experiments.store.engines import reading, writing
from experiments.store.tables import EventRow, QuarantineRow, UnitMarkRow
from tests.shop_world import HOUR, START, WEEK, Item, Shop, identify, order, page, viewed

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
NOW = START + 5 * WEEK


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


def crowd(prefix: str, n: int, at: int = START + HOUR) -> list[Item]:
    """Visitors of both variants, of whom every fifth buys."""
    items = []
    for number in range(n):
        who = f"{prefix}{number}"
        items.append(viewed(("control", "entry")[number % 2], at + number, anonymousId=who))
        if number % 5 == 0:
            items.append(order(f"o-{who}", "tv-1", at + HOUR + number, anonymousId=who))
    return items


def exposed(shop: Shop) -> dict[str, int]:
    return {variant.key: variant.exposed for variant in shop.report(NOW).variants}


def test_a_bot_is_counted_apart_and_nowhere_else(shop: Shop) -> None:
    shop.send("web", crowd("person", 40), START + 3 * HOUR, user_agent=CHROME)
    shop.send("web", crowd("crawler", 20), START + 3 * HOUR, user_agent=GOOGLE)
    report = shop.report(NOW)
    assert {variant.key: variant.exposed for variant in report.variants} == {"control": 20, "entry": 20}
    assert report.quality.excluded == {"bot": {"control": 10, "entry": 10}}
    assert report.quality.excluded_p == pytest.approx(1.0)
    assert report.quality.split_p_with_excluded == pytest.approx(1.0)


def test_the_user_agent_itself_is_not_stored(shop: Shop) -> None:
    item = page("/tv", START, anonymousId="crawler") | {"context": {"userAgent": GOOGLE}}
    shop.send("web", [item], START + HOUR, user_agent=GOOGLE)
    shop.try_send("web", [{**item, "messageId": "late", "timestamp": "nonsense"}], START + HOUR, user_agent=GOOGLE)
    with reading(shop.engine) as session:
        bodies = [*session.scalars(select(EventRow.body)), *session.scalars(select(QuarantineRow.body))]
    assert len(bodies) == 2
    assert all('"traffic":"bot"' in body and "Googlebot" not in body for body in bodies)


def test_a_back_office_is_no_bot_unless_it_passes_one_on(shop: Shop) -> None:
    """What a server calls itself says nothing about the visitor."""
    shop.send("shop", crowd("person", 10), START + 3 * HOUR, user_agent="python-requests/2.32")
    told = [item | {"context": {"userAgent": GOOGLE}} for item in crowd("crawler", 10)]
    shop.send("shop", told, START + 3 * HOUR, user_agent="python-requests/2.32")
    assert exposed(shop) == {"control": 5, "entry": 5}


@pytest.mark.parametrize("part", ["context", "properties"])
def test_internal_traffic_names_itself(shop: Shop, part: str) -> None:
    shop.send("web", crowd("person", 10), START + 3 * HOUR, user_agent=CHROME)
    mine = viewed("entry", START + HOUR, anonymousId="tester")
    shop.send("web", [mine | {part: {**mine.get(part, {}), "internal": True}}], START + 3 * HOUR, user_agent=CHROME)
    report = shop.report(NOW)
    assert report.quality.excluded == {"internal": {"control": 0, "entry": 1}}
    assert sum(variant.exposed for variant in report.variants) == 10


def test_only_a_trusted_source_marks_a_customer_as_internal(engine: Engine) -> None:
    shop = Shop(engine, unit="customer")
    for source, who in (("web", "outsider"), ("shop", "employee")):
        told = identify(START, userId=who) | {"traits": {"internal": True}}
        shop.send(source, [told], START + 1)
    seen = [viewed("entry", START + HOUR, userId=who) for who in ("outsider", "employee")]
    shop.send("shop", seen, START + 2 * HOUR)
    report = shop.report(NOW)
    assert report.quality.excluded == {"internal": {"control": 0, "entry": 1}}
    assert exposed(shop) == {"control": 0, "entry": 1}


def test_a_mark_that_comes_after_exposure_removes_nobody(shop: Shop) -> None:
    """What a unit did under its variant must not decide whether it counts."""
    shop.send("web", crowd("person", 10), START + 3 * HOUR, user_agent=CHROME)
    later = page("/tv", START + 4 * HOUR, anonymousId="person1")
    shop.send("web", [later], START + 5 * HOUR, user_agent=GOOGLE)
    report = shop.report(NOW)
    assert exposed(shop) == {"control": 5, "entry": 5}
    assert report.quality.excluded == {}


def test_an_inhuman_rate_is_left_out_and_a_busy_person_is_not(shop: Shop) -> None:
    shop.send("web", crowd("person", 10), START + 3 * HOUR, user_agent=CHROME)
    for who, views in (("person2", 29), ("person3", 31)):
        clicks = [page("/tv", START + 2 * HOUR + n, anonymousId=who) for n in range(views)]
        shop.send("web", clicks, START + 3 * HOUR, user_agent=CHROME)
    assert mark_busy(shop.engine, START + 6 * HOUR, bound=32) == 0
    with writing(shop.engine) as session:
        session.connection().exec_driver_sql("delete from cursor where name = 'traffic.hour'")
    assert mark_busy(shop.engine, START + 6 * HOUR, bound=31) == 1
    assert mark_busy(shop.engine, START + 6 * HOUR, bound=31) == 0, "every hour is counted once"
    report = shop.report(NOW)
    assert report.quality.excluded == {"busy": {"control": 0, "entry": 1}}
    with reading(shop.engine) as session:
        assert session.scalars(select(UnitMarkRow.most)).all() == [32]


def test_imports_bring_years_in_a_minute_and_are_not_busy(shop: Shop) -> None:
    shop.send("phone", [page("/tv", START + n, userId="c1") for n in range(50)], START + HOUR)
    assert mark_busy(shop.engine, START + 6 * HOUR, bound=10) == 0


def test_an_hour_that_has_not_closed_waits(shop: Shop) -> None:
    half = START - START % HOUR + HOUR // 2
    shop.send("web", [page("/tv", START + n, anonymousId="v1") for n in range(20)], half, user_agent=CHROME)
    assert mark_busy(shop.engine, half + HOUR // 4, bound=10) == 0
    assert mark_busy(shop.engine, half + HOUR, bound=10) == 1


def test_a_filter_that_depends_on_the_variant_is_told(shop: Shop) -> None:
    """40 of one variant and none of the other cannot be chance."""
    shop.send("web", crowd("person", 400), START + 3 * HOUR, user_agent=CHROME)
    robots = [viewed("entry", START + HOUR + n, anonymousId=f"robot{n}") for n in range(120)]
    shop.send("web", robots, START + 3 * HOUR, user_agent=GOOGLE)
    quality = shop.report(NOW).quality
    assert quality.excluded_p is not None
    assert quality.excluded_p < 0.001
    assert "0 in control, 120 in entry" in quality.notes[-2]
    assert "broken with them and as planned without" in quality.notes[-1]


def test_marks_are_the_same_after_a_rebuild(shop: Shop) -> None:
    shop.send("web", [page("/tv", START + n, anonymousId="v1") for n in range(20)], START + HOUR, user_agent=CHROME)
    shop.send("web", crowd("crawler", 4), START + 3 * HOUR, user_agent=GOOGLE)
    shop.report(NOW)
    mark_busy(shop.engine, START + 6 * HOUR, bound=10)
    before = marks(shop)
    rebuild(shop.engine, NOW)
    assert marks(shop) == before
    assert len(before) == 5


def marks(shop: Shop) -> set[tuple[object, ...]]:
    with reading(shop.engine) as session:
        return {tuple(row) for row in session.execute(select(*UnitMarkRow.__table__.c))}


@pytest.mark.parametrize("consent", [False, {"categoryPreferences": {"Advertising": True, "Analytics": False}}])
def test_without_consent_nothing_is_kept_but_a_count(shop: Shop, consent: object) -> None:
    items = [viewed("entry", START, anonymousId=f"visitor-{n}") | {"context": {"consent": consent}} for n in range(3)]
    items.append({"type": "track", "properties": 5, "anonymousId": "visitor-9", "context": {"consent": consent}})
    answer = shop.try_send("web", items, START + HOUR)
    assert {item.reason for item in answer.rejected} == {"no_consent", "wrong_type"}
    with reading(shop.engine) as session:
        assert session.scalars(select(EventRow.seq)).all() == []
        [row] = session.scalars(select(QuarantineRow)).all()
    assert (row.reason, row.count, row.visitor, row.customer, row.body) == ("no_consent", 4, None, None, "{}")


def test_stated_consent_is_kept_with_the_event(shop: Shop) -> None:
    given = {"categoryPreferences": {"Analytics": True, "Advertising": False, "x": "?"}}
    shop.send("web", [page("/tv", START, anonymousId="v1") | {"context": {"consent": given}}], START + HOUR)
    with reading(shop.engine) as session:
        body = session.scalars(select(EventRow.body)).one()
    assert '"consent":{"categoryPreferences":{"analytics":true,"advertising":false}}' in body
