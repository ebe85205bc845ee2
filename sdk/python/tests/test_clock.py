from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from netlift import Client

Make = Callable[..., Client]
THEN = datetime(2026, 3, 1, 12, 30, tzinfo=timezone.utc)
STAMP = "2026-03-01T12:30:00.000Z"


def record_all(client: Client) -> None:
    client.variant("tv-entry", "v1")
    client.track("Contact Handled", user_id="c1")
    client.page("/tv", anonymous_id="v1")
    client.identify("c1")
    client.order("order-1", [{"product_id": "tv-m"}], channel="web", user_id="c1")


def test_the_clock_says_when_every_event_happens(server: Any, make_client: Make) -> None:
    client = make_client(clock=lambda: THEN)
    record_all(client)
    assert client.flush()
    assert [event["timestamp"] for event in server.accepted] == [STAMP] * 5
    assert server.accepted[0]["event"] == "Experiment Viewed"


def test_it_is_asked_anew_for_each_event(server: Any, make_client: Make) -> None:
    moments = [THEN + timedelta(days=day) for day in range(2)]
    client = make_client(clock=lambda: moments.pop(0))
    client.variant("tv-entry", "v1")
    client.variant("tv-entry", "v2")
    assert client.flush()
    assert [event["timestamp"][:10] for event in server.accepted] == ["2026-03-01", "2026-03-02"]


def test_a_stated_timestamp_wins(server: Any, make_client: Make) -> None:
    client = make_client(clock=lambda: THEN)
    client.track("Contact Handled", user_id="c1", timestamp="2026-01-01T00:00:00Z")
    assert client.flush()
    assert server.accepted[0]["timestamp"] == "2026-01-01T00:00:00Z"


def test_the_time_of_sending_is_the_real_one(server: Any, make_client: Make) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    client = make_client(clock=lambda: THEN)
    record_all(client)
    assert client.flush()
    (batch,) = server.batches
    sent = {batch["sentAt"], *(event["sentAt"] for event in batch["batch"])}
    assert all(datetime.fromisoformat(text.replace("Z", "+00:00")) > before for text in sent)


def broken() -> datetime:
    raise RuntimeError("no battery")


@pytest.mark.parametrize("clock", [broken, lambda: "noon"])
def test_a_clock_that_fails_changes_neither_the_variant_nor_the_event(
    clock: Any, server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    started = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M")
    client = make_client(clock=clock)
    with caplog.at_level(logging.WARNING, "netlift"):
        assert client.decide("tv-entry", "v1").reason == "SPLIT"
        client.track("Contact Handled", user_id="c1")
        assert client.flush()
    assert len(server.accepted) == 2
    assert all(event["timestamp"] >= started for event in server.accepted)
    assert [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]


def test_a_clock_that_cannot_be_called_is_warned_of(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "netlift"):
        client = make_client(clock="noon")
    assert "clock == 'noon', must be callable" in caplog.text
    assert client._options.clock is None
