"""What happens to an event that finds the queue full, by policy."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from netlift import Client
from netlift.outbox import Outbox

Make = Callable[..., Client]


def fill(outbox: Outbox, count: int) -> list[int]:
    """How many waited after each."""
    return [outbox.put(b"%d" % number) for number in range(count)]


def kept(outbox: Outbox) -> list[bytes]:
    return [waiting.event for waiting in outbox.first(99, 999)]


@pytest.mark.parametrize(
    ("policy", "left"),
    [("drop_oldest", [b"2", b"3", b"4"]), ("drop_newest", [b"0", b"1", b"2"]), ("block", [b"0", b"1", b"2"])],
)
def test_each_policy_keeps_the_limit_and_counts_what_it_drops(policy: Any, left: list[bytes]) -> None:
    outbox = Outbox(3, policy, 0.01)
    assert fill(outbox, 5) == [1, 2, 3, 3, 3]
    assert (kept(outbox), outbox.dropped) == (left, 2)
    assert outbox.blocked == (2 if policy == "block" else 0)


def test_a_blocked_caller_goes_on_as_soon_as_there_is_room() -> None:
    hurried = threading.Event()
    outbox = Outbox(2, "block", 30.0, hurried.set)
    fill(outbox, 2)
    caller = threading.Thread(target=lambda: outbox.put(b"late"))
    caller.start()
    assert hurried.wait(10)  # it asks for room before it waits
    outbox.settle(1)
    caller.join(10)
    assert not caller.is_alive()
    assert (kept(outbox), outbox.dropped, outbox.blocked) == ([b"1", b"late"], 0, 1)


def test_all_who_wait_go_on_once_there_is_room_for_them() -> None:
    outbox = Outbox(2, "block", 30.0)
    fill(outbox, 2)
    callers = [threading.Thread(target=outbox.put, args=(b"late",)) for _ in range(2)]
    for caller in callers:
        caller.start()
    while outbox.blocked < 2 or len(outbox._changed._waiters) < 2:  # type: ignore[attr-defined]
        pass
    outbox.settle(2)
    for caller in callers:
        caller.join(10)
    assert (kept(outbox), outbox.dropped) == ([b"late", b"late"], 0)


def test_who_may_not_wait_drops_the_event_at_once() -> None:
    outbox = Outbox(1, "block", 30.0)
    fill(outbox, 1)
    assert outbox.put(b"late", patient=False) == 1
    assert (kept(outbox), outbox.dropped, outbox.blocked) == ([b"0"], 1, 0)


def test_an_event_loop_is_never_made_to_wait() -> None:
    outbox = Outbox(1, "block", 30.0)

    async def overfill() -> None:
        fill(outbox, 5)

    started = time.monotonic()
    asyncio.run(overfill())
    assert time.monotonic() - started < 10
    assert (outbox.dropped, outbox.blocked) == (4, 0)


def test_blocking_loses_nothing_while_the_server_takes_events(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, max_queue=5, batch_size=100, when_full="block", block_timeout=20)
    for number in range(60):
        client.track(f"event-{number}", user_id="c1")
    assert client.flush(10)
    assert [event["event"] for event in server.accepted] == [f"event-{number}" for number in range(60)]
    assert client.stats()["dropped"] == 0
    assert client.stats()["blocked"] > 0


def test_blocking_is_bounded_while_the_server_hangs(server: Any, make_client: Make) -> None:
    server.batch_replies.append("hang")
    client = make_client(max_queue=3, when_full="block", block_timeout=0.01)
    for number in range(8):
        client.track(f"event-{number}", user_id="c1")
    assert client.stats()["dropped"] == 5


def test_an_unknown_policy_is_named_and_the_default_used(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(when_full="drop_all", max_queue=2, flush_interval=3600)
    assert "when_full == 'drop_all', must be one of drop_oldest, drop_newest, block" in caplog.text
    for number in range(3):
        client.track(f"event-{number}", user_id="c1")
    assert client.stats()["dropped"] == 1
