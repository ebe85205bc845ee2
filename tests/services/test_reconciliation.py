"""What came from where on which day, and what of it belongs to a unit of a running test."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, literal, select

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, reconciliation
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all, days_between, days_of, linked, source_states
from experiments.services.refresh import refresh_all
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import sources
from experiments.store.reconciliation import day_of
from experiments.store.types import BigInt
from tests.scenes import EDITOR, NOW, running, seed

KEY = b"k" * 32
ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = 3_600_000_000
#: Some hours after the launch.
LATER = NOW + 40 * HOUR


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1e6, UTC).isoformat()


def track(name: str, number: int, at: int, properties: dict[str, object], **who: str) -> dict[str, object]:
    return {
        "type": "track",
        "event": name,
        "messageId": f"{name}{number}",
        "timestamp": iso(at),
        "properties": properties,
        **who,
    }


def sale(number: int, at: int, product: str = "tv-1", **who: str) -> dict[str, object]:
    return track(
        "Order Completed", number, at, {"order_id": f"A{number}", "products": [{"product_id": product}]}, **who
    )


@pytest.fixture
def world(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        shop = catalogue.save_source(session, EDITOR, NOW, Source("shop", "Shop", SourceKind.SERVER))
        phone = catalogue.save_source(
            session, EDITOR, NOW, Source("phone", "Phone", SourceKind.IMPORT, watermark=LATER)
        )
        catalogue.save_family(session, EDITOR, NOW, Family("tv", "TV"))
        catalogue.save_product(session, EDITOR, NOW, Product("tv-1", "TV", "tv", 1, 1_000, 400, 12))
        running(session)
    at = NOW + HOUR

    def take(code: int, key: str, kind: SourceKind, items: list[dict[str, object]]) -> None:
        source = SourceInfo(code, key, kind, Environment.PRODUCTION)
        accept(engine, source, items, id_key=KEY, now=LATER, limits=Limits())

    seen = {"experiment_id": "tv-entry", "variation_id": "control", "phase": 1, "reason": "SPLIT"}
    exposures = [track("Experiment Viewed", n, at, seen, anonymousId=f"v{n}") for n in range(4)]
    login = {"type": "identify", "messageId": "i", "anonymousId": "v0", "userId": "c0", "timestamp": iso(NOW)}
    web = [sale(1, at + HOUR, anonymousId="v1"), sale(2, at + HOUR, anonymousId="stranger")]
    take(shop, "shop", SourceKind.SERVER, [*exposures, login, *web, sale(9, at, "unknown", anonymousId="v1")])
    calls = [
        sale(3, at + 30 * HOUR, userId="c0"),
        sale(4, at + 30 * HOUR, userId="somebody"),
        track("Contact Handled", 5, at + 30 * HOUR, {"handle_seconds": 60}, userId="c0"),
        track("Order Refunded", 6, at + 30 * HOUR, {"order_id": "A3"}, userId="c0"),
    ]
    take(phone, "phone", SourceKind.IMPORT, calls)
    run_all(engine, LATER)


@pytest.mark.usefixtures("world")
def test_days_by_source_with_what_belongs_to_units_of_running_tests(engine: Engine) -> None:
    assert count_all(engine, LATER, ZONE) == 3
    with reading(engine) as session:
        rows = {(row.source, row.sales, row.sales_matched): row for row in days_of(session, LATER, ZONE)}
        states = {state.source.key: state for state in source_states(session, list(rows.values()))}
    web, phone, refused = rows["shop", 2, 1], rows["phone", 2, 1], rows["shop", 0, 0]
    assert (web.refused, web.matched, web.contacts) == (0, 1, 0)
    assert (phone.contacts, phone.refunds, phone.matched) == (1, 1, 2)
    assert (refused.refused, refused.waiting) == (1, 1)
    assert phone.day - web.day in (24 * HOUR, 48 * HOUR)
    assert states["phone"].share_matched == 0.5
    assert states["phone"].source.watermark == LATER
    assert states["shop"].waiting == 1


@pytest.mark.usefixtures("world")
def test_counting_again_replaces_and_filters_hold(engine: Engine) -> None:
    for _ in range(2):
        count_all(engine, LATER, ZONE)
    with reading(engine) as session:
        assert len(days_of(session, LATER, ZONE)) == 3
        assert {row.source for row in days_of(session, LATER, ZONE, source="phone")} == {"phone"}
        assert len(days_of(session, LATER + 24 * HOUR, ZONE, days=1)) == 0
        with pytest.raises(DomainError, match="days == 400"):
            days_of(session, LATER, ZONE, days=400)


@pytest.mark.usefixtures("world")
def test_links_of_exposed_units_by_variant(engine: Engine) -> None:
    refresh_all(engine, LATER, ZONE)
    with reading(engine) as session:
        [test] = linked(session)
    control = next(variant for variant in test.variants if variant.key == "control")
    assert (control.exposed, control.at_cut, control.at_exposure) == (4, 0.25, 0.0)
    assert test.alarms == ()
    assert test.to_dict()["variants"][0]["exposed"] == 4


def test_days_are_those_of_the_zone_when_clocks_change() -> None:
    after_the_change = round(datetime(2026, 10, 26, 12, tzinfo=UTC).timestamp() * 1e6)
    days = days_between(after_the_change, 3, ZONE)
    assert [(end - start) // HOUR for start, end in days] == [24, 25, 24]
    assert datetime.fromtimestamp(days[1][0] / 1e6, ZONE).hour == 0


def test_nothing_counted_is_nothing_said(engine: Engine) -> None:
    assert reconciliation.count_all(engine, NOW, ZONE) == 0
    with reading(engine) as session:
        assert days_of(session, NOW, ZONE) == []
        assert linked(session) == []


def test_theday_of_an_instant_is_the_same_in_the_database(engine: Engine) -> None:
    now = round(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp() * 1e6)
    days = days_between(now, 12, ZONE)
    moments = [edge + shift for start, end in days for edge in (start, end - 1) for shift in (0, 1_800_000_000)]
    asked = [moment for moment in moments if days[0][0] <= moment < days[-1][1]]
    expected = [next(start for start, end in days if start <= moment < end) for moment in asked]
    with reading(engine) as session:
        found = [session.scalar(select(day_of(literal(moment, BigInt), days))) for moment in asked]
    assert found == expected


@pytest.mark.usefixtures("world")
def test_a_difference_between_variants_raises_an_alarm(engine: Engine) -> None:
    with reading(engine) as session:
        codes = sources.ids(session)
    source = SourceInfo(codes["shop"], "shop", SourceKind.SERVER, Environment.PRODUCTION)
    items: list[dict[str, object]] = []
    for number in range(200):
        variant = ("control", "personal-entry")[number % 2]
        seen = {"experiment_id": "tv-entry", "variation_id": variant, "phase": 1, "reason": "SPLIT"}
        items.append(track("Experiment Viewed", 1_000 + number, NOW + 2 * HOUR, seen, anonymousId=f"w{number}"))
        if number % 2 == 1 and number < 80:
            who = {"anonymousId": f"w{number}", "userId": f"d{number}"}
            items.append({"type": "identify", "messageId": f"j{number}", "timestamp": iso(NOW + 3 * HOUR), **who})
    accept(engine, source, items, id_key=KEY, now=LATER, limits=Limits())
    run_all(engine, LATER)
    refresh_all(engine, LATER, ZONE)
    with reading(engine) as session:
        [test] = linked(session)
    assert [variant.at_cut for variant in test.variants] == [pytest.approx(1 / 104), 0.4]
    assert len(test.alarms) == 1
    assert test.alarms[0].startswith("Linked to a customer by the end of the data: 40")
