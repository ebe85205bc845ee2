"""The server's clock jumps: nothing is refused that says when it was sent, nothing is lost, and the worker goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.services import project, work
from experiments.services.clock import DAY, MINUTE, SECOND, to_iso
from experiments.services.health import WORKER, check
from experiments.services.ingest import Accepted, Limits, SourceInfo, accept
from experiments.services.work import LEASE, Worker
from experiments.store import leases
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.tables import EventRow

TRUE = 1_795_000_000_000_000
SHOP = SourceInfo(1, "shop", SourceKind.SERVER, Environment.PRODUCTION)
JUMPS = (0, 40 * DAY, -40 * DAY, 60 * MINUTE, 0)


def send(engine: Engine, message: str, true: int, server: int) -> Accepted:
    """An event that happened a minute before it was sent, as the sender's right clock says."""
    item = {"type": "track", "event": "Clicked", "anonymousId": "v", "messageId": message}
    item |= {"timestamp": to_iso(true - MINUTE), "sentAt": to_iso(true)}
    return accept(engine, SHOP, [item], id_key=b"k", now=server, limits=Limits())


def test_events_are_stored_once_and_their_raw_time_is_kept(engine: Engine) -> None:
    for place, jump in enumerate(JUMPS):
        true = TRUE + place * MINUTE
        assert send(engine, f"m-{place}", true, true + jump) == Accepted(1, 0)
    for place in range(len(JUMPS)):
        assert send(engine, f"m-{place}", TRUE + DAY, TRUE + DAY) == Accepted(0, 1)
    with reading(engine) as session:
        columns = EventRow.received_at, EventRow.occurred_at, EventRow.sent_time
        rows = session.execute(select(*columns).order_by(EventRow.sent_time)).all()
        if not is_sqlite(engine):
            homes = set(session.scalars(text("select tableoid::regclass::text from event")))
            assert "event_default" not in homes
    wanted = [TRUE + place * MINUTE for place in range(len(JUMPS))]
    assert [row.sent_time for row in rows] == [true - MINUTE for true in wanted]
    assert [row.received_at - row.occurred_at for row in rows] == [MINUTE] * len(JUMPS)
    assert project.run(engine, TRUE + DAY).events == len(JUMPS)
    assert project.run(engine, TRUE + DAY).events == 0


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Instants at which the worker refreshed reports."""
    done: list[int] = []

    def refresh(_engine: Engine, now: int, *_: object, **__: object) -> tuple[()]:
        done.append(now)
        return ()

    monkeypatch.setattr(work, "refresh_all", refresh)
    return done


def test_a_worker_whose_clock_is_put_back_goes_on_at_once(engine: Engine, tmp_path: object, rounds: list[int]) -> None:
    worker = Worker(engine, Settings(data_dir=tmp_path, refresh_seconds=15), "one")
    times = [TRUE, TRUE + SECOND, TRUE + 30 * DAY, TRUE + 2 * SECOND, TRUE + 3 * SECOND, TRUE + 20 * SECOND]
    for now in times:
        assert not worker.tick(now).idle
        assert {item.name: item.ok for item in check(engine, now)}["worker"]
    assert rounds == [TRUE, TRUE + 30 * DAY, TRUE + 2 * SECOND, TRUE + 20 * SECOND]


def test_a_dead_worker_does_not_hold_its_lease_until_the_clock_is_that_late_again(engine: Engine) -> None:
    def take(holder: str, now: int) -> bool:
        with writing(engine) as session:
            return leases.take(session, WORKER, holder, now, LEASE)

    assert take("dead", TRUE + 30 * DAY)
    assert not {item.name: item.ok for item in check(engine, TRUE)}["worker"]
    assert take("next", TRUE)
    assert not take("third", TRUE + SECOND)
    assert not take("third", TRUE - LEASE // 2)
    assert take("third", TRUE + LEASE + SECOND)
