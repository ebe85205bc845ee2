"""Raw events: each message once, none skipped, nothing half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.exc import IntegrityError

from experiments.domain.ids import message_id
from experiments.store import events
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from experiments.store.new_event import NewEvent
from experiments.store.projection.cursor import START, Position, move
from experiments.store.tables import EventKeyRow, EventRow

NOW = 1_795_000_000_000_000
ROOT = Path(__file__).resolve().parents[2]


def event(message: str, *, source: int = 1, at: int = NOW) -> NewEvent:
    return NewEvent(
        message_id(source, message), source, 1, "Clicked", at, at, -5, None, '{"properties":{"a":"\\u0000"}}'
    )


def append(engine: Engine, *wanted: NewEvent, now: int = NOW) -> int:
    with writing(engine) as session:
        return events.append(session.connection(), wanted, now)


def unread(engine: Engine, after: Position = START, limit: int = 100) -> list[events.StoredEvent]:
    with reading(engine) as session:
        return events.unread(session.connection(), after, limit)


def count(engine: Engine, table: type[EventRow] | type[EventKeyRow]) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_event_comes_back_as_it_was_stored(engine: Engine) -> None:
    given = NewEvent(
        message_id(7, "m"), 7, 3, "Größe", NOW - 5, None, -(2**63), 2**63 - 1, '{"a":"ü \' \\" \\\\u0000"}'
    )
    append(engine, given)
    [stored] = unread(engine)
    assert stored[3:7] == (given.id, 7, 3, "Größe")
    assert (stored.occurred_at, stored.visitor, stored.customer, stored.body) == (*given[4:5], *given[6:9])
    assert stored.received_at == NOW
    with reading(engine) as session:
        assert session.scalar(select(EventRow.sent_time)) is None


def test_events_of_one_batch_keep_their_order(engine: Engine) -> None:
    batch = [event(f"m-{number}", at=NOW - number) for number in range(50)]
    assert append(engine, *batch) == 50
    assert [stored.id for stored in unread(engine)] == [one.id for one in batch]


def test_a_message_is_stored_once_whatever_its_time_says(engine: Engine) -> None:
    assert append(engine, event("a"), event("b"), event("a", at=NOW + 7)) == 2
    assert append(engine, event("b", at=NOW + 9), event("c"), now=NOW + 1) == 1
    assert [(stored.id, stored.occurred_at) for stored in unread(engine)] == [
        (event(name).id, NOW) for name in ("a", "b", "c")
    ]
    assert count(engine, EventKeyRow) == 3


def test_the_same_message_of_two_sources_is_two(engine: Engine) -> None:
    assert append(engine, event("a", source=1), event("a", source=2)) == 2


def test_nothing_to_store_is_no_error(engine: Engine) -> None:
    assert append(engine) == 0


def test_batches_share_a_statement_and_keep_their_counts_and_instants(engine: Engine) -> None:
    append(engine, event("old"))
    batches = [([event("a"), event("b")], NOW + 1), ([], NOW + 2), ([event("b"), event("old"), event("c")], NOW + 3)]
    with writing(engine) as session:
        assert events.append_each(session.connection(), batches) == [2, 0, 1]
        assert events.append_each(session.connection(), []) == []
    stored = [(one.id, one.received_at) for one in unread(engine)]
    wanted = [("old", NOW), ("a", NOW + 1), ("b", NOW + 1), ("c", NOW + 3)]
    assert stored == [(event(name).id, at) for name, at in wanted]


def test_groups_of_batches_in_opposite_order_do_not_deadlock(engine: Engine) -> None:
    start = Barrier(3)

    def send(number: int) -> int:
        batches = [([event(f"m-{part}-{index}") for index in range(40)], NOW) for part in range(4)]
        start.wait()
        with writing(engine) as session:
            return sum(events.append_each(session.connection(), batches if number % 2 else batches[::-1]))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(send, range(3))) == 160
    assert count(engine, EventRow) == 160


def test_a_fault_of_the_driver_looks_like_one_of_sqlalchemy_and_leaves_nothing(sqlite_engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        append(sqlite_engine, event("a"), event("b")._replace(name=None))  # type: ignore[arg-type]
    assert (count(sqlite_engine, EventRow), count(sqlite_engine, EventKeyRow)) == (0, 0)


def test_senders_at_the_same_time_store_a_message_once(engine: Engine) -> None:
    """Both batches hold the same messages in opposite order: a deadlock unless keys are locked in one order."""
    senders, start = 4, Barrier(4)

    def send(number: int) -> int:
        batch = [event(f"m-{index}", at=NOW + number) for index in range(200)]
        start.wait()
        return append(engine, *(batch if number % 2 else reversed(batch)))

    with ThreadPoolExecutor(senders) as pool:
        stored = list(pool.map(send, range(senders)))
    assert sum(stored) == 200
    assert count(engine, EventRow) == count(engine, EventKeyRow) == 200


def test_an_event_after_a_deleted_last_one_is_not_skipped(engine: Engine) -> None:
    """An erasure may delete the newest row; its number must not be given again below the cursor."""
    append(engine, event("a"), event("b"))
    last = unread(engine)[-1]
    with writing(engine) as session:
        move(session.connection(), Position(last.txn, last.seq), NOW)
        session.execute(delete(EventRow).where(EventRow.seq == last.seq))
    append(engine, event("c"))
    assert [stored.id for stored in unread(engine, Position(last.txn, last.seq))] == [event("c").id]


def test_reading_goes_on_behind_a_position(engine: Engine) -> None:
    append(engine, *(event(f"m-{number}") for number in range(5)))
    append(engine, *(event(f"n-{number}") for number in range(5)))
    seen, position = [], START
    while page := unread(engine, position, 3):
        seen += page
        position = Position(page[-1].txn, page[-1].seq)
    assert len(seen) == len({stored.id for stored in seen}) == 10


def test_a_transaction_that_commits_late_is_not_skipped(postgres_url: str) -> None:
    """A reader by serial number would pass over the first event, whose number is lower and whose commit is later."""
    engine = make_engine(postgres_url)
    with engine.connect() as slow, slow.begin() as transaction:
        events.append(slow, [event("slow")], NOW)
        append(engine, event("fast"))
        assert unread(engine) == []
        transaction.commit()
    assert [stored.id for stored in unread(engine)] == [event("slow").id, event("fast").id]
    engine.dispose()


def test_events_are_found_by_their_place(engine: Engine) -> None:
    append(engine, event("a"))
    append(engine, event("b"), now=NOW + 5)
    first, second = unread(engine)
    with reading(engine) as session:
        places = [(second.received_at, second.seq), (NOW, 10**9)]
        assert events.at_places(session.connection(), places) == [second]
    assert first.received_at == NOW


def test_a_database_restored_into_a_younger_server_is_noticed_and_settled(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    append(engine, event("a"))
    with writing(engine) as session:
        session.execute(text("update event set txn = txn + 1000000"))
    position = Position(10**12, 1)
    with reading(engine) as session:
        assert not events.is_settled(session.connection(), position)
        assert events.unread(session.connection(), START, 10) == []
    with writing(engine) as session:
        events.settle_restored(session.connection())
    assert [stored.txn for stored in unread(engine)] == [0]
    engine.dispose()


KILLED = """
import sys, time
from sqlalchemy import text
sys.path.insert(0, {root!r})
from experiments.store import events
from experiments.store.engines import make_engine, writing
from experiments.store.new_event import NewEvent
with writing(make_engine({url!r})) as session:
    new = NewEvent(b"0123456789abcdef", 1, 1, "Clicked", 1, 1, 1, None, "{{}}")
    stored = events.append(session.connection(), [new], 1)
    print("stored", stored, flush=True)
    time.sleep(60)
