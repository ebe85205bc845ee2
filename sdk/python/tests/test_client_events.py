from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from netlift import Client

Make = Callable[..., Client]


def one(server: Any, client: Client) -> dict[str, Any]:
    assert client.flush()
    (event,) = server.accepted
    return dict(event)


def test_track_carries_name_ids_and_properties(server: Any, make_client: Make) -> None:
    client = make_client()
    client.track("Contact Handled", user_id=" c1 ", anonymous_id="v1", properties={"channel": "phone"})
    event = one(server, client)
    assert (event["type"], event["event"]) == ("track", "Contact Handled")
    assert (event["userId"], event["anonymousId"]) == ("c1", "v1")
    assert event["properties"] == {"channel": "phone"}


def test_page_carries_its_path(server: Any, make_client: Make) -> None:
    client = make_client()
    client.page("/tv", anonymous_id="v1", properties={"title": "TV", "path": "/other"})
    event = one(server, client)
    assert event["type"] == "page"
    assert "event" not in event
    assert event["properties"] == {"title": "TV", "path": "/tv"}


def test_identify_carries_traits_and_holdings_and_links_the_ids(server: Any, make_client: Make) -> None:
    client = make_client()
    client.identify("c1", {"plan": "a"}, "v1", holdings=["mobile-s", {"product": "tv-m", "since": date(2024, 3, 1)}])
    event = one(server, client)
    assert event["type"] == "identify"
    assert (event["userId"], event["anonymousId"]) == ("c1", "v1")
    assert event["traits"] == {"plan": "a", "holdings": ["mobile-s", {"product": "tv-m", "since": "2024-03-01"}]}


def test_no_holdings_and_unknown_holdings_are_two_things(server: Any, make_client: Make) -> None:
    client = make_client()
    client.identify("c1", holdings=[])
    client.identify("c2")
    client.identify("c3", {"holdings": ["tv-m"]})
    assert client.flush()
    assert [event["traits"] for event in server.accepted] == [{"holdings": []}, {}, {"holdings": ["tv-m"]}]


def test_an_order_has_its_id_lines_channel_and_currency(server: Any, make_client: Make) -> None:
    client = make_client()
    lines = [{"product_id": "tv-m", "price": Decimal("19.99")}, {"product_id": "sim", "quantity": 2, "price": 5}]
    client.order("o-1", lines, channel="web", user_id="c1", currency="EUR", properties={"coupon": "x"})
    event = one(server, client)
    assert (event["type"], event["event"]) == ("track", "Order Completed")
    assert event["properties"] == {
        "order_id": "o-1",
        "channel": "web",
        "currency": "EUR",
        "coupon": "x",
        "products": [
            {"product_id": "tv-m", "price": 19.99, "quantity": 1},
            {"product_id": "sim", "quantity": 2, "price": 5},
        ],
    }
    assert "quantity" not in lines[0]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (datetime(2026, 5, 12, 10, 0, 0, 250_000), "2026-05-12T10:00:00.250Z"),
        (datetime(2026, 5, 12, 10, 0, tzinfo=timezone(timedelta(hours=2))), "2026-05-12T08:00:00.000Z"),
        ("2026-05-12T10:00:00+02:00", "2026-05-12T10:00:00+02:00"),
    ],
)
def test_an_event_may_be_recorded_later(given: Any, written: str, server: Any, make_client: Make) -> None:
    client = make_client()
    client.track("Order Completed", user_id="c1", timestamp=given)
    assert one(server, client)["timestamp"] == written


def test_an_event_is_taken_as_it_was_at_the_call(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=60)
    properties = {"step": 1}
    client.track("Step", user_id="c1", properties=properties)
    properties["step"] = 2
    assert one(server, client)["properties"] == {"step": 1}


def test_what_shops_commonly_hold_has_a_json_form(server: Any, make_client: Make) -> None:
    client = make_client()
    number = UUID("00000000-0000-4000-8000-000000000001")
    when = datetime(2026, 1, 2, tzinfo=timezone.utc)
    client.track("x", user_id="c1", properties={"id": number, "at": when, "tags": {"b", "a"}, "text": "ökø 😀"})
    assert one(server, client)["properties"] == {
        "id": str(number),
        "at": "2026-01-02T00:00:00.000Z",
        "tags": ["a", "b"],
        "text": "ökø 😀",
    }


def cyclic() -> dict[str, Any]:
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    return ring


REFUSED: dict[str, tuple[Callable[[Any], None], str]] = {
    "no id": (lambda c: c.track("x"), "anonymous_id and user_id are both missing or blank, one must be given."),
    "blank ids": (lambda c: c.track("x", anonymous_id=" ", user_id=""), "anonymous_id and user_id are both missing"),
    "number as id": (lambda c: c.track("x", user_id=4711), "user_id is of type int, must be a text."),
    "no event name": (lambda c: c.track("", user_id="c1"), "event == '', must be a text that is not blank."),
    "number as name": (lambda c: c.track(5, user_id="c1"), "event == 5, must be a text that is not blank."),
    "text as properties": (
        lambda c: c.track("x", user_id="c1", properties="a"),
        "properties == 'a', must be",
    ),
    "not a number": (lambda c: c.track("x", user_id="c1", properties={"a": float("nan")}), "event has no JSON form"),
    "an object": (lambda c: c.track("x", user_id="c1", properties={"a": object()}), "event has no JSON form"),
    "a ring": (lambda c: c.track("x", user_id="c1", properties=cyclic()), "event has no JSON form"),
    "half a pair": (lambda c: c.track("x", user_id="c1", properties={"a": "\ud800"}), "event has no JSON form"),
    "too large": (lambda c: c.track("x", user_id="c1", properties={"a": "x" * 40_000}), "must have at most 32768."),
    "a date as time": (lambda c: c.track("x", user_id="c1", timestamp=5), "timestamp == 5, must be a datetime"),
    "no path": (lambda c: c.page(None, user_id="c1"), "path == None, must be a text that is not blank."),
    "no customer": (lambda c: c.identify(None), "user_id is missing or blank, must be a text."),
    "number as customer": (lambda c: c.identify(4711), "user_id is of type int, must be a text."),
    "visitor alone": (lambda c: c.identify(" ", anonymous_id="v1"), "user_id is missing or blank"),
    "text as holdings": (lambda c: c.identify("c1", holdings="tv"), "holdings == 'tv', must be a list of products."),
    "number as holding": (lambda c: c.identify("c1", holdings=[5]), "holding == 5, must be a text that is not blank."),
    "no order id": (lambda c: c.order("", [], channel="web", user_id="c1"), "order_id == '', must be a text"),
    "no lines": (lambda c: c.order("o", [], channel="web", user_id="c1"), "products == [], must hold at least one"),
    "text as lines": (lambda c: c.order("o", "tv", channel="web", user_id="c1"), "products == 'tv', must be a list"),
    "a line without product": (lambda c: c.order("o", [{}], channel="web", user_id="c1"), "product_id == None, must"),
    "no channel": (lambda c: c.order("o", [{"product_id": "a"}], channel=None, user_id="c1"), "channel == None, must"),
}


@pytest.mark.parametrize(("record", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_refused_with_a_word_and_harms_no_neighbour(
    record: Callable[[Client], None], problem: str, server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    client.track("before", user_id="c1")
    record(client)
    record(client)
    client.track("after", user_id="c1")
    assert client.flush()
    assert [event["event"] for event in server.accepted] == ["before", "after"]
    assert client.stats()["refused"] == 2
    (warning,) = [entry.getMessage() for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert problem in warning
    assert "4711" not in warning
