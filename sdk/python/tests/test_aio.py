"""The asyncio client never makes the loop wait: a heart beats in it, and its longest pause is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from netlift.aio import AsyncClient

T = TypeVar("T")
IDS = {"anonymous_id": "visitor-1", "user_id": "customer-7"}
# The server hangs for seconds below; a loop that waited for it would pause for as long.
LONGEST_PAUSE = 0.5


@asynccontextmanager
async def heartbeat() -> AsyncIterator[None]:
    pauses = []

    async def beat() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            pauses.append(time.monotonic() - before)

    task = asyncio.ensure_future(beat())
    await asyncio.sleep(0.02)
    yield
    task.cancel()
    assert max(pauses) < LONGEST_PAUSE


def beating(work: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        async with heartbeat():
            return await work()

    return asyncio.run(run())


@pytest.fixture
def make_client(server: Any) -> Any:
    clients = []

    def make(**settings: Any) -> AsyncClient:
        quick = {"flush_interval": 3600, "retry_interval": 0.01, "exit_timeout": 0.3}
        clients.append(AsyncClient(**{"key": "sk_live_1", "host": server.address, **quick, **settings}))
        return clients[-1]

    yield make
    server.released.set()
    for client in clients:
        client.at_exit()
        for worker in client._runtime.workers:
            worker.join(10)


def test_it_decides_and_delivers(server: Any, make_client: Any) -> None:
    async def work() -> tuple[str, bool]:
        async with make_client() as client:
            assert await client.wait_ready(10)
            reason = client.decide("tv-entry", "visitor-1").reason
            client.track("Done", user_id="c1")
            return reason, await client.flush(10)

    assert beating(work) == ("SPLIT", True)
    assert [event["event"] for event in server.accepted] == ["Experiment Viewed", "Done"]


def test_waiting_for_a_config_that_does_not_come_lets_the_loop_run(server: Any, make_client: Any) -> None:
    server.config_replies.append("hang")

    async def work() -> bool:
        ready: bool = await make_client(timeout=9.0).wait_ready(1.0)
        return ready

    assert beating(work) is False


def test_flushing_and_closing_at_a_hanging_server_lets_the_loop_run(server: Any, make_client: Any) -> None:
    server.batch_replies.append("hang")

    async def work() -> bool:
        client = make_client()
        client.track("Done", user_id="c1")
        flushed: bool = await client.flush(1.0)
        await client.close(1.0)
        return flushed

    assert beating(work) is False


def test_asking_a_hanging_server_lets_the_loop_run_and_shows_the_control(
    server: Any, make_client: Any, make_experiment: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.publish(make_experiment("private", remote=True))
    server.evaluate_replies.append("hang")

    async def work() -> str:
        client = make_client(timeout=1.0)
        assert await client.wait_ready(10)
        visit = await client.remote(**IDS)
        return str(visit.decide("private").reason)

    assert beating(work) == "REMOTE"
    server.released.set()
    assert [entry.name for entry in caplog.records] == ["netlift"]  # and nothing of asyncio about lost exceptions


def test_many_questions_are_asked_side_by_side(server: Any, make_client: Any, make_experiment: Any) -> None:
    server.publish(make_experiment("private", remote=True))
    server.private = {"customer-7": {"holdings": ["mobile-s"]}}

    async def work() -> set[str]:
        client = make_client(timeout=10.0)
        assert await client.wait_ready(10)
        visits = await asyncio.gather(
            *(client.remote(anonymous_id=f"v-{number}", user_id="customer-7") for number in range(40))
        )
        return {visit.decide("private").reason for visit in visits}

    assert beating(work) == {"SPLIT"}
    assert len({request["peer"] for request in server.to("POST")}) > 1


def test_a_caller_that_gives_up_waiting_leaves_the_client_sound(server: Any, make_client: Any) -> None:
    server.batch_replies.append("hang")

    async def work() -> str:
        client = make_client()
        assert await client.wait_ready(10)
        client.track("Done", user_id="c1")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.flush(1.0), 0.05)
        return str(client.variant("tv-entry", "visitor-1"))

    assert beating(work) in ("control", "personal-entry")


def test_a_full_queue_never_blocks_the_loop(server: Any, make_client: Any) -> None:
    server.batch_replies.append("hang")

    async def work() -> dict[str, Any]:
        client = make_client(max_queue=3, when_full="block", block_timeout=5.0)
        for number in range(10):
            client.track(f"event-{number}", user_id="c1")
        stats: dict[str, Any] = client.stats()
        return stats

    stats = beating(work)
    assert (stats["queued"], stats["dropped"], stats["blocked"]) == (3, 7, 0)
