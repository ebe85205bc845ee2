"""Sales that only move from the phone to the web are no lift, although only the web's carry the visitor."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import Engine

from experiments.domain.channel import Channel
from experiments.services.clock import DAY
from tests.identity.worlds import deliver, interval, lift, read, sales_in, shop
from tests.shop_world import HOUR, START, Item, Shop, identify, order, viewed

PER_VARIANT = 1_000
#: Of ten visitors four are signed in before they are exposed; of ten people three buy in either variant.
KNOWN, BUYERS = 4, 3
#: Of six buyers so many use the phone; the treatment moves half of them to the web and wins nobody.
BY_PHONE = {"control": 3, "entry": 1.5}
MATCHED = sales_in("web-and-phone", Channel.WEB, Channel.PHONE)
WEB, PHONE = sales_in("web-sales", Channel.WEB), sales_in("phone-sales", Channel.PHONE)


def world(unit: str) -> dict[str, list[Item]]:
    """Links before exposure, exposures, web sales with both ids, phone sales with the customer only."""
    items: dict[str, list[Item]] = {"links": [], "seen": [], "sold": []}
    for variant in ("control", "entry"):
        buyers = {True: 0, False: 0}
        for number in range(PER_VARIANT):
            visitor, customer = f"v-{variant}-{number}", f"c-{variant}-{number}"
            known = number % 10 < KNOWN
            if known:
                items["links"].append(identify(START + number, anonymousId=visitor, userId=customer))
            ids = {"anonymousId": visitor} if unit == "visitor" else {"userId": customer}
            items["seen"].append(viewed(variant, START + DAY + number, **ids))
            if (number // 10) % 10 >= BUYERS:
                continue
            buyers[known] += 1
            at, key = START + 2 * DAY + number, f"{variant}-{number}"
            if buyers[known] % 12 < 2 * BY_PHONE[variant]:
                items["sold"].append(order(key, "tv-1", at, channel="phone", userId=customer))
            else:
                both = {"anonymousId": visitor, "userId": customer}
                items["sold"].append(order(key, "tv-1", at, channel="web", **both))
    return items


def sent(engine: Engine, unit: str, metrics: list[str]) -> Shop:
    made = shop(engine, metrics, more=[MATCHED, WEB, PHONE], unit=unit)
    items = world(unit)
    deliver(made, "shop", items["links"], START + HOUR)
    deliver(made, "shop", items["seen"], START + DAY + HOUR)
    deliver(made, "shop", items["sold"], START + 3 * DAY)
    return made


def test_a_test_of_visitors_reads_channels_from_linked_units(engine: Engine) -> None:
    report = read(sent(engine, "visitor", ["all-sales", "web-and-phone", "web-sales", "phone-sales", "digital-share"]))
    assert lift(report, "web-and-phone") == pytest.approx(0.0, abs=0.03)
    low, high = interval(report, "web-and-phone")
    assert low < 0 < high
    assert lift(report, "web-sales") == pytest.approx(0.5, abs=0.05)
    assert lift(report, "phone-sales") == pytest.approx(-0.5, abs=0.05)
    assert lift(report, "digital-share") == pytest.approx(0.5, abs=0.05), "the shift is told as a shift"
    naive = lift(report, "all-sales")
    assert naive > 0.15, "over everybody the sales that could not be matched before seem new"
    notes = " ".join(report.quality.notes)
    assert "All sales, Revenue: sales that carry no visitor id are matched for linked visitors only" in notes
    assert "web-and-phone, web-sales, phone-sales, Digital share: only visitors known to be customers" in notes


def test_a_test_of_customers_has_no_such_trap(sqlite_engine: Engine) -> None:
    report = read(sent(sqlite_engine, "customer", ["all-sales", "web-and-phone", "digital-share"]))
    assert lift(report, "all-sales") == pytest.approx(0.0, abs=1e-9)
    assert lift(report, "web-and-phone") == pytest.approx(0.0, abs=1e-9)
    assert "matched for linked visitors only" not in " ".join(report.quality.notes)


def test_without_any_link_channels_are_not_measured(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales", "digital-share"], unit="visitor")
    items = world("visitor")
    deliver(made, "shop", items["seen"], START + DAY + HOUR)
    deliver(made, "shop", items["sold"], START + 3 * DAY)
    report = read(made)
    assert math.isnan(lift(report, "digital-share"))
    row = next(row for row in report.rows("entry") if row.metric == "digital-share")
    assert row.verdict.value == "not_testable"
    assert "no visitor was known to be a customer at first exposure" in str(row.note)
