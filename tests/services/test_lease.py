"""The lease of the worker holds for as long as an item takes, and not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from experiments.config import Settings
from experiments.services.health import WORKER
from experiments.services.steps import keeping
from experiments.services.work import LEASE, Tick, Worker
from experiments.store.engines import reading, writing
from experiments.store.tables import LeaseRow
from tests.shop_world import HOUR, START, Shop, viewed

NOW = START + 5 * HOUR


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat every few milliseconds in place of every ten seconds, so that a short item is a long one."""
    monkeypatch.setattr(keeping, "BEAT_SECONDS", 0.005)


@pytest.fixture
def workers(engine: Engine, tmp_path: Path) -> tuple[Worker, Worker]:
    shop = Shop(engine)
    shop.send("web", [viewed("control", START + HOUR, anonymousId="v")], NOW)
    one, two = (Worker(engine, Settings(data_dir=tmp_path), holder) for holder in ("one", "two"))
    return one, two


def until(holds: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("It never came to pass.")


def ends(engine: Engine) -> int:
    """Until when the lease is held."""
    with reading(engine) as session:
        return session.execute(select(LeaseRow.until).where(LeaseRow.name == WORKER)).scalar_one()


def during(worker: Worker, item: Callable[[], None], now: int = NOW) -> Tick:
    """A turn in which a report takes as long as `item` does."""
    entered: list[bool] = []

    def report(_done: int, _total: int) -> None:
        if not entered:
            entered.append(True)
            item()

    done = worker.tick(now, report)
    assert entered
    return done


def test_an_item_that_takes_longer_than_the_lease_keeps_it(engine: Engine, workers: tuple[Worker, Worker]) -> None:
    one, two = workers
    asked: list[bool] = []

    def long() -> None:
        until(lambda: ends(engine) > NOW + LEASE)
        asked.append(two.tick(NOW + LEASE).idle)

    assert not during(one, long).idle
    assert asked == [True], "nobody else begins while it works"
    one.close()
    assert not two.tick(NOW + LEASE).idle, "nothing beats after the lease is given back"


def test_a_beat_waits_for_a_long_transaction_and_comes_after_it(engine: Engine, workers: tuple[Worker, Worker]) -> None:
    """On SQLite the worker's own writing keeps its sign of life waiting, and nowhere is it a reason to stop."""
    one, _ = workers

    def long() -> None:
        with writing(engine):
            time.sleep(0.05)
        before = ends(engine)
        until(lambda: ends(engine) > before)

    assert not during(one, long).idle


def test_who_was_overtaken_does_nothing_more_after_the_item(engine: Engine, workers: tuple[Worker, Worker]) -> None:
    """As after a machine that slept: the other has begun, and this one must not go on with its next item."""

    def overtaken() -> None:
        with writing(engine) as session:
            session.execute(update(LeaseRow).values(holder="two", until=NOW + LEASE))

    assert during(workers[0], overtaken).idle


def test_an_item_that_hangs_lets_another_worker_begin(
    engine: Engine, workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = workers
    began: list[bool] = []

    def hang() -> None:
        monkeypatch.setattr(keeping, "LONGEST_SECONDS", 0.0)
        until(lambda: keeping.NAME not in {thread.name for thread in threading.enumerate()})
        began.append(not two.tick(ends(engine)).idle)

    during(one, hang)
    assert began == [True]


def test_no_thread_is_left_when_a_turn_ends(workers: tuple[Worker, Worker]) -> None:
    workers[0].tick(NOW)
    assert keeping.NAME not in {thread.name for thread in threading.enumerate()}
