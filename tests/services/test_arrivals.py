"""What arrived lately: bounded reads, what was refused and why, and what the hints say about it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, experiments
from experiments.services.arrivals import Asked, Awaited, Hint, awaited, gather, hints_of, live
from experiments.services.arrivals.gathered import Gathered
from experiments.services.arrivals.places import Place, Reading, part_of, readings
from experiments.services.definitions import read_definition
from experiments.services.ingest import SourceInfo
from experiments.services.launch import start_testing
from experiments.services.project import run_all
from experiments.store import arrivals
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.tables import EventRow
from tests.shop_world import ADMIN, HOUR, METRICS, START, Shop, order, page, stamp, viewed

MINUTE = 60_000_000
SDK = {"library": {"name": "netlift-js", "version": "0.2.0"}, "page": {"path": "/tv/large"}}


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


@pytest.fixture
def lite(sqlite_engine: Engine) -> Shop:
    """For what is decided above the store."""
    return Shop(sqlite_engine)


@pytest.fixture
def now() -> int:
    """Half a minute after a minute began, so that minutes are easy to count."""
    return (START // MINUTE + 600) * MINUTE + MINUTE // 2


def shown(shop: Shop, now: int, **asked: Any) -> Any:
    with reading(shop.engine) as session:
        return live(session, Asked(**asked), now)


def hinted(shop: Shop, now: int, place: str = "") -> dict[str, Hint]:
    run_all(shop.engine, now)
    with reading(shop.engine) as session:
        return {hint.key: hint for hint in hints_of(gather(session, now, place))}


def test_the_newest_come_first_with_sender_sdk_and_variant_and_without_ids(shop: Shop, now: int) -> None:
    seen = viewed("entry", now - MINUTE, anonymousId="a-person-of-ours") | {"context": SDK}
    shop.send("web", [page("/tv", now - 3 * MINUTE, anonymousId="a-person-of-ours")], now - 3 * MINUTE)
    shop.send("web", [seen], now - MINUTE)
    found = shown(shop, now)
    assert [event.name or event.type for event in found.events] == ["Experiment Viewed", "page"]
    newest = found.events[0]
    assert (newest.sdk, newest.path, newest.experiment, newest.variant) == (
        "netlift-js 0.2.0",
        "/tv/large",
        "entry",
        "entry",
    )
    assert (newest.sender.name, newest.ids, newest.skew) == ("web", ("visitor",), 0)
    assert [(sdk.name, sdk.events) for sdk in found.sdks] == [("netlift-js 0.2.0", 1)]
    assert "a-person-of-ours" not in repr(found.to_dict())


def test_what_is_older_than_the_stretch_is_left_out(lite: Shop, now: int) -> None:
    for minutes in (70, 20, 10, 0):
        lite.send("web", [page("/", now - minutes * MINUTE, anonymousId="v")], now - minutes * MINUTE)
    counts = {minutes: len(shown(lite, now, minutes=minutes).events) for minutes in (1, 5, 15, 60)}
    assert counts == {1: 1, 5: 1, 15: 2, 60: 3}


def test_every_minute_is_counted_also_the_empty_ones(shop: Shop, now: int) -> None:
    shop.send("web", [page("/", now, anonymousId=f"v{n}") for n in range(3)], now - 2 * MINUTE)
    shop.send("shop", [page("/", now, anonymousId="w")], now)
    shop.try_send("web", [{"type": "page"}, {"type": "nonsense", "anonymousId": "v"}], now)
    found = shown(shop, now, minutes=4)
    assert [(minute.accepted, minute.refused) for minute in found.minutes] == [(0, 0), (3, 0), (0, 0), (1, 2)]
    assert (found.accepted, found.refused, found.complete) == (4, 2, True)
    assert [minute.at % MINUTE for minute in found.minutes] == [0] * 4
    assert [minute.accepted for minute in shown(shop, now, minutes=4, source="shop").minutes] == [0, 0, 0, 1]


def test_refused_items_say_what_is_wrong(lite: Shop, now: int) -> None:
    bad = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "m",
        "anonymousId": "v",
        "properties": {},
        "context": SDK,
    }
    for _ in range(2):
        lite.try_send("web", [bad], now)
    (found,) = shown(lite, now).refusals
    assert (found.reason, found.field, found.count, found.name) == (
        "no_order_id",
        "properties.order_id",
        2,
        "Order Completed",
    )
    assert (found.sender.name, found.sdk) == ("web", "netlift-js 0.2.0")
    assert "must be a filled string" in found.message


def test_what_the_worker_cannot_use_is_shown_with_its_event_and_sdk(lite: Shop, now: int) -> None:
    lite.send("shop", [order("1", "not-a-product", now, userId="c") | {"context": SDK}], now)
    run_all(lite.engine, now)
    (found,) = shown(lite, now).refusals
    assert (found.reason, found.name, found.sdk) == ("unknown_product", "Order Completed", "netlift-js 0.2.0")


def test_filters_choose_source_environment_type_and_name(shop: Shop, now: int) -> None:
    code = SourceInfo(_test_source(shop), "rehearsal", SourceKind.CLIENT, Environment.TEST)
    shop.sources["rehearsal"] = code
    shop.send("rehearsal", [page("/", now, anonymousId="v")], now)
    shop.send("web", [viewed("entry", now, anonymousId="v"), page("/", now, anonymousId="w")], now)
    shop.send("shop", [order("1", "tv-1", now, userId="c")], now)

    def found(**asked: Any) -> list[tuple[str, str]]:
        return sorted((event.sender.key, event.name or event.type) for event in shown(shop, now, **asked).events)

    assert found(source="web") == [("web", "Experiment Viewed"), ("web", "page")]
    assert found(environment=Environment.TEST) == [("rehearsal", "page")]
    assert found(environment=Environment.PRODUCTION, type="page") == [("web", "page")]
    assert found(name="Order Completed") == [("shop", "Order Completed")]
    assert found(source="nobody") == []
    assert len(found(rows=2)) == 2
    assert shown(shop, now).names == ("Experiment Viewed", "Order Completed")


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"minutes": 61}, {"rows": 0}, {"rows": 201}, {"type": "alias"}])
def test_bounds_are_named(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(DomainError, match=f"{name} == .*, must be") as refused:
        Asked(**wrong)
    assert refused.value.field == name


def test_the_reads_are_bounded_whatever_is_stored(lite: Shop, now: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked through and counted are never more than the limit, and the count says when it is not complete."""
    monkeypatch.setattr(arrivals, "LOOKED_THROUGH", 20)
    monkeypatch.setattr(arrivals, "COUNTED", 50)
    lite.send("shop", [page("/", now, anonymousId=f"old{n}") for n in range(40)], now - MINUTE)
    lite.send("web", [page("/", now, anonymousId=f"new{n}") for n in range(30)], now)
    found = shown(lite, now, minutes=5)
    assert (found.accepted, found.complete) == (50, False)
    assert len(found.events) == 20
    assert shown(lite, now, minutes=5, source="shop").events == ()


