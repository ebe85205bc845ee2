"""The contact centre on both databases: hand-made days, every number worked out in the head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.services.clock import DAY, to_iso
from experiments.services.contact_centre import Asked, Board, ContactCentreTurns, board, count_periods
from experiments.services.contact_centre.figures import Figure
from experiments.services.project import run_all
from experiments.services.reconciliation import days_between
from experiments.services.sessions import reading, writing
from experiments.store import eligibility
from experiments.store.catalogue import experiments as stored_experiments
from experiments.store.eligibility import Count
from tests.shop_world import HOUR, METRICS, START, Shop, identify, order, stamp, viewed

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = days_between(START, 1, ZONE)[0][0]
NOW = MIDNIGHT + 15 * HOUR
YESTERDAY = MIDNIGHT - 12 * HOUR


def told(event: str, message: str, at: int, customer: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "messageId": message, "timestamp": stamp(at),
            "properties": properties, "userId": customer}  # fmt: skip


def contact(at: int, customer: str, seconds: int, channel: str = "phone", **more: Any) -> dict[str, Any]:
    name = f"c-{customer}-{at}"
    return told("Contact Handled", name, at, customer, channel=channel, handle_seconds=seconds, **more)


def answer(at: int, customer: str, csat: int, channel: str = "phone") -> dict[str, Any]:
    return told("Survey Answered", f"s-{customer}-{at}", at, customer, channel=channel, csat=csat)


@pytest.fixture
def shop(engine: Engine) -> Shop:
    """Yesterday by phone a (2 calls, 300 s), b (1, 200 s) and c (1, 100 s), in chat d; a week before one call."""
    made = Shop(engine, unit="customer", start=NOW - 60 * DAY)
    y = YESTERDAY
    made.send("shop", [
        contact(y, "a", 100, offer="entry", accepted=False), contact(y + HOUR, "a", 200, offer="entry", accepted=True),
        contact(y, "b", 200, offer="entry", accepted=False), contact(y, "c", 100),
        contact(y, "d", 50, "chat"), contact(y + HOUR, "d", 50, "chat"),
        told("Lead", "l1", y, "d", channel="chat"),
        answer(y + 2 * HOUR, "a", 5), answer(y + 2 * HOUR, "b", 4), answer(y + 2 * HOUR, "c", 3),
        contact(y - 7 * DAY, "b", 400, offer="tv", accepted=True),
        # Long ago: offers that are out of reach, and one within 30 days.
        contact(y - 40 * DAY, "b", 60, offer="old"), contact(y - 20 * DAY, "a", 60, offer="older"),
    ], NOW)  # fmt: skip
    run_all(engine, NOW)
    return made


@pytest.fixture
def read(engine: Engine) -> Callable[..., Board]:
    def ask(**asked: Any) -> Board:
        count_periods(engine, NOW, ZONE)
        with reading(engine) as session:
            return board(session, Asked(**{"days": 7, **asked}), NOW, "EUR")

    return ask


def of(found: Board, key: str, channel: str = "") -> Figure:
    line = next(line for line in (found.total, *found.channels) if line.channel == channel)
    return next(figure for figure in line.figures if figure.key == key)


@pytest.mark.usefixtures("shop")
def test_figures_by_channel_beside_the_period_before(read: Callable[..., Board]) -> None:
    found = read()
    assert (found.starts, found.ends) == (to_iso(MIDNIGHT - 7 * DAY), to_iso(MIDNIGHT))
    assert [line.channel for line in found.channels] == ["phone", "chat"]
    time = of(found, "handle-time", "phone")
    assert (time.now.value, time.now.n, time.now.people) == (150, 4, 3)  # (300 + 200 + 100) / 4
    assert (time.before.value, time.before.n, time.change) == (400, 1, -250)
    # Gaps 0, 50, −50 between three people: variance 5000 / 16 · 3 / 2.
    assert time.now.low == pytest.approx(150 - 1.95996398 * 468.75**0.5)
    assert (time.before.low, time.change_low) == (None, None)  # one caller has no spread
    every = of(found, "handle-time")
    assert every.now.value == pytest.approx(700 / 6)
    assert (of(found, "contacts").now.value, of(found, "contacts").change) == (6, 5)
    assert (of(found, "offers").now.value, of(found, "acceptance").now.value) == (3, pytest.approx(1 / 3))
    assert (of(found, "leads", "chat").now.value, of(found, "leads", "chat").now.n) == (0.5, 2)
    assert of(found, "csat", "phone").now.value == 4
    assert of(found, "response", "phone").now.value == 0.75
    assert not [one for line in found.channels if line.channel == "phone" for one in line.figures if one.key == "leads"]
    assert read(channel=Channel.CHAT).total.channel == "chat"


def test_satisfaction_heard_from_few_is_not_compared(engine: Engine, shop: Shop, read: Callable[..., Board]) -> None:
    assert of(read(), "csat", "phone").status == "not_testable"  # nobody answered the week before
    shop.send("shop", [contact(YESTERDAY - 8 * DAY, f"p{i}", 60) for i in range(20)], NOW)
    shop.send("shop", [answer(YESTERDAY - 8 * DAY + HOUR, f"p{i}", 4) for i in range(12)], NOW)
    run_all(engine, NOW)
    csat = of(read(), "csat", "phone")
    assert (csat.status, csat.now.value, csat.before.value, csat.change) == ("ok", 4, 4, 0)
    shop.send("shop", [contact(YESTERDAY, f"q{i}", 60) for i in range(30)], NOW)
    run_all(engine, NOW)
    csat = of(read(), "csat", "phone")  # 3 answers on 34 contacts
    assert (csat.status, csat.change) == ("not_testable", None)
    assert "10 answers per 100" in csat.note


def test_answers_of_buyers_on_the_web_answer_no_contact(engine: Engine, shop: Shop, read: Callable[..., Board]) -> None:
    before = of(read(), "response").now.value
    shop.send("shop", [answer(YESTERDAY, f"w{i}", 1, "web") for i in range(9)], NOW)
    run_all(engine, NOW)
    found = read()
    assert of(found, "response").now.value == before
    assert (of(found, "csat", "web").now.value, of(found, "csat", "web").now.n) == (1, 9)


@pytest.mark.usefixtures("shop")
def test_what_followed_on_offers_seen(read: Callable[..., Board]) -> None:
    """Offers of a: one seen 20 days before, then two; of b: one, 7 days before; what is 40 days old is forgotten."""
    rows = {row.offers: row for row in read().fatigue}
    assert [(key, rows[key].acceptance.n) for key in rows] == [
        ("0", 0), ("1", 2), ("2", 1), ("3", 0), ("4 and more", 0),
    ]  # fmt: skip
    assert (rows["1"].acceptance.value, rows["2"].acceptance.value) == (0, 1)
    # Answers: c saw none (3), b the one of a week before and the one of its contact (4), a three (5).
    assert {key: row.csat.value for key, row in rows.items() if row.csat.n} == {"0": 3, "2": 4, "3": 5}


def test_offers_of_pages_are_seen_too(engine: Engine, shop: Shop, read: Callable[..., Board]) -> None:
    shop.launch("second", "visitor", (0.5, 0.5), METRICS)
    shop.send("web", [viewed("entry", YESTERDAY - 3 * DAY, userId="b"),  # the test of customers, on the web
                      viewed("entry", YESTERDAY - 2 * DAY, userId="b"),  # once more is the same offer
                      viewed("control", YESTERDAY - 3 * DAY, userId="c"),
                      viewed("entry", YESTERDAY - 3 * DAY, key="second", anonymousId="v")], NOW)  # fmt: skip
    shop.send("shop", [identify(YESTERDAY - 9 * DAY, anonymousId="v", userId="b")], NOW)
    run_all(engine, NOW)
    rows = {row.offers: row for row in read().fatigue}
    assert (rows["1"].acceptance.n, rows["3"].acceptance.n) == (1, 1)  # b saw a call, a page and a page of the visitor
    assert rows["0"].csat.value == 3  # the control is no offer


def test_hit_rate_counts_customers_whose_week_is_over(engine: Engine, shop: Shop, read: Callable[..., Board]) -> None:
    e = YESTERDAY - 8 * DAY
    shop.send("web", [viewed("entry", e, userId="a"), viewed("control", e, userId="b"), viewed("entry", e, userId="c"),
                      viewed("entry", e + DAY, userId="a"), viewed("entry", YESTERDAY, userId="d")], NOW)  # fmt: skip
    refunded = told("Order Refunded", "r", e + 3 * DAY, "c", order_id="O3")
    shop.send("shop", [order("O1", "tv-1", e + 6 * DAY, channel="phone", userId="a"),
                       order("O2", "tv-1", e + 8 * DAY, userId="b"),  # a day too late
                       order("O3", "tv-1", e + DAY, userId="c"), refunded], NOW)  # fmt: skip
    run_all(engine, NOW)
    hit = of(read(), "hit-rate")
    assert (hit.now.value, hit.now.n, hit.before.n) == (pytest.approx(1 / 3), 3, 0)
    assert of(read(), "hit-rate", "web").now.n == 3  # where they were reached, wherever they bought


def test_policy_counts_over_all_tests(engine: Engine, shop: Shop, read: Callable[..., Board]) -> None:
    assert read().policy == ()
    with writing(engine) as session:
        number = stored_experiments.ids(session)["entry"]
        counts = [Count(number, 1, "eligible", 6), Count(number, 1, "policy:open_issue", 3),
                  Count(number, 1, "policy:offer_cap", 1), Count(number, 1, "rule:holdings", 9)]  # fmt: skip
        eligibility.count(session.connection(), counts, eligibility.FROZEN, YESTERDAY)
    rows = {row.reason: row for row in read().policy}
    assert len(rows) == 5
    assert (rows["policy:open_issue"].units, rows["policy:open_issue"].share) == (3, 0.3)
    assert [asdict(test) for test in rows["policy:offer_cap"].tests] == [{"key": "entry", "name": "entry", "units": 1}]
    assert rows["policy:not_qualified"].units == 0


@pytest.mark.usefixtures("shop")
def test_the_worker_counts_one_period_in_each_turn(engine: Engine) -> None:
    turns = ContactCentreTurns(engine, ZONE)
    assert [turns.turn(NOW + step, changed=False) for step in range(7)] == [1] * 6 + [0]
    assert turns.turn(NOW + HOUR, changed=False) == 0
    assert turns.turn(NOW + HOUR, changed=True) == 1
    with reading(engine) as session:
        assert board(session, Asked(), NOW, "EUR").counted_at == to_iso(NOW + 2)


def test_only_what_can_be_asked() -> None:
    assert Asked.read({"days": "7", "channel": "chat"}).to_dict() == {"days": "7", "channel": "chat"}
    for wrong in ({"days": "8"}, {"days": "x"}, {"channel": "pigeon"}):
        with pytest.raises(DomainError):
            Asked.read(wrong)
