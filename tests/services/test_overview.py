"""The counts of the overview: hand-made days on both databases, counted anew as facts come, return and are mended."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.journey import Journey, Match, Step
from experiments.services import catalogue
from experiments.services.clock import DAY, to_iso
from experiments.services.overview import Asked, Figure, Figures, OverviewTurns, count_days, figures
from experiments.services.project import run_all
from experiments.services.reconciliation import days_between
from experiments.services.sessions import reading, writing
from tests.shop_world import ADMIN, HOUR, START, Shop, identify, order, page, stamp

ZONE = ZoneInfo("Europe/Amsterdam")
DIGITAL = ("web", "app")
#: Two weeks and today: all that a period of seven days looks at.
DAYS = 15
NOW = days_between(START, 1, ZONE)[0][0] + 15 * HOUR
MIDNIGHT = NOW - 15 * HOUR


def contact(number: int, at: int, seconds: int, **ids: str) -> dict[str, object]:
    properties = {"channel": "phone", "handle_seconds": seconds}
    return {"type": "track", "event": "Contact Handled", "messageId": f"c{number}", "timestamp": stamp(at),
            "properties": properties, **ids}  # fmt: skip


def answer(number: int, at: int, csat: int, **ids: str) -> dict[str, object]:
    return {"type": "track", "event": "Survey Answered", "messageId": f"s{number}", "timestamp": stamp(at),
            "properties": {"csat": csat}, **ids}  # fmt: skip


def refund(number: str, at: int) -> dict[str, object]:
    return {"type": "track", "event": "Order Refunded", "messageId": f"r{number}", "timestamp": stamp(at),
            "properties": {"order_id": number}, "userId": "c1"}  # fmt: skip


@pytest.fixture
def shop(engine: Engine) -> Shop:
    """Yesterday a cross-sale, an up-sale by phone and one to somebody unknown; some before, one today."""
    made = Shop(engine, start=NOW - 60 * DAY)
    steps = (Step("tv", "TV pages", Match.PATH, "/tv*"), Step("order", "Order", Match.EVENT, "Order Completed"))
    with writing(engine) as session:
        catalogue.save_journey(session, ADMIN, NOW, Journey("tv", "TV pages", steps))
    yesterday = MIDNIGHT - 12 * HOUR
    made.send("shop", [
        identify(MIDNIGHT - 50 * DAY, holdings=["mobile-1"], userId="c1"),
        identify(MIDNIGHT - 50 * DAY, holdings=["mobile-1", "tv-1"], userId="c2"),
        identify(MIDNIGHT - 50 * DAY, anonymousId="v1", userId="c1"),
        page("/tv", yesterday - HOUR, anonymousId="v1"),
                order("A1", "tv-1", yesterday, userId="c1"),
        order("A2", "tv-2", yesterday, channel="phone", userId="c2"),
        order("A3", "tv-1", yesterday, anonymousId="v7"),
        order("B1", "broadband-1", MIDNIGHT - 10 * DAY, userId="c2"),
        order("T0", "mobile-2", MIDNIGHT - 7 * DAY + 20 * HOUR, userId="c1"),
        order("T1", "broadband-1", MIDNIGHT + 2 * HOUR, userId="c1"),
        contact(1, yesterday, 100, userId="c2"), contact(2, yesterday, 300, userId="c2"),
        answer(1, yesterday, 4, userId="c1"), answer(2, yesterday, 5, userId="c2"),
    ], NOW)  # fmt: skip
    made.send("web", [page("/tv/start", yesterday - 2 * HOUR, anonymousId="v9")], NOW)
    run_all(engine, NOW)
    return made


@pytest.fixture
def read(engine: Engine) -> Callable[..., Figures]:
    def ask(now: int = NOW, **asked: object) -> Figures:
        with reading(engine) as session:
            return figures(session, Asked(**{"days": 7, **asked}), now, ZONE, DIGITAL)  # type: ignore[arg-type]

    return ask


def of(found: Figures, key: str) -> Figure:
    return next(figure for figure in (*found.figures, *found.journeys) if figure.key == key)


@pytest.mark.usefixtures("shop")
def test_a_period_that_is_counted_in_part_is_compared_with_nothing(
    engine: Engine, read: Callable[..., Figures]
) -> None:
    count_days(engine, NOW, ZONE, 12)
    found = read()
    assert not found.complete
    assert of(found, "cross-sell").before.value == 1
    assert {(one.change, one.change_low, one.change_high) for one in (*found.figures, *found.journeys)} == {
        (None, None, None)
    }


@pytest.mark.usefixtures("shop")
def test_whole_days_beside_the_days_before_and_today_apart(engine: Engine, read: Callable[..., Figures]) -> None:
    assert read().counted_at is None
    count_days(engine, NOW, ZONE, DAYS)
    found = read()
    assert found.complete
    assert (found.days[-1], found.days_before[-1]) == (to_iso(MIDNIGHT - DAY), to_iso(MIDNIGHT - 8 * DAY))
    cross, up, every = (of(found, key) for key in ("cross-sell", "up-sell", "all-sales"))
    assert (cross.now.value, cross.before.value, cross.change) == (1, 1, 0)
    assert cross.by_day[-1] == 1
    assert (up.now.value, up.before.value, up.change) == (2, 0, None)
    assert (every.now.n, every.before.n) == (4, 1)
    assert (of(found, "digital-share").now.value, of(found, "digital-share").now.n) == (0.75, 4)
    assert (of(found, "handle-time").now.value, of(found, "handle-time").now.n) == (200, 2)
    assert (of(found, "csat").now.value, of(found, "csat").before.value) == (4.5, None)
    # T0 was sold at 20 o'clock a week ago: it is no yardstick for a day that has come to 15 o'clock.
    assert (cross.today.n, cross.same_day.n, every.same_day.n) == (1, 0, 0)


def test_an_order_that_is_told_again_for_a_later_hour_is_no_renewal_of_itself(
    engine: Engine, shop: Shop, read: Callable[..., Figures]
) -> None:
    """The back office knows the day of an order only and tells it for noon; the shop had told it in the morning."""
    morning = MIDNIGHT - 14 * HOUR
    shop.send("shop", [order("A9", "broadband-1", morning, userId="c1")], NOW)
    shop.send("phone", [order("A9", "broadband-1", morning + 2 * HOUR, userId="c1")], NOW)
    run_all(engine, NOW)
    count_days(engine, NOW, ZONE, DAYS)
    assert of(read(), "cross-sell").now.value == 2


@pytest.mark.usefixtures("shop")
def test_conversion_of_a_journey_counts_people_once_a_day(engine: Engine, read: Callable[..., Figures]) -> None:
    count_days(engine, NOW, ZONE, 3)
    tv = of(read(), "tv")
    assert (tv.now.value, tv.now.n) == (0.5, 2)
    assert tv.now.low is not None
    assert 0 < tv.now.low < 0.5


@pytest.mark.usefixtures("shop")
def test_filters(engine: Engine, read: Callable[..., Figures]) -> None:
    count_days(engine, NOW, ZONE, DAYS)
    assert of(read(channel=Channel.PHONE), "all-sales").now.n == 1
    assert [of(read(channel=one), "tv").now.n for one in (Channel.WEB, Channel.PHONE)] == [
        1,
        0,
    ]  # who told of the other named no channel
    assert of(read(segment="mobile"), "all-sales").now.n == 2
    assert of(read(segment="tv+mobile+broadband"), "handle-time").now.n == 2
    assert of(read(segment="unknown"), "all-sales").now.n == 1
    inside = read(journey="tv")
    assert [figure.key for figure in inside.journeys] == ["tv"]
    assert (of(inside, "all-sales").now.n, of(inside, "cross-sell").now.n) == (1, 1)
    assert dict(read().segments)["mobile"] == "mobile only"
    for wrong in ({"journey": "nothing"}, {"segment": "mobile+hats"}, {"days": 8}):
        with pytest.raises(DomainError):
            read(**wrong)


def test_a_return_and_a_late_statement_mend_days_that_are_past(
    engine: Engine, shop: Shop, read: Callable[..., Figures]
) -> None:
    count_days(engine, NOW, ZONE, DAYS)
    later = NOW + HOUR
    shop.send("shop", [refund("A2", NOW), identify(MIDNIGHT - 40 * DAY, holdings=["tv-1"], userId="c9"),
                       identify(MIDNIGHT - 40 * DAY, anonymousId="v7", userId="c9")], later)  # fmt: skip
    run_all(engine, later)
    count_days(engine, later, ZONE, DAYS)
    found = read(later)
    assert (of(found, "up-sell").now.n, of(found, "all-sales").now.n) == (1, 3)
    assert of(read(later, segment="unknown"), "all-sales").now.n == 0


@pytest.mark.usefixtures("shop")
def test_the_worker_counts_today_first_and_goes_back_a_few_days_at_a_time(
    engine: Engine, read: Callable[..., Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.services.overview.counting.DAYS", DAYS)
    monkeypatch.setattr("experiments.services.overview.counting.TURN_SECONDS", 0.0)
    turns = OverviewTurns(engine, ZONE)
    assert turns.turn(NOW, changed=True) == 2
    assert not read().complete
    assert turns.turn(NOW + 1, changed=False) == 0  # no time in this turn
    monkeypatch.setattr("experiments.services.overview.counting.TURN_SECONDS", 60.0)
    assert turns.turn(NOW + 2, changed=False) == DAYS - 2
    assert read().complete
    assert turns.turn(NOW + HOUR, changed=False) == 0  # nothing came
    assert turns.turn(NOW + 9 * HOUR, changed=False) == DAYS  # a new day began