def test_the_first_row_of_a_stretch_is_found_without_an_index_on_time(sqlite_engine: Engine) -> None:
    shop = Shop(sqlite_engine)
    times = [shop.start + place * MINUTE for place in (0, 0, 1, 4, 4, 4, 9)]
    for place, at in enumerate(times):
        shop.send("web", [page("/", at, anonymousId=f"v{place}")], at)
    with reading(sqlite_engine) as session:
        connection = session.connection()
        seqs = connection.scalars(select(EventRow.seq).order_by(EventRow.seq)).all()
        for since in {*times, times[0] - 1, times[-1] + 1, times[2] + 1}:
            expected = max((seq for seq, at in zip(seqs, times, strict=True) if at < since), default=0)
            assert arrivals._last_before(connection, since) == expected


def test_a_million_events_cost_no_more_than_ten(engine: Engine, shop: Shop, now: int) -> None:
    """No read walks through its table: it follows the key backwards, or begins behind a number."""
    shop.send("web", [page("/", now, anonymousId=f"v{n}") for n in range(30)], now)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    shown(shop, now)
    reads = [(text, values) for text, values in asked if re.search("FROM (event|quarantine)", text)]
    assert len(reads) >= 4
    with engine.connect() as connection:
        if not is_sqlite(engine):
            connection.exec_driver_sql("set enable_seqscan = off")  # the tables are too small to need an index
        for text, values in reads:
            explain = "explain query plan " if is_sqlite(engine) else "explain "
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + text, values))
            assert not re.search("SCAN (event|quarantine)|Seq Scan", plan), plan


