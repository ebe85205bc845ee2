"""What the worker trips over fails alone: it is told, tried again, and hides no database that is down."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from experiments.config import Settings
from experiments.domain.rollout import RollOut, Step
from experiments.services import health
from experiments.services.clock import DAY, HOUR, MINUTE, SECOND
from experiments.services.decide import Choice, decide
from experiments.services.experiments import by_key
from experiments.services.health import check
from experiments.services.project import run
from experiments.services.rolling_on import roll_on
from experiments.services.steps import LostLeaseError, Steps, failing, failing_at
from experiments.services.steps.runner import FIRST_PAUSE, LONGEST_PAUSE
from experiments.services.work import Worker
from experiments.services.worker_state import summary, worker_state
from experiments.store import engines
from experiments.store.catalogue import snapshots
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from tests import scenes
from tests.scenes import APPROVER, seed
from tests.shop_world import METRICS, START, Shop, page, viewed

NOW = START + 5 * HOUR


def told(engine: Engine) -> dict[tuple[str, str], str]:
    """The last error by step and item."""
    with reading(engine) as session:
        return {(one.fault.step, one.fault.item): one.fault.error for one in failing(session)}


def change(engine: Engine, statement: str, **values: Any) -> None:
    """What no service would do."""
    with writing(engine) as session:
        session.execute(text(statement), values)


def test_a_report_that_cannot_be_read_holds_up_no_other_and_is_mended_by_itself(engine: Engine, tmp_path: Path) -> None:
    shop = Shop(engine)
    shop.launch("other", "visitor", (0.5, 0.5), METRICS)
    worker = Worker(engine, Settings(data_dir=tmp_path, refresh_seconds=15), "one")
    with writing(engine) as session:
        snapshots.add(session, "entry", 1, "look", {"nothing": "that a report has"}, NOW, 1)
    assert [one.experiment for one in worker.tick(NOW).refreshed] == ["other"]
    found = told(engine)
    assert set(found) == {("report", "entry"), ("look-out", "entry")}
    assert found["report", "entry"].startswith("Something unexpected: KeyError in services.refresh, line ")
    with reading(engine) as session:
        (report,) = (one for one in failing_at(session, "entry") if one.fault.step == "report")
        assert failing_at(session, "other") == ()
    assert (report.fault.since, report.fault.tries, report.meanwhile[:16]) == (NOW, 1, "Meanwhile the la")

    shop.send("web", [viewed("control", START + HOUR, anonymousId="v")], NOW)
    later = NOW + 20 * SECOND
    assert [one.experiment for one in worker.tick(later).refreshed] == ["other"]
    change(engine, "delete from snapshot where kind = 'look'")
    assert worker.tick(later + 20 * SECOND).refreshed[0].experiment == "entry", "its turn came without any news"
    assert told(engine) == {}
    worker.close()


def test_a_roll_out_whose_guard_cannot_be_read_takes_no_step_and_the_others_do(engine: Engine) -> None:
    now = scenes.NOW
    staged = RollOut("personal-entry", 0.1, 0.1, steps=(Step(0.5, now + 7 * DAY),))
    with writing(engine) as session:
        seed(session)
        for key, guardrail in (("blind", "revenue"), ("sound", "up-sell")):
            metrics = [{"metric": "cross-sell", "role": "goal", "effect": 0.1},
                       {"metric": guardrail, "role": "guardrail", "margin": {"relative": 0.05}}]  # fmt: skip
            scenes.stopped(session, key, metrics=metrics)
            decide(session, APPROVER, now, key, Choice.SHIP, rollout=staged, reason="It went well.")
        kept = session.execute(text("select definition from metric where key = 'revenue'")).scalar_one()
    change(engine, "update metric set definition = '{\"days\": \"many\"}' where key = 'revenue'")

    def share(key: str) -> float:
        with reading(engine) as session:
            rollout = by_key(session, key).rollout
        assert rollout is not None
        return rollout.share

    steps, then = Steps(engine), now + 8 * DAY
    steps.begin(then)
    roll_on(engine, then, steps)
    assert (share("blind"), share("sound")) == (0.1, 0.5)
    assert ("guard", "blind") in told(engine)
    assert not any(item == "sound" for _, item in told(engine))
    definition = kept if isinstance(kept, str) else json.dumps(kept)
    cast = "" if is_sqlite(engine) else "::jsonb"
    change(engine, f"update metric set definition = (:kept){cast} where key = 'revenue'", kept=definition)
    steps.begin(then + MINUTE)
    roll_on(engine, then + MINUTE, steps)
    assert share("blind") == 0.5
    assert told(engine) == {}


def test_a_test_that_cannot_be_read_at_all_holds_up_no_other(engine: Engine, tmp_path: Path) -> None:
    Shop(engine).launch("other", "visitor", (0.5, 0.5), METRICS)
    change(engine, "update experiment set plan = '{\"weeks\": \"two\"}' where key = 'entry'")
    worker = Worker(engine, Settings(data_dir=tmp_path), "one")
    assert [one.experiment for one in worker.tick(NOW).refreshed] == ["other"]
    assert ("report", "entry") in told(engine)
    worker.close()


def refuse(engine: Engine, at: int) -> None:
    """Have the database refuse page views of an instant."""
    if is_sqlite(engine):
        body = "begin select raise(abort, 'refused'); end"
        change(engine, f"create trigger refuse before insert on page_view when new.at = {at} {body}")
    else:
        change(engine, f"alter table page_view add constraint refuse check (at <> {at})")


def test_an_event_whose_facts_are_refused_is_set_aside_alone(engine: Engine) -> None:
    shop, bad = Shop(engine), START + 2 * HOUR
    refuse(engine, bad)
    shop.send("web", [page("/tv", START + n * HOUR, message=f"m{n}", anonymousId="v") for n in range(5)], NOW)
    assert run(engine, NOW).events == 5
    with reading(engine) as session:
        assert session.execute(text("select count(*) from page_view")).scalar_one() == 4
        assert session.execute(text("select reason from quarantine")).scalars().all() == ["failed"]


def test_failures_are_tried_again_later_and_later_also_by_the_next_worker(engine: Engine) -> None:
    def fail() -> None:
        raise ValueError("x")

    steps, now, tried = Steps(engine), NOW, []
    for _ in range(200):
        steps.begin(now)
        before = summary(engine)["count"] and worker_state(engine, now).failing[0].fault.tries
        steps("counting", fail, "TV pages")
        if worker_state(engine, now).failing[0].fault.tries != before:
            tried.append(now)
        now += 15 * SECOND
    pauses = [b - a for a, b in pairwise(tried)]
    assert pauses[:5] == [FIRST_PAUSE << n for n in range(5)]
    assert set(pauses[5:]) == {LONGEST_PAUSE}
    following = Steps(engine)
    following.begin(now)
    following("counting", fail, "TV pages")  # at once, since whoever started it may have mended it
    fault = worker_state(engine, now).failing[0].fault
    assert (fault.since, fault.last_at, fault.tries) == (NOW, now, len(tried) + 1)
    following.begin(NOW)
    assert following("counting", lambda: 1, "TV pages") == 1, "the clock was put back by half an hour"
    assert told(engine) == {}


def test_a_worker_that_lost_its_lease_in_mid_turn_does_nothing_more(engine: Engine) -> None:
    lives, done = iter((True, False)), []
    steps = Steps(engine, lambda _now: next(lives))
    steps.begin(NOW)
    for _ in range(2):
        steps._beaten -= 60
        with suppress(LostLeaseError):
            steps("counting", lambda: done.append(1))
    assert done == [1]


def test_a_full_disk_of_files_is_told_in_words(engine: Engine) -> None:
    steps = Steps(engine)
    steps.begin(NOW)

    def write() -> None:
        with Path("/dev/full").open("w") as file:
            file.write("x" * 100_000)

    steps("report", write, "entry")
    assert told(engine) == {("report", "entry"): "No space left on device."}
    assert steps("report", lambda: 7, "other") == 7


def _fill(engine: Engine) -> Callable[[], None]:
    def write() -> None:
        with writing(engine) as session:
            session.execute(text("create table filler (x text)"))
            for _ in range(200):
                session.execute(text("insert into filler values (:x)"), {"x": "x" * 4_000})

    return write


def test_a_full_disk_of_the_database_ends_the_turn(sqlite_engine: Engine) -> None:
    """SQLite's own bound on the pages of a file stands for a disk that is full."""
    with sqlite_engine.connect() as connection:
        room = connection.exec_driver_sql("pragma page_count").scalar_one() + 50
    sqlite_engine.dispose()
    event.listen(sqlite_engine, "connect", lambda found, _record: found.execute(f"pragma max_page_count = {room}"))
    steps = Steps(sqlite_engine)
    steps.begin(NOW)
    with pytest.raises(OperationalError, match="full"):
        steps("report", _fill(sqlite_engine), "entry")
    assert told(sqlite_engine) == {}


