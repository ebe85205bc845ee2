"""Whether the database keeps up: what is measured, and when senders are sent away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.services.clock import now_us
from experiments.services.ingest import Limits, SourceInfo, UnavailableError, accept, pace
from experiments.services.ingest.grouping import writer_of
from experiments.services.ingest.pace import Pace
from experiments.store.engines import appending

SHOP = SourceInfo(1, "shop", SourceKind.SERVER, Environment.PRODUCTION)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def timed(clock: Clock, pace_: Pace, seconds: float) -> None:
    with pace_.writing():
        clock.seconds += seconds


def test_nothing_waits_at_first(clock: Clock) -> None:
    assert Pace(16, 2_000, clock).wait() == 0


def test_the_wait_is_the_transactions_ahead_at_the_measured_speed(clock: Clock) -> None:
    queue = Pace(2, 100, clock)
    for _ in range(60):
        timed(clock, queue, 0.5)
    with queue.waiting(10), queue.waiting(10), queue.waiting(10):
        assert queue.wait() == pytest.approx(1.0, rel=1e-3)  # three requests are two transactions
        with queue.waiting(270):
            assert queue.wait() == pytest.approx(1.5, rel=1e-3)  # 300 items are three
    assert (queue.queued_requests, queue.queued_items, queue.wait()) == (0, 0, 0)


def test_senders_are_sent_away_where_they_would_wait_too_long(clock: Clock) -> None:
    queue = Pace(1, 100, clock)
    for _ in range(60):
        timed(clock, queue, 0.9)
    with queue.waiting(1), queue.waiting(1), queue.waiting(1):
        with pytest.raises(UnavailableError) as refusal, queue.waiting(1):
            pass
        assert refusal.value.retry_seconds == 3
        assert queue.queued_requests == 3
    with queue.waiting(1):
        assert queue.queued_requests == 1


def test_a_write_that_hangs_sends_the_next_ones_away(clock: Clock) -> None:
    queue = Pace(16, 2_000, clock)
    with queue.waiting(1), queue.writing():
        clock.seconds += pace.MOST_SECONDS + 0.5
        with pytest.raises(UnavailableError, match="keep up"), queue.waiting(1):
            pass
    with queue.waiting(1):
        assert queue.queued_items == 1


def test_what_waits_is_bounded_whatever_the_speed(clock: Clock) -> None:
    queue = Pace(16, 2_000, clock)
    with queue.waiting(pace.MOST_WAITING - 1):
        with queue.waiting(1):
            pass
        with pytest.raises(UnavailableError), queue.waiting(2):
            pass
    with queue.waiting(pace.MOST_WAITING * 2):  # alone it is bounded by the limits of a request
        assert queue.queued_items == pace.MOST_WAITING * 2


def test_behind_a_locked_database_nobody_waits_for_long(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits out the busy timeout; those that come while it hangs are told at once, and threads stay free."""
    monkeypatch.setattr(pace, "MOST_SECONDS", 0.2)

    def send(message: str) -> float:
        item = {"type": "track", "event": "Clicked", "anonymousId": "v", "messageId": message}
        began = time.monotonic()
        try:
            accept(sqlite_engine, SHOP, [item], id_key=b"k", now=now_us(), limits=Limits())
        except UnavailableError:
            return time.monotonic() - began
        return 0.0

    with ThreadPoolExecutor(1) as pool:
        with appending(sqlite_engine):
            first = pool.submit(send, "a")
            while writer_of(sqlite_engine).pace.wait() < 0.2:
                time.sleep(0.01)
            assert 0 < send("b") < 0.2
        assert first.result() == 0
    assert send("b") == 0