def test_a_test_waits_until_its_first_exposure_arrives(shop: Shop, now: int) -> None:
    def found() -> Awaited:
        with reading(shop.engine) as session:
            (test,) = awaited(session, now)
        return test

    assert found().waiting
    shop.send("web", [viewed("entry", now - MINUTE, anonymousId="v")], now)
    assert not found().waiting, "an event counts before the worker has read it"
    assert found().first == now - MINUTE
    run_all(shop.engine, now)
    with reading(shop.engine) as session:
        (later,) = awaited(session, now + 100 * HOUR)
    assert (later.first, later.last) == (now - MINUTE, now - MINUTE)


def test_a_rehearsal_waits_for_a_key_of_its_own_environment(lite: Shop, now: int) -> None:
    lite.sources["rehearsal"] = SourceInfo(_test_source(lite), "rehearsal", SourceKind.CLIENT, Environment.TEST)
    _draft(lite, "second")
    with writing(lite.engine) as session:
        start_testing(session, ADMIN, now, "second")

    def waiting() -> dict[str, bool]:
        with reading(lite.engine) as session:
            return {test.key: test.waiting for test in awaited(session, now)}

    lite.send("web", [viewed("entry", now, key="second", anonymousId="v")], now)
    assert waiting() == {"second": True, "entry": True}
    lite.send("rehearsal", [viewed("entry", now, key="second", anonymousId="v")], now)
    assert waiting() == {"second": False, "entry": True}


