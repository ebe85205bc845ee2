from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from netlift.backoff import Backoff, retry_after
from netlift.exposures import ExposureMemory
from netlift.notices import Notices
from netlift.outbox import Outbox
from netlift.tally import OTHER, Tally
from netlift.worker import Worker

NOW = datetime(2026, 5, 12, 10, 0, tzinfo=timezone.utc)


def test_pauses_double_up_to_the_longest_with_jitter_and_start_anew() -> None:
    backoff = Backoff(0.5, 4.0)
    for full in (0.5, 1.0, 2.0, 4.0, 4.0, 4.0):
        assert full / 2 <= backoff.failed() <= full
    backoff.succeeded()
    assert backoff.failed() <= 0.5


def test_pauses_stay_finite_after_very_many_failures() -> None:
    backoff = Backoff(0.5)
    assert max(backoff.failed() for _ in range(5000)) <= 30.0


def test_the_longest_pause_is_never_shorter_than_the_first() -> None:
    assert 30.0 <= Backoff(60.0, 5.0).failed() <= 60.0


def test_pauses_of_many_processes_differ() -> None:
    assert len({Backoff(1.0).failed() for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("100000", 300.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 300.0),
        ("-5", None),
        ("Tue, 12 May 2026 10:01:30 -0000", 90.0),
        ("²", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_server_may_ask_for_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


def test_no_header_asks_for_nothing() -> None:
    assert retry_after({}) is None


def test_the_outbox_keeps_events_until_they_are_settled() -> None:
    outbox = Outbox(10)
    for event in (b"one", b"two", b"three"):
        outbox.put(event)
    batch = outbox.first(2, 100)
    assert [waiting.event for waiting in batch] == [b"one", b"two"]
    assert outbox.first(2, 100) == batch
    assert outbox.settle(batch[-1].number) == 2
    assert [waiting.event for waiting in outbox.first(9, 100)] == [b"three"]


def test_a_batch_ends_before_it_is_too_large_but_holds_one_event_at_least() -> None:
    outbox = Outbox(10)
    for size in (5, 5, 5, 50):
        outbox.put(b"x" * size)
    assert len(outbox.first(9, 10)) == 2
    outbox.settle(3)
    assert len(outbox.first(9, 10)) == 1


def test_events_dropped_while_in_flight_are_not_settled_twice() -> None:
    outbox = Outbox(2)
    outbox.put(b"one")
    outbox.put(b"two")
    batch = outbox.first(2, 100)
    outbox.put(b"three")
    assert outbox.dropped == 1
    assert outbox.settle(batch[-1].number) == 1
    assert [waiting.event for waiting in outbox.first(2, 100)] == [b"three"]


def test_waiting_is_for_the_events_that_are_there_and_not_for_later_ones() -> None:
    outbox = Outbox(10)
    assert outbox.wait_settled(0)
    outbox.put(b"one")
    assert not outbox.wait_settled(0)
    done: list[bool] = []
    waiter = threading.Thread(target=lambda: done.append(outbox.wait_settled(10)))
    waiter.start()
    while not outbox._changed._waiters:  # type: ignore[attr-defined]
        pass
    outbox.put(b"two")
    outbox.settle(1)
    waiter.join()
    assert done == [True]
    assert len(outbox) == 1


def test_the_memory_forgets_the_least_recently_seen() -> None:
    memory = ExposureMemory(2)
    assert [memory.is_new(exposure) for exposure in "abacab"] == [True, True, False, True, False, True]


def test_of_two_threads_that_ask_at_once_one_is_told_that_it_is_new() -> None:
    memory = ExposureMemory(10)
    answers: list[bool] = []

    class Overtaken:
        """A lock that another thread gets first."""

        def __enter__(self) -> None:
            if not answers:
                answers.append(True)
                answers[0] = memory.is_new("a")

        def __exit__(self, *_: object) -> None:
            pass

    memory._lock = Overtaken()  # type: ignore[assignment]
    answers.append(memory.is_new("a"))
    assert answers == [True, False]


def test_a_tally_tells_what_is_new_and_bounds_what_it_remembers() -> None:
    tally = Tally()
    tally.add("tv-entry", "SPLIT")
    counts, untold = tally.untold()
    assert untold == {"tv-entry": {"SPLIT": 1}}
    tally.told(counts)
    assert tally.untold()[1] == {}
    for number in range(2000):
        tally.add(f"made-up-{number}", "UNKNOWN")
    assert len(tally._noted) < 1000
    tally.add("tv-entry", "SPLIT")
    totals = tally.totals()
    assert len(totals) <= 1001
    assert totals[OTHER] == {"UNKNOWN": 1001}
    assert sum(count for reasons in totals.values() for count in reasons.values()) == 2002
    assert tally.untold()[1]["tv-entry"] == {"SPLIT": 1}


def test_notices_come_once_until_settled_and_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "netlift")
    notices = Notices()
    notices.once("a", "trouble %s", 1)
    notices.once("a", "trouble %s", 2)
    notices.settled("b")
    notices.settled("a")
    notices.once("a", "trouble %s", 3)
    assert [record.getMessage() for record in caplog.records] == ["trouble 1", "a: works again.", "trouble 3"]
    for number in range(5000):
        notices.once(f"topic {number}", "again")
    assert len(caplog.records) < 300


def test_a_turn_that_fails_does_not_end_the_thread(
    monkeypatch: pytest.MonkeyPatch, until: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("netlift.worker._AFTER_FAULT", 0.001)
    turns: list[int] = []

    def turn() -> float:
        turns.append(1)
        if len(turns) < 3:
            raise RuntimeError("a fault")
        return 60.0

    worker = Worker("a-worker", turn, Notices())
    worker.start()
    until(lambda: len(turns) == 3)
    worker.stop()
    worker.join(10)
    assert not worker.alive
    assert len([record for record in caplog.records if "background turn failed" in record.getMessage()]) == 1


def test_a_worker_finishes_after_its_last_turn() -> None:
    seen: list[str] = []

    def turn() -> float:
        seen.append("turn")
        return 60.0

    worker = Worker("a-worker", turn, Notices(), finish=lambda: seen.append("finish"))
    worker.start()
    worker.stop()
    worker.join(10)
    assert seen[-1] == "finish"