"""


def test_a_process_killed_in_its_transaction_leaves_nothing_behind(engine: Engine, database_url: str) -> None:
    append(engine, event("before"))
    script = KILLED.format(root=str(ROOT), url=database_url)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stored 1\n"
        os.kill(process.pid, signal.SIGKILL)
    assert count(engine, EventRow) == count(engine, EventKeyRow) == 1
    again = NewEvent(b"0123456789abcdef", 1, 1, "Clicked", 1, 1, 1, None, "{}")
    assert append(engine, again) == 1


@pytest.fixture
def explain(engine: Engine) -> Callable[[str], str]:
    def run(statement: str) -> str:
        words = "explain query plan " if is_sqlite(engine) else "explain "
        with engine.connect() as connection:
            return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(words + statement))

    return run


def test_reading_on_uses_an_index(engine: Engine, explain: Callable[[str], str]) -> None:
    append(engine, *(event(f"m-{number}") for number in range(300)))
    if is_sqlite(engine):
        plan = explain("select * from event where seq > 5 order by seq limit 10")
        assert "SEARCH event USING INTEGER PRIMARY KEY" in plan
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze event"))
    plan = explain("select * from event where (txn, seq) > (5, 5) and txn < 10000 order by txn, seq limit 10")
    assert "Index Scan" in plan
    assert "Sort Key" not in plan


def test_a_batch_on_its_own_is_stored_once_and_for_good(engine: Engine) -> None:
    assert events.append_alone(engine, [([], NOW)]) == [0]
    first = [event("one"), event("two"), event("one")]
    assert events.append_alone(engine, [(first, NOW), ([event("two"), event("three")], NOW + 1)]) == [2, 1]
    assert events.append_alone(engine, [(first, NOW + 2)]) == [0]
    assert append(engine, event("three"), event("four")) == 1
    assert [one.received_at for one in unread(engine)] == [NOW, NOW, NOW + 1, NOW]
    engine.dispose()
    assert events.append_alone(engine, [([event("five")], NOW)]) == [1]


def test_a_batch_on_its_own_that_cannot_be_stored_leaves_nothing_and_tells_no_values(engine: Engine) -> None:
    wrong = event("bad")._replace(body=None, name="secret")  # type: ignore[arg-type]
    with pytest.raises(IntegrityError) as told:
        events.append_alone(engine, [([event("good"), wrong], NOW)])
    assert "secret" not in str(told.value).split("\n")[0]
    assert count(engine, EventRow) == count(engine, EventKeyRow) == 0
    assert events.append_alone(engine, [([event("good")], NOW)]) == [1]


def test_batches_larger_than_a_statement_keep_their_counts_and_their_order(engine: Engine) -> None:
    append(engine, *(event(f"m-{number}") for number in range(0, 700, 3)))
    batches = [([event(f"m-{number}") for number in range(start, start + 350)], NOW + start) for start in (0, 300)]
    known = {number for number in range(650) if number % 3 == 0}
    fresh = [number for number in range(650) if number not in known]
    before = count(engine, EventRow)
    assert events.append_alone(engine, batches) == [
        sum(number < 350 for number in fresh), sum(number >= 350 for number in fresh)
    ]  # fmt: skip
    stored = unread(engine, limit=1_000)[before:]
    assert [one.id for one in stored] == [event(f"m-{number}").id for number in fresh]
    assert count(engine, EventKeyRow) == before + len(fresh)


def test_a_child_opens_a_connection_of_its_own(sqlite_engine: Engine) -> None:
    assert events.append_alone(sqlite_engine, [([event("parent")], NOW)]) == [1]
    child = os.fork()
    if not child:
        os._exit(events.append_alone(sqlite_engine, [([event("parent"), event("child")], NOW)])[0])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert events.append_alone(sqlite_engine, [([event("child"), event("third")], NOW)]) == [1]


def test_a_server_that_ended_the_connection_is_asked_again(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    try:
        assert events.append_alone(engine, [([event("one")], NOW)]) == [1]
        with engine.connect() as connection:
            ended = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            ended += " and datname = current_database()"
            assert connection.execute(text(ended)).scalars().all() == [True]
        assert events.append_alone(engine, [([event("one"), event("two")], NOW)]) == [1]
    finally:
        engine.dispose()