def test_reading_the_variant_on_every_page_dilutes_the_effect(shop: Shop, now: int) -> None:
    """100 visitors, all exposed on the start page, 8 of them on the TV pages where the change is."""
    visitors = [f"visitor-{number}" for number in range(100)]
    views = [page("/", now - HOUR // 2, anonymousId=visitor) for visitor in visitors]
    views += [page("/tv/large", now - HOUR // 3, anonymousId=visitor) for visitor in visitors[:8]]
    shop.send("web", views + [viewed("entry", now - HOUR // 2, anonymousId=visitor) for visitor in visitors], now)
    assert "too_early" not in hinted(shop, now)
    assert "/tv is seen by 8%, so the effect is diluted 12 times" in hinted(shop, now)["read_everywhere"].text
    told = hinted(shop, now, "/tv")["too_early"]
    assert (
        "Variant read on 100% of the visits but /tv is seen by 8%: exposure too early, the effect is diluted 12 times"
        in told.text
    )
    assert "read_everywhere" not in hinted(shop, now, "/tv")
    assert "too_early" not in hinted(shop, now, "/"), "a change on the start page is seen by all"


def test_a_variant_read_where_it_is_shown_gives_no_hint(lite: Shop, now: int) -> None:
    visitors = [f"visitor-{number}" for number in range(100)]
    views = [page("/", now - HOUR // 2, anonymousId=visitor) for visitor in visitors]
    views += [page("/tv", now - HOUR // 3, anonymousId=visitor) for visitor in visitors[:8]]
    lite.send("web", views + [viewed("entry", now - HOUR // 3, anonymousId=visitor) for visitor in visitors[:8]], now)
    assert hinted(lite, now, "/tv").keys() & {"too_early", "read_everywhere"} == set()
    with reading(lite.engine) as session:
        (found,) = readings(session, now - HOUR)
    assert (found.visitors, found.exposed, found.share) == (100, 8, 0.08)


def test_the_words_of_a_test_point_at_its_place(lite: Shop, now: int) -> None:
    _draft(lite, "tv-entry", launched=True)
    visitors = [f"visitor-{number}" for number in range(60)]
    sent = [page("/", now, anonymousId=visitor) for visitor in visitors]
    sent += [page("/tv", now - MINUTE, anonymousId=visitor) for visitor in visitors[:6]]
    lite.send("web", sent + [viewed("entry", now, key="tv-entry", anonymousId=visitor) for visitor in visitors], now)
    assert "judging by the words of the test" in hinted(lite, now)["too_early"].text
    assert "diluted 10 times" in hinted(lite, now)["too_early"].text


def test_parts_of_a_site() -> None:
    assert [part_of(path) for path in ("/", "", "/TV/large?x=1", "/tv?x", "tv")] == ["/", "/", "/tv", "/tv", "/tv"]


def test_products_nobody_knows_are_named(lite: Shop, now: int) -> None:
    lite.send("shop", [order(str(number), "nope", now, userId="c") for number in range(3)], now)
    assert hinted(lite, now)["unknown_products"].text.startswith("3 lines of the last day")


def test_a_source_of_which_nothing_is_accepted_is_named(lite: Shop, now: int) -> None:
    lite.try_send("web", [{"type": "page", "properties": {"path": "/"}, "messageId": str(n)} for n in range(5)], now)
    told = hinted(lite, now)["all_refused"]
    assert "“web”" in told.title
    assert "All 5 items of the last hour were refused for one reason: no_id" in told.text
    lite.send("web", [page("/", now, anonymousId="v")], now)
    assert "all_refused" not in hinted(lite, now)


def test_a_wrong_clock_is_told_and_corrected(lite: Shop, now: int) -> None:
    ahead = now + HOUR
    sent = page("/", ahead - MINUTE, anonymousId="v")
    lite.send("web", [sent | {"sentAt": stamp(ahead)}], now)
    assert "It runs 60 minutes ahead of ours" in hinted(lite, now)["clock"].text
    assert shown(lite, now).events[0].happened == now - MINUTE
    lite.send("web", [page("/", now, anonymousId=f"v{n}") | {"sentAt": stamp(now)} for n in range(3)], now)
    assert "clock" not in hinted(lite, now), "one odd device is not the source"


def test_sales_from_browsers_alone_ask_for_the_back_office(lite: Shop, now: int) -> None:
    assert "no_back_office" not in hinted(lite, now)
    lite.send("web", [order("1", "tv-1", now, anonymousId="v")], now)
    assert "no_back_office" in hinted(lite, now)
    lite.send("shop", [order("2", "tv-1", now, userId="c")], now)
    assert "no_back_office" not in hinted(lite, now)


def test_exposures_without_page_views_and_test_keys_alone_are_told(lite: Shop, now: int) -> None:
    lite.send("web", [viewed("entry", now, anonymousId=f"v{n}") for n in range(20)], now)
    assert "no_pages" in hinted(lite, now)
    lite.send("web", [page("/", now, anonymousId="v")], now)
    assert "no_pages" not in hinted(lite, now)
    assert "only_tests" not in hinted(lite, now)
    with reading(lite.engine) as session:
        facts = gather(session, now)
    tests = {code: replace(sender, environment=Environment.TEST) for code, sender in facts.senders.items()}
    assert "only_tests" in {hint.key for hint in hints_of(replace(facts, senders=tests))}


def test_what_harms_numbers_comes_first_and_silence_has_no_hint() -> None:
    assert hints_of(Gathered({})) == ()
    rarely = Reading("e", "E", 100, 100, (Place("/", 100), Place("/tv", 8)), None)
    facts = Gathered({}, selling=frozenset({SourceKind.CLIENT}), readings=(rarely,))
    assert [hint.key for hint in hints_of(facts)] == ["read_everywhere", "no_back_office"]


def _test_source(shop: Shop) -> int:
    with writing(shop.engine) as session:
        source = Source("rehearsal", "rehearsal", SourceKind.CLIENT, Environment.TEST)
        return catalogue.save_source(session, ADMIN, shop.start, source)


def _draft(shop: Shop, key: str, *, launched: bool = False) -> None:
    if launched:
        shop.launch(key, "visitor", (0.5, 0.5), METRICS)
        return
    plan = {"weeks": 2, "looks": 1, "units_per_variant": 100, "maturation_days": 7}
    variants = [{"key": "control", "weight": 0.5}, {"key": "entry", "weight": 0.5}]
    document = {"key": key, "name": key, "hypothesis": "It sells more.", "unit": "visitor", "variants": variants,
                "metrics": list(METRICS), "plan": plan}  # fmt: skip
    with writing(shop.engine) as session:
        experiments.create(session, ADMIN, shop.start, read_definition(document))