def test_a_worker_that_shows_itself_and_finishes_no_turn_is_not_ready(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk that still takes the sign of life; SQLite's own error at one statement stands for it."""
    worker, shop = Worker(sqlite_engine, Settings(data_dir=tmp_path), "one"), Shop(sqlite_engine)

    def full(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO exposure "):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError(statement, {}, error)

    event.listen(sqlite_engine, "before_cursor_execute", full)
    shop.send("web", [viewed("control", START + HOUR, anonymousId="v")], NOW)
    for second in (0, 60, 120):
        with pytest.raises(OperationalError):
            worker.tick(NOW + second * SECOND)
    said = {one.name: one for one in check(sqlite_engine, NOW + 121 * SECOND)}["worker"]
    assert not said.ok
    assert said.advice == "The worker finishes no round, for over a minute. The disk of the database is full."
    event.remove(sqlite_engine, "before_cursor_execute", full)
    assert worker.tick(NOW + 122 * SECOND).events == 1
    assert all(one.ok for one in check(sqlite_engine, NOW + 123 * SECOND))
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
    assert not check(sqlite_engine, NOW + 123 * SECOND)[0].ok
    worker.close()


def test_a_connection_that_is_ended_ends_the_turn(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    steps = Steps(engine)
    steps.begin(NOW)

    def end() -> None:
        with reading(engine) as session:
            session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        steps("report", end, "entry")
    assert told(engine) == {}
    engine.dispose()


def test_a_locked_database_ends_the_turn_and_readiness_says_why(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 100)
    engine, other = make_engine(sqlite_url), make_engine(sqlite_url)
    worker = Worker(engine, Settings(data_dir=tmp_path), "one")
    worker.tick(NOW)
    with writing(other), pytest.raises(OperationalError, match="locked"):
        worker.tick(NOW + SECOND)
    with writing(other):
        said = {one.name: one.advice for one in check(engine, NOW + 2 * MINUTE)}
    wanted = "The worker has not been able to work for a minute. The database is locked by another process."
    assert said["worker"] == wanted
    assert not worker.tick(NOW + 2 * MINUTE).idle
    assert told(engine) == {}
    worker.close()
    engine.dispose()
    other.dispose()
