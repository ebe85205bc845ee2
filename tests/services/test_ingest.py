"""The 202 path: each message once, each bad item alone, no raw id anywhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, event, inspect, select, text
from sqlalchemy.exc import IntegrityError

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.ids import hash_id
from experiments.domain.source import SourceKind
from experiments.services.clock import DAY, MINUTE, SECOND, to_iso
from experiments.services.ingest import Accepted, Limits, SourceInfo, UnavailableError, accept, replay
from experiments.services.ingest.grouping import writer_of
from experiments.services.ingest.mending import with_whole_characters, without_depth
from experiments.services.ingest.reading import Delivery, read
from experiments.services.ingest.refusal import RefusalError
from experiments.services.ingest.replay import REASONS
from experiments.store import engines, partitions
from experiments.store.engines import make_engine, reading
from experiments.store.projection.gather import REASONS as PROJECTION_REASONS
from experiments.store.tables import EventRow, QuarantineRow
from experiments.store.turns import turn

NOW = 1_795_000_000_000_000
KEY = b"a key for tests"
SHOP = SourceInfo(1, "shop", SourceKind.CLIENT, Environment.PRODUCTION)
OFFICE = SourceInfo(2, "office", SourceKind.SERVER, Environment.PRODUCTION)
LIMITS = Limits(currency="EUR")
ORDER = {"order_id": "order-12345", "products": [{"product_id": "tv", "line_id": "order-12345/1"}]}


def track(message: str | None = "m-1", **changes: Any) -> dict[str, Any]:
    item = {"type": "track", "event": "Clicked", "anonymousId": "visitor-12345", "timestamp": to_iso(NOW)}
    item |= {} if message is None else {"messageId": message}
    return {key: value for key, value in (item | changes).items() if value is not ...}


def order(message: str = "m-1", **properties: Any) -> dict[str, Any]:
    told = {key: value for key, value in (ORDER | properties).items() if value is not ...}
    return track(message, event="Order Completed", properties=told)


def send(
    engine: Engine, *items: Mapping[str, Any] | bytes, source: SourceInfo = SHOP, now: int = NOW, **more: Any
) -> Accepted:
    raw = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    return accept(engine, source, raw, id_key=KEY, now=now, **({"limits": LIMITS} | more))


def stored(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as session:
        return list(session.execute(select(*EventRow.__table__.c).order_by(EventRow.seq)))


def quarantined(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as session:
        return list(session.execute(select(*QuarantineRow.__table__.c).order_by(QuarantineRow.reason)))


def refusals(answer: Accepted) -> list[tuple[int, str, str]]:
    return [(item.index, item.field, item.reason) for item in answer.rejected]


def test_good_items_are_stored_with_hashed_ids(engine: Engine) -> None:
    page = {"type": "page", "userId": " customer-1 ", "name": "TV", "messageId": "p"}
    page |= {"properties": {"path": "/tv?x=1#y"}}
    identify = {"type": "identify", "anonymousId": "v", "userId": "c", "messageId": "i", "traits": {"plan": "gold"}}
    answer = send(engine, track(properties={"value": 3}), page, identify)
    assert answer == Accepted(3, 0)
    assert answer.to_dict() == {"accepted": 3, "duplicates": 0, "rejected": []}
    click, view, person = stored(engine)
    assert (click.type, click.name, click.source_id, click.received_at) == (1, "Clicked", 1, NOW)
    assert (click.visitor, click.customer) == (hash_id("visitor", "visitor-12345", KEY), None)
    assert (view.type, view.name, view.customer) == (3, "TV", hash_id("customer", "customer-1", KEY))
    assert json.loads(view.body) == {"properties": {"path": "/tv"}}
    assert (person.type, person.name, json.loads(person.body)) == (2, "", {"traits": {"plan": "gold"}})


def test_a_message_with_different_clock_corrections_is_stored_once(engine: Engine) -> None:
    first = track(timestamp=to_iso(NOW - DAY), sentAt=to_iso(NOW - DAY))
    assert send(engine, first) == Accepted(1, 0)
    again = first | {"sentAt": to_iso(NOW - DAY + 60 * SECOND)}
    assert send(engine, again, now=NOW + 3_600 * SECOND) == Accepted(0, 1)
    assert [row.occurred_at for row in stored(engine)] == [NOW]


def test_a_message_twice_in_one_batch_is_stored_once(engine: Engine) -> None:
    assert send(engine, track("a"), track("b"), track("a", event="Other")) == Accepted(2, 1)
    assert [row.name for row in stored(engine)] == ["Clicked", "Clicked"]


def test_two_senders_at_the_same_time_store_a_message_once(engine: Engine) -> None:
    start = Barrier(4)

    def work(number: int) -> Accepted:
        batch = [track(f"m-{index}") for index in range(100)]
        start.wait()
        return send(engine, *(batch if number % 2 else batch[::-1]))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(4)))
    assert sum(answer.accepted for answer in answers) == 100
    assert sum(answer.duplicates for answer in answers) == 300
    assert len(stored(engine)) == 100


def test_a_browser_cannot_suppress_a_message_of_the_back_office(engine: Engine) -> None:
    assert send(engine, order("m-1"), source=SHOP) == Accepted(1, 0)
    assert send(engine, order("m-1"), source=OFFICE) == Accepted(1, 0)
    assert [row.source_id for row in stored(engine)] == [1, 2]


def test_a_message_without_an_id_is_known_by_its_content(engine: Engine) -> None:
    first = track(None, sentAt=to_iso(NOW), properties={"a": 1, "b": 2})
    again = track(None, properties={"b": 2, "a": 1}, sentAt=to_iso(NOW + 5 * SECOND), writeKey="pk")
    assert send(engine, first, again, track(None)) == Accepted(2, 1)
    assert send(engine, again) == Accepted(0, 1)
    assert send(engine, again, source=OFFICE) == Accepted(1, 0)


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "occurred"),
    [
        (NOW - 500, NOW - 10 * SECOND, NOW - 500),
        (NOW - 500, NOW - 10 * SECOND - 1, NOW - 500 + 10 * SECOND + 1),
        (NOW + 3 * DAY, NOW + 3 * DAY + 7, NOW - 7),
        (NOW - 9, None, NOW - 9),
        (None, NOW - DAY, NOW),
        (None, None, NOW),
    ],
)
def test_a_clock_that_is_off_by_more_than_ten_seconds_is_corrected(
    sqlite_engine: Engine, timestamp: int | None, sent_at: int | None, occurred: int
) -> None:
    times = {"timestamp": timestamp, "sentAt": sent_at}
    send(sqlite_engine, track(**{name: None if at is None else to_iso(at) for name, at in times.items()}))
    [row] = stored(sqlite_engine)
    assert (row.occurred_at, row.sent_time) == (occurred, timestamp)


def test_the_time_of_sending_of_the_request_counts_where_an_item_has_none(sqlite_engine: Engine) -> None:
    early, own = to_iso(NOW - DAY), to_iso(NOW)
    items = track("a", timestamp=early), track("b", timestamp=early, sentAt=own)
    send(sqlite_engine, *items, sent_at=early)
    assert [row.occurred_at for row in stored(sqlite_engine)] == [NOW, NOW - DAY]


def test_times_with_an_offset_and_with_nanoseconds_are_read(sqlite_engine: Engine) -> None:
    send(sqlite_engine, track("a", timestamp="2026-11-18T13:06:30.123456789+02:00"))
    assert [row.occurred_at for row in stored(sqlite_engine)] == [1_794_999_990_123_456]


def nested(depth: int) -> bytes:
    item = json.dumps(track(f"m-{depth}", properties={"a": 0}))
    return item.replace("0}", "[" * depth + "]" * depth + "}").encode()


BAD: list[tuple[Any, str, str]] = [
    (track("x", type="alias"), "type", "unknown_type"),
    (track("x", type=...), "type", "unknown_type"),
    (track("x", type=5), "type", "wrong_type"),
    (track("x", event=" "), "event", "no_event"),
    (track("x", event=...), "event", "no_event"),
    (track("x", event="a" * 201), "event", "too_long"),
    (track("x", event="a\x00b"), "event", "bad_text"),
    (track("x", anonymousId=12345), "anonymousId", "wrong_type"),
    (track("x", userId=12345), "userId", "wrong_type"),
    (track("x", anonymousId="  "), "anonymousId", "no_id"),
    (track("x", anonymousId=...), "anonymousId", "no_id"),
    (track(5), "messageId", "wrong_type"),  # type: ignore[arg-type]
    (track("x", timestamp="yesterday"), "timestamp", "bad_time"),
    (track("x", timestamp="2026-11-18T11:26:40"), "timestamp", "bad_time"),
    (track("x", timestamp=1_795_000_000), "timestamp", "wrong_type"),
    (track("x", sentAt="0001-01-01T00:00:00+14:00"), "timestamp", "too_new"),
    (track("x", sentAt="x"), "sentAt", "bad_time"),
    (track("x", timestamp=to_iso(NOW - 90 * DAY - 1)), "timestamp", "too_old"),
    (track("x", timestamp=to_iso(NOW + 10 * MINUTE + 1)), "timestamp", "too_new"),
    (track("x", properties=[1]), "properties", "wrong_type"),
    (track("x", properties={"a": {"note": "n" * 1_001}}), "properties.a.note", "too_long"),
    (track("x", properties={"k" * 1_001: 1}), "properties.key", "too_long"),
    (track("x", properties={"note": [["n" * 1_001]]}), "properties.note", "too_long"),
    (track("x", traits={"a": {}} | {"a\x00": "n" * 1_001}), "traits.a", "too_long"),
    (order("x", order_id=...), "properties.order_id", "no_order_id"),
    (order("x", order_id=12345), "properties.order_id", "no_order_id"),
    (order("x", order_id=" "), "properties.order_id", "no_order_id"),
    (order("x", currency="usd"), "properties.currency", "other_currency"),
    (track("x", properties={str(number): "x" * 900 for number in range(40)}), "", "too_large"),
    (b'{"type": "track", "properties": {"a": 1e999}}', "properties", "wrong_type"),
    (b'["track"]', "", "wrong_type"),
    (b'"track"', "", "wrong_type"),
    (b"", "", "unreadable"),
    (b'{"type": nope}', "", "unreadable"),
    (nested(90), "properties.a", "too_deep"),
]


@pytest.mark.parametrize(("item", "field", "reason"), BAD)
def test_a_bad_item_is_refused_alone_and_kept_with_its_reason(
    sqlite_engine: Engine, item: Any, field: str, reason: str
) -> None:
    answer = send(sqlite_engine, track("a"), item, track("b"))
    assert (answer.accepted, answer.duplicates) == (2, 0)
    assert refusals(answer) == [(1, field, reason)]
    if isinstance(item, dict):
        assert answer.rejected[0].message_id == (None if field == "messageId" else item["messageId"])
    [kept] = quarantined(sqlite_engine)
    assert (kept.reason, kept.field, kept.source_id, kept.count) == (reason, field, 1, 1)
    assert len(stored(sqlite_engine)) == 2


def test_all_bad_items_together_take_no_neighbour_down(engine: Engine) -> None:
    bad = [item for item, _, _ in BAD]
    answer = send(engine, track("first"), *bad, track("last"))
    assert answer.accepted == 2
    assert [item.index for item in answer.rejected] == list(range(1, len(bad) + 1))
    assert len({bytes(row.id) for row in quarantined(engine)}) == len(quarantined(engine))


def test_nesting_is_bounded_also_where_a_decoder_would_give_up(sqlite_engine: Engine) -> None:
    answer = send(sqlite_engine, *(nested(depth) for depth in (9, 10, 60, 100, 5_000)))
    assert answer.accepted == 1
    assert refusals(answer) == [(index, "properties.a", "too_deep") for index in range(1, 5)]


def test_an_item_sent_again_is_refused_again_and_counted(engine: Engine) -> None:
    old = track(timestamp=to_iso(NOW - 91 * DAY))
    send(engine, old, old)
    send(engine, old, now=NOW + 5)
    [kept] = quarantined(engine)
    assert (kept.count, kept.first_seen, kept.last_seen) == (3, NOW, NOW + 5)


def test_half_a_surrogate_pair_costs_a_character_and_not_the_event(engine: Engine) -> None:
    raw = json.dumps(track(properties={"note": "x"})).replace('"x"', r'"cut \ud83d, whole \ud83d\ude00, text \\ud83d"')
    assert send(engine, raw.encode()) == Accepted(1, 0)
    assert json.loads(stored(engine)[0].body)["properties"]["note"] == "cut \ufffd, whole 😀, text \\ud83d"


def test_an_item_as_a_mapping_goes_the_same_way(sqlite_engine: Engine) -> None:
    item = track(properties={"a": "ü", "b": [1, {"c": None}]})
    send(sqlite_engine, item)
    answer = accept(
        sqlite_engine, SHOP, [item, {"type": {1, object()}}], id_key=KEY, now=NOW, limits=LIMITS
    )  # fmt: skip
    assert (answer.accepted, answer.duplicates) == (0, 1)
    assert refusals(answer) == [(1, "", "unreadable")]


def test_a_type_for_items_that_do_not_say_theirs(sqlite_engine: Engine) -> None:
    answer = send(sqlite_engine, track(type=...), default_type="track")
    assert answer == Accepted(1, 0)


def test_too_many_items_are_refused_as_a_whole(sqlite_engine: Engine) -> None:
    with pytest.raises(DomainError, match="batch has 3 items, must have at most 2") as refusal:
        send(sqlite_engine, *(track(str(number)) for number in range(3)), limits=Limits(max_batch=2))
    assert refusal.value.code == "too_many"
    assert stored(sqlite_engine) == []


RAW = ("visitor-12345", "customer-67890", "order-12345", "jane@shop.example", "98765432", "Jane Roe", "192.0.2.7")
TELLING = {
    "anonymousId": RAW[0],
    "userId": RAW[1],
    "properties": {
        **ORDER,
        "customer_id": RAW[1],
        "Email": RAW[3],
        "path": f"/my/{RAW[1]}/tv?mail={RAW[3]}",
        "note": f"for {RAW[0]}",
        "nested": [{"phoneNumber": RAW[4], "about": [RAW[1]], RAW[0]: 1}],
    },
    "traits": {"name": RAW[5], "email": RAW[3], "address": {"street": RAW[5]}, "plan": "gold"},
    "context": {"ip": RAW[6], "userAgent": RAW[5], "page": {"path": f"/{RAW[0]}", "url": RAW[3]}, "traits": RAW[3]},
}


def everything(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.execute(text(f'select * from "{table}"')):
                yield from map(str, row)


@pytest.mark.parametrize("changes", [{}, {"timestamp": "never"}, {"event": 5}, {"userId": [RAW[1]]}, {"type": "alias"}])
def test_no_raw_id_reaches_a_table_or_a_log(
    engine: Engine, caplog: pytest.LogCaptureFixture, changes: dict[str, Any]
) -> None:
    with caplog.at_level(logging.DEBUG, "experiments"):
        answer = send(engine, order() | TELLING | changes)
    assert answer.accepted + len(answer.rejected) == 1
    text_of_all = "\n".join([*everything(engine), caplog.text])
    assert [raw for raw in RAW if raw in text_of_all] == []
    assert "gold" in text_of_all


def test_order_and_line_ids_become_hashes_and_everything_else_stays(sqlite_engine: Engine) -> None:
    lines = [{"line_id": 2, "product_id": "tv"}, {"line_id": "3"}, {"line_id": "x-1"}]
    send(sqlite_engine, order(products=lines, order_id=" order-12345 ", note="12.50"))
    properties = json.loads(stored(sqlite_engine)[0].body)["properties"]
    assert properties["order_id"] == str(hash_id("order", "order-12345", KEY))
    hashed = str(hash_id("order", "x-1", KEY))
    assert properties["products"] == [{"line_id": 2, "product_id": "tv"}, {"line_id": "3"}, {"line_id": hashed}]
    assert properties["note"] == "12.50"


def test_short_ids_are_not_searched_for_inside_other_values(sqlite_engine: Engine) -> None:
    properties = {"product": "tv-basic", "quantity": 1, "n": "1"}
    send(sqlite_engine, track(anonymousId="tv", userId="1", properties=properties))
    assert json.loads(stored(sqlite_engine)[0].body)["properties"] == properties


def test_of_the_context_only_harmless_facts_are_kept(sqlite_engine: Engine) -> None:
    library = {"name": "netlift-js", "version": "1.0.0", "extra": 1}
    send(sqlite_engine, track(context={"library": library, "channel": "mobile", "locale": "nl", "app": "x"}))
    kept = {"library": {"name": "netlift-js", "version": "1.0.0"}, "channel": "mobile"}
    assert json.loads(stored(sqlite_engine)[0].body) == {"context": kept}


def test_an_item_from_the_future_is_replayed_when_its_time_has_come(engine: Engine) -> None:
    item = order(note="kept") | {"timestamp": to_iso(NOW + DAY), "userId": "customer-67890"}
    send(engine, item, track("never", type="alias"))
    assert replay(engine, now=NOW + 1, limits=LIMITS) == 0
    assert replay(engine, now=NOW + 2 * DAY, limits=LIMITS) == 1
    assert replay(engine, now=NOW + 2 * DAY, limits=LIMITS) == 0
    [row] = stored(engine)
    assert (row.occurred_at, row.received_at, row.source_id) == (NOW + DAY, NOW + 2 * DAY, 1)
    assert row.visitor == hash_id("visitor", "visitor-12345", KEY)
    assert row.customer == hash_id("customer", "customer-67890", KEY)
    properties = json.loads(row.body)["properties"]
    assert properties["order_id"] == str(hash_id("order", "order-12345", KEY))
    assert properties["note"] == "kept"
    assert {kept.reason: kept.replayed_at for kept in quarantined(engine)} == {
        "too_new": NOW + 2 * DAY,
        "unknown_type": None,
    }
    assert send(engine, item, now=NOW + 2 * DAY) == Accepted(0, 1)


def test_only_the_named_items_are_replayed_and_the_clock_is_corrected_as_before(engine: Engine) -> None:
    wrong = {"timestamp": to_iso(NOW - 200 * DAY), "sentAt": to_iso(NOW - DAY)}
    send(engine, track("a") | wrong, track("b") | wrong)
    first, second = (bytes(row.id) for row in quarantined(engine))
    wide = Limits(late_days=300)
    assert replay(engine, now=NOW + 5, limits=wide, ids=[second]) == 1
    assert [row.occurred_at for row in stored(engine)] == [NOW - 199 * DAY]
    assert replay(engine, now=NOW + 5, limits=wide, ids=[first]) == 1


def test_reasons_of_the_202_path_and_of_the_projection_are_apart() -> None:
    assert {reason for _, _, reason in BAD} == set(REASONS)
    assert not set(REASONS) & set(PROJECTION_REASONS)


def statements_of(engine: Engine) -> list[str]:
    """What SQLite is asked on connections opened from now on."""
    told: list[str] = []
    event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(told.append))
    return told


def test_a_locked_database_is_unavailable_and_stores_nothing(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 20)
    engine = make_engine(sqlite_url)
    with (
        engine.connect().execution_options(netlift_write=True) as other,
        other.begin(),
        pytest.raises(UnavailableError),
    ):
        send(engine, track())
    assert stored(engine) == []
    assert send(engine, track()) == Accepted(1, 0)
    engine.dispose()


def test_a_sender_whose_turn_does_not_come_is_told_to_try_again(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 20)
    with writer_of(sqlite_engine)._turn, pytest.raises(UnavailableError):
        send(sqlite_engine, track())
    answer = send(sqlite_engine, track())
    assert answer.accepted + answer.duplicates == 1
    assert len(stored(sqlite_engine)) == 1


def test_requests_that_wait_for_the_disk_share_a_transaction_and_no_fault(sqlite_engine: Engine) -> None:
    told = statements_of(sqlite_engine)
    writer = writer_of(sqlite_engine)

    broken = [read(json.dumps(track("broken")).encode(), Delivery(1, KEY, NOW, LIMITS))._replace(name=None)]

    with ThreadPoolExecutor(9) as pool:
        with writer._turn:
            good = [pool.submit(send, sqlite_engine, track(f"m-{number}"), track("all")) for number in range(8)]
            while len(writer._queue) < 8:
                time.sleep(0.001)
        answers = [one.result() for one in good]
        assert told.count("COMMIT") == 1
        assert sorted((answer.accepted, answer.duplicates) for answer in answers) == [(1, 1)] * 7 + [(2, 0)]
        with writer._turn:
            bad = pool.submit(writer.run, broken, (), NOW)
            good = [pool.submit(send, sqlite_engine, track(f"n-{number}")) for number in range(3)]
            while len(writer._queue) < 4:
                time.sleep(0.001)
        assert [one.result() for one in good] == [Accepted(1, 0)] * 3
        with pytest.raises(IntegrityError):
            bad.result()
    assert len(stored(sqlite_engine)) == 12


def test_who_comes_while_another_process_writes_shares_the_next_transaction(sqlite_engine: Engine) -> None:
    told = statements_of(sqlite_engine)
    writer = writer_of(sqlite_engine)
    with ThreadPoolExecutor(4) as pool:
        with turn(sqlite_engine.url.database, 1):
            sent = [pool.submit(send, sqlite_engine, track("m-0"))]
            while not writer.pace.wait():  # it has begun to wait for its turn
                time.sleep(0.001)
            sent += [pool.submit(send, sqlite_engine, track(f"m-{number}")) for number in (1, 2, 3)]
            while len(writer._queue) < 4:
                time.sleep(0.001)
        assert [one.result() for one in sent] == [Accepted(1, 0)] * 4
    assert told.count("COMMIT") == 1


def test_nobody_waits_for_a_turn_for_ever(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 20)
    with turn(sqlite_engine.url.database, 1), pytest.raises(UnavailableError):
        send(sqlite_engine, track())
    assert send(sqlite_engine, track()) == Accepted(1, 0)


def test_a_group_meets_a_locked_database_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone would wait out the busy timeout, one after another."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 300)
    engine = make_engine(sqlite_url)
    with (
        engine.connect().execution_options(netlift_write=True) as other,
        other.begin(),
        ThreadPoolExecutor(4) as pool,
    ):
        told = statements_of(engine)
        writer = writer_of(engine)
        with writer._turn:
            sent = [pool.submit(send, engine, track(f"m-{number}")) for number in range(4)]
            while len(writer._queue) < 4:
                time.sleep(0.001)
        assert {type(one.exception()) for one in sent} == {UnavailableError}
    assert [one for one in told if not one.startswith("PRAGMA")] == ["BEGIN IMMEDIATE"]
    engine.dispose()


def test_nobody_waits_for_a_write_that_was_interrupted(sqlite_engine: Engine) -> None:
    writer = writer_of(sqlite_engine)

    class Stop(tuple[Any, ...]):
        def __iter__(self) -> Iterator[Any]:
            raise SystemExit

    with ThreadPoolExecutor(2) as pool:
        with writer._turn:
            stopped = pool.submit(writer.run, Stop([1]), (), NOW)
            while not writer._queue:
                time.sleep(0.001)
            waiting = pool.submit(send, sqlite_engine, track())
            while len(writer._queue) < 2:
                time.sleep(0.001)
        ends = [future.exception(timeout=30) for future in (stopped, waiting)]
    assert {type(end) for end in ends} <= {SystemExit, UnavailableError}
    assert stored(sqlite_engine) == []
    assert send(sqlite_engine, track()) == Accepted(1, 0)


def test_an_absent_database_is_unavailable() -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(UnavailableError):
        send(engine, track())
    engine.dispose()


def test_partitions_are_made_on_the_way(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    send(engine, track())
    with reading(engine) as session:
        assert session.scalar(text("select tableoid::regclass::text from event")) == "event_p202611"
    engine.dispose()


def test_a_partition_that_cannot_be_made_costs_no_event(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "20ms")
    engine = make_engine(postgres_url)
    with engine.connect() as other, other.begin():
        other.execute(text("select * from event"))
        assert send(engine, track()) == Accepted(1, 0)
    assert "Partition event_p202611 could not be made" in caplog.text
    assert send(engine, track("b"), now=NOW + MINUTE) == Accepted(1, 0)
    with reading(engine) as session:
        assert set(session.scalars(text("select tableoid::regclass::text from event"))) == {"event_p202611"}
    engine.dispose()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(track() | TELLING)) | st.text(), json_values, max_size=8))
def test_whatever_is_sent_is_read_or_refused_and_never_raises(item: dict[str, Any]) -> None:
    delivery = Delivery(1, KEY, NOW, LIMITS, "track")
    try:
        stored_event = read(json.dumps(track() | item).encode(), delivery)
    except RefusalError as refusal:
        outcome = refusal.reason
    else:
        outcome = "stored" if "\x00" not in stored_event.name + stored_event.body else "holds NUL"
    assert outcome in {"stored", *REASONS}


@given(json_values)
def test_mending_changes_nothing_that_is_whole(value: Any) -> None:
    for text_of_value in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        body = text_of_value.encode("utf-8", "replace")
        mended = json.loads(without_depth(with_whole_characters(body)))
        assert mended == json.loads(body)


def test_mending_stays_linear_in_the_size_of_a_hostile_body() -> None:
    """A string that never ends must be scanned once and not once per character: this would take hours."""
    assert without_depth(b'"' + b'\\"' * 2_000_000) == b'"' + b'\\"' * 2_000_000
    assert without_depth(b"[" * 500_000).startswith(b"[" * 64)
