"""Monthly partitions: made ahead, made once, and never held up by rows that came before them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from experiments.domain.ids import message_id
from experiments.store import events, partitions
from experiments.store.engines import make_engine, reading, writing
from experiments.store.new_event import NewEvent
from experiments.store.projection.cursor import START


def instant(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type,misc]


NOVEMBER = instant(2026, 11, 22, 10)
NAMES = ["event_p202611", "event_p202612", "event_p202701"]


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def append(engine: Engine, message: str, now: int) -> None:
    new = NewEvent(message_id(1, message), 1, 1, "Clicked", now, now, 1, None, "{}")
    with writing(engine) as session:
        assert events.append(session.connection(), [new], now) == 1


def homes(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(text("select tableoid::regclass::text from event order by received_at")))


def test_months_touch_without_gaps_over_the_end_of_a_year() -> None:
    months = partitions.months(NOVEMBER)
    assert [month.name for month in months] == NAMES
    assert months[0].start == instant(2026, 11, 1)
    assert [month.end for month in months] == [instant(2026, 12, 1), instant(2027, 1, 1), instant(2027, 2, 1)]
    assert [month.start for month in months[1:]] == [month.end for month in months[:-1]]


def test_partitions_are_made_ahead_and_only_once(engine: Engine) -> None:
    assert partitions.ensure(engine, NOVEMBER) == NAMES
    assert partitions.ensure(engine, NOVEMBER) == []
    assert partitions.ensure(engine, instant(2026, 12, 1)) == ["event_p202702"]


def test_an_event_goes_to_the_partition_of_its_server_time(engine: Engine) -> None:
    partitions.ensure(engine, NOVEMBER)
    for message, now in (("a", instant(2026, 11, 30, 23)), ("b", instant(2026, 12, 1)), ("c", instant(2031, 1, 1))):
        append(engine, message, now)
    assert homes(engine) == ["event_p202611", "event_p202612", "event_default"]


def test_rows_in_the_default_partition_move_into_the_new_one(engine: Engine) -> None:
    for message, now in (("a", instant(2026, 10, 31)), ("b", NOVEMBER), ("c", instant(2027, 1, 31, 23))):
        append(engine, message, now)
    with reading(engine) as session:
        before = events.unread(session.connection(), START, 10)
    partitions.ensure(engine, NOVEMBER)
    assert homes(engine) == ["event_default", "event_p202611", "event_p202701"]
    with reading(engine) as session:
        assert events.unread(session.connection(), START, 10) == before


def test_processes_that_start_together_agree(engine: Engine) -> None:
    append(engine, "a", NOVEMBER)
    start = Barrier(4)

    def ensure(_: int) -> list[str]:
        start.wait()
        return partitions.ensure(engine, NOVEMBER)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(ensure, range(4)))
    assert sorted(made) == [[], [], [], NAMES]


def test_a_table_in_use_delays_the_partition_and_changes_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "50ms")
    append(engine, "a", NOVEMBER)
    with engine.connect() as other, other.begin():
        other.execute(text("select * from event"))
        with pytest.raises(OperationalError):
            partitions.ensure(engine, NOVEMBER)
    assert homes(engine) == ["event_default"]
    assert partitions.ensure(engine, NOVEMBER) == NAMES


def test_sqlite_has_no_partitions(sqlite_engine: Engine) -> None:
    assert partitions.ensure(sqlite_engine, NOVEMBER) == []
