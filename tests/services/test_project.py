"""Projection as a whole: resumable, repeatable, the same in whatever order events come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, text

from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError
from experiments.domain.ids import hash_id
from experiments.domain.source import SourceKind
from experiments.services import project
from experiments.services.clock import DAY, SECOND, to_iso
from experiments.services.ingest import Accepted, Limits, SourceInfo, accept
from experiments.store import events
from experiments.store.engines import make_engine, reading, writing
from experiments.store.new_event import NewEvent
from experiments.store.projection import cursor
from experiments.store.projection.writing import FACT_TABLES
from experiments.store.tables import (
    CursorRow,
    EventKeyRow,
    EventRow,
    ExperimentRow,
    FamilyRow,
    HoldingRow,
    NameRow,
    OutcomeRow,
    PageViewRow,
    PhaseRow,
    ProductPriceRow,
    ProductRow,
    QuarantineRow,
    SourceRow,
    TallyRow,
    VariantRow,
)

NOW = 1_795_000_000_000_000
KEY = b"a key for tests"
PRODUCTION = Environment.PRODUCTION
SHOP = SourceInfo(1, "shop", SourceKind.CLIENT, PRODUCTION)
OFFICE = SourceInfo(2, "office", SourceKind.SERVER, PRODUCTION)
STORES = SourceInfo(3, "stores", SourceKind.IMPORT, PRODUCTION)
REHEARSAL = SourceInfo(4, "rehearsal", SourceKind.SERVER, Environment.TEST)
#: What the order of arrival may change: serial numbers, and codes that stand for words.
_BY_ARRIVAL = {"id", "seq", "name_id", "path_id"}


@pytest.fixture(autouse=True)
def _filled(request: pytest.FixtureRequest) -> None:
    """Sources, two products and one experiment."""
    if "engine" in request.fixturenames:
        fill(request.getfixturevalue("engine"))


def fill(engine: Engine) -> None:
    with writing(engine) as session:
        for source in (SHOP, OFFICE, STORES, REHEARSAL):
            complete = source is STORES
            session.add(
                SourceRow(
                    id=source.id,
                    key=source.key,
                    name=source.key,
                    kind=source.kind.value,
                    complete=complete,
                    environment=source.environment.value,
                    created_at=0,
                )
            )
        session.add(FamilyRow(id=1, key="tv", name="Television"))
        session.add(
            ExperimentRow(
                id=1,
                key="tv-entry",
                name="TV entry",
                hypothesis="",
                unit="visitor",
                status="running",
                metrics=[],
                plan={},
                created_at=0,
            )
        )
        session.flush()
        session.add(PhaseRow(id=11, experiment_id=1, number=1, salt="s", enrolment=1.0, audience={}, started_at=0))
        session.flush()
        for position, key in enumerate(("control", "personal")):
            session.add(VariantRow(phase_id=11, position=position, key=key, name=key, weight=0.5))
    add_product(engine, 1, "tv-basic")
    add_product(engine, 2, "tv-plus")


def add_product(engine: Engine, number: int, key: str) -> None:
    with writing(engine) as session:
        session.add(ProductRow(id=number, key=key, name=key, family_id=1, tier=number))
        session.flush()
        session.add(ProductPriceRow(product_id=number, valid_from=0, price=1_000 * number, margin=500, months=12))


def item(message: str, kind: str = "track", *, at: int = NOW, **more: Any) -> dict[str, Any]:
    return {"messageId": message, "type": kind, "timestamp": to_iso(at)} | more


def order(message: str, *lines: dict[str, Any], at: int = NOW, order_id: str = "o-1", **ids: str) -> dict[str, Any]:
    products = list(lines) or [{"product_id": "tv-basic"}]
    properties = {"order_id": order_id, "products": products}
    return item(message, at=at, event="Order Completed", properties=properties, **ids)


def send(engine: Engine, source: SourceInfo, *items: dict[str, Any], now: int = NOW) -> Accepted:
    answer = accept(engine, source, items, id_key=KEY, now=now, limits=Limits())
    assert answer.rejected == ()
    return answer


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.execute(select(*table.__table__.c)))


def facts(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every fact without what the order of arrival may change, words in place of codes, and what was set aside."""
    with reading(engine) as session:
        words = {code: (space, word) for code, space, word in session.execute(
            select(NameRow.id, NameRow.space, NameRow.text))}  # fmt: skip
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in FACT_TABLES:
        found[table.__tablename__] = sorted((_comparable(row, words) for row in rows(engine, table)), key=repr)
    aside = [(bytes(row.id), row.reason, row.field, row.message) for row in rows(engine, QuarantineRow)]
    return found | {"quarantine": sorted(aside)}


def _comparable(row: Any, words: dict[int, tuple[str, str]]) -> tuple[Any, ...]:
    values = row._asdict()
    named = [words.get(values.get(name, 0)) for name in ("name_id", "path_id")]
    return (*named, *(value for name, value in values.items() if name not in _BY_ARRIVAL))


def the_outcome(engine: Engine) -> Any:
    [row] = rows(engine, OutcomeRow)
    return row


STREAM = [
    (SHOP, item("e", event="Experiment Viewed", anonymousId="visitor-1", properties={
        "experiment_id": "tv-entry", "variation_id": "personal", "phase": 1, "reason": "SPLIT"})),
    (SHOP, item("f", event="Experiment Viewed", anonymousId="visitor-1", properties={
        "experiment_id": "tv-entry", "variation_id": "personal", "reason": "FORCED"})),
    (SHOP, item("g", event="Experiment Viewed", anonymousId="visitor-1", properties={"experiment_id": "no"})),
    (SHOP, item("p", "page", anonymousId="visitor-1", properties={"path": "/tv"})),
    (SHOP, item("i", "identify", anonymousId="visitor-1", userId="customer-1", traits={"holdings": ["tv-basic"]})),
    (OFFICE, item("h", "identify", anonymousId="visitor-1", userId="customer-1", traits={"holdings": ["tv-basic"]})),
    (SHOP, order("o", {"product_id": "tv-plus"}, {"product_id": "nope"}, anonymousId="visitor-1")),
    (OFFICE, order("o", {"product_id": "tv-plus", "quantity": 2}, at=NOW + 1, userId="customer-1")),
    (OFFICE, item("r", event="Order Refunded", userId="customer-1", properties={"order_id": "o-1"})),
    (OFFICE, item("c", event="Contact Handled", userId="customer-1", properties={"handle_seconds": 60})),
    (SHOP, item("s", event="Survey Answered", anonymousId="visitor-1", properties={"csat": 4, "nps": 9})),
    (SHOP, item("x", event="Clicked", anonymousId="visitor-1", properties={"value": 2})),
    (REHEARSAL, item("x", event="Clicked", anonymousId="visitor-1")),
]  # fmt: skip


def send_stream(engine: Engine, stream: Sequence[tuple[SourceInfo, dict[str, Any]]] = STREAM) -> None:
    for source, one in stream:
        send(engine, source, one)


def test_a_run_projects_everything_once(engine: Engine) -> None:
    send_stream(engine)
    done = project.run(engine, NOW)
    assert done.events == len(STREAM)
    assert done.facts == {
        "exposure": 1, "page_view": 1, "identity_link": 2, "holding": 3, "order_claim": 2, "refund": 1, "outcome": 4,
    }  # fmt: skip
    assert done.ignored == {"forced": 1, "untrusted_holdings": 1, "test_environment": 1}
    assert done.set_aside == {"unknown_experiment": 1, "unknown_product": 1}
    assert {(row.source_id, row.reason, row.count) for row in rows(engine, TallyRow)} == {
        (1, "forced", 1), (1, "untrusted_holdings", 1), (4, "test_environment", 1),
    }  # fmt: skip
    before = facts(engine)
    assert project.run(engine, NOW).events == 0
    assert facts(engine) == before


def test_the_same_order_from_web_and_back_office_is_one_sale(engine: Engine) -> None:
    send(engine, SHOP, order("o", {"product_id": "tv-plus"}, anonymousId="visitor-1"))
    project.run(engine, NOW)
    send(engine, OFFICE, order("o", {"product_id": "tv-plus", "quantity": 2}, at=NOW + SECOND, userId="customer-1"))
    project.run(engine, NOW)
    sale = the_outcome(engine)
    assert (sale.quantity, sale.revenue, sale.margin, sale.conflicts) == (2, 4_000, 12_000, 1)
    assert (sale.rank, sale.source_id, sale.at) == (2, 2, NOW + SECOND)
    assert sale.visitor == hash_id("visitor", "visitor-1", KEY)
    assert sale.customer == hash_id("customer", "customer-1", KEY)
    assert sale.order_key == hash_id("order", "o-1", KEY)


def test_a_browser_cannot_overwrite_what_the_back_office_told(engine: Engine) -> None:
    send(engine, OFFICE, order("o", {"product_id": "tv-plus"}, userId="customer-1"))
    project.run(engine, NOW)
    send(engine, SHOP, order("p", {"product_id": "tv-basic", "quantity": 9}, at=NOW - DAY, userId="customer-2"))
    project.run(engine, NOW)
    sale = the_outcome(engine)
    assert (sale.product_id, sale.quantity, sale.conflicts) == (2, 1, 1)
    assert sale.customer == hash_id("customer", "customer-1", KEY)


def test_an_order_of_a_known_customer_adds_to_what_they_hold(engine: Engine) -> None:
    send(engine, STORES, item("h", "identify", at=NOW - DAY, userId="customer-1", traits={"holdings": ["tv-basic"]}))
    send(engine, OFFICE, order("o", {"product_id": "tv-plus"}, userId="customer-1"))
    project.run(engine, NOW)
    held = {(row.product_id, row.as_of, row.complete, row.independent) for row in rows(engine, HoldingRow)}
    assert held == {(0, NOW - DAY, True, True), (1, NOW - DAY, True, True), (2, NOW, False, False)}


def test_small_runs_come_to_the_same_facts_as_one_large_run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    send_stream(engine)
    project.run(engine, NOW)
    at_once = facts(engine)
    forget_facts(engine)
    monkeypatch.setattr(project, "CHUNK", 2)
    sizes = [project.run(engine, NOW, limit=3).events for _ in range(6)]
    assert sizes == [3, 3, 3, 3, 1, 0]
    assert facts(engine) == at_once


def test_a_run_that_dies_before_its_commit_leaves_no_fact_and_no_cursor(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_stream(engine)
    with monkeypatch.context() as patch:
        patch.setattr(cursor, "move", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
        with pytest.raises(RuntimeError, match="power cut"):
            project.run(engine, NOW)
    assert all(found == [] for found in facts(engine).values())
    assert rows(engine, CursorRow) == []
    assert project.run(engine, NOW).events == len(STREAM)


def test_two_workers_at_once_project_every_event_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "CHUNK", 3)
    send_stream(engine)
    start = Barrier(2)

    def work(_: int) -> int:
        start.wait()
        return project.run(engine, NOW).events

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == len(STREAM)
    together = facts(engine)
    project.rebuild(engine, NOW)
    assert facts(engine) == together


def test_a_rebuild_comes_to_the_same_facts(engine: Engine) -> None:
    send_stream(engine)
    project.run(engine, NOW)
    before = facts(engine)
    assert project.rebuild(engine, NOW + 5).events == len(STREAM)
    after = facts(engine)
    assert {row[-1] for row in after.pop("tally")} == {NOW + 5}
    before.pop("tally")
    assert after == before


def test_a_product_added_later_is_found_by_a_replay_and_by_a_rebuild_alike(engine: Engine) -> None:
    send_stream(engine)
    send(engine, OFFICE, order("q", {"product_id": "also-missing"}, order_id="o-2", userId="customer-1"))
    project.run(engine, NOW)
    assert project.replay(engine, NOW) == 0
    add_product(engine, 3, "nope")
    assert project.replay(engine, NOW + 1) == 1
    assert project.replay(engine, NOW + 1) == 0
    replayed = facts(engine)
    open_rows = [row.reason for row in rows(engine, QuarantineRow) if row.replayed_at is None]
    assert sorted(open_rows) == ["unknown_experiment", "unknown_product"]
    assert {row.line for row in rows(engine, OutcomeRow) if row.product_id in (2, 3)} == {0, 1}
    project.rebuild(engine, NOW)
    rebuilt = facts(engine)
    assert {name: rebuilt[name] for name in rebuilt if name != "quarantine"} == {
        name: replayed[name] for name in replayed if name != "quarantine"
    }
    assert len(rebuilt["quarantine"]) == 2


def test_only_the_named_rows_are_replayed_and_their_next_flaw_is_told(engine: Engine) -> None:
    send(engine, OFFICE, order("o", {"product_id": "nope"}, {"product_id": "never"}, userId="customer-1"))
    send(engine, OFFICE, order("q", {"product_id": "nope"}, order_id="o-2", userId="customer-1"))
    project.run(engine, NOW)
    add_product(engine, 3, "nope")
    first = bytes(next(row.id for row in rows(engine, QuarantineRow) if json.loads(row.body)["seq"] == 1))
    assert project.replay(engine, NOW, ids=[first]) == 0
    assert len(rows(engine, OutcomeRow)) == 1
    assert any("'never'" in row.message for row in rows(engine, QuarantineRow))
    assert project.replay(engine, NOW) == 1


def test_an_event_that_is_gone_stays_in_the_quarantine(engine: Engine) -> None:
    send(engine, OFFICE, order("o", {"product_id": "nope"}, userId="customer-1"))
    project.run(engine, NOW)
    with writing(engine) as session:
        session.execute(delete(EventRow))
    add_product(engine, 3, "nope")
    assert project.replay(engine, NOW) == 0
    assert [row.replayed_at for row in rows(engine, QuarantineRow)] == [None]


def test_run_all_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "CHUNK", 4)
    send_stream(engine)
    assert project.run_all(engine, NOW).events == len(STREAM)


def test_an_event_that_commits_late_is_projected(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    fill(engine)
    with engine.connect() as slow, slow.begin() as transaction:
        late = NewEvent(b"0123456789abcdef", 1, 3, "", NOW, None, 1, None, '{"properties":{"path":"/late"}}')
        events.append(slow, [late], NOW)
        send(engine, SHOP, item("p", "page", anonymousId="visitor-1", properties={"path": "/early"}))
        assert project.run(engine, NOW).events == 0
        transaction.commit()
    assert project.run(engine, NOW).events == 2
    assert len(rows(engine, PageViewRow)) == 2
    engine.dispose()


def test_a_restored_database_asks_for_a_rebuild_and_gets_over_it(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    fill(engine)
    send_stream(engine)
    project.run(engine, NOW)
    before = facts(engine)
    with writing(engine) as session:
        session.execute(text("update event set txn = txn + 1000000"))
        session.execute(text("update cursor set position = position + 1000000 where name = 'facts.txn'"))
    send(engine, SHOP, item("new", "page", anonymousId="visitor-1", properties={"path": "/new"}))
    with pytest.raises(ConflictError, match="rebuild") as refusal:
        project.run(engine, NOW)
    assert refusal.value.code == "restored"
    assert project.rebuild(engine, NOW).events == len(STREAM) + 1
    assert project.run(engine, NOW).events == 0
    after = facts(engine)
    assert len(after["page_view"]) == 2
    assert after["outcome"] == before["outcome"]
    engine.dispose()


PLUS, BASIC = {"product_id": "tv-plus"}, {"product_id": "tv-basic"}
STATED = {"traits": {"holdings": ["tv-basic"]}}
#: Four events that all meet in one row each, and whose facts a wrong rule would make depend on their order.
MEETING = {
    "claims": [
        (SHOP, order("a", BASIC, at=NOW - 3, anonymousId="va")),
        (OFFICE, order("b", PLUS | {"quantity": 2}, at=NOW - 1, userId="ca")),
        (OFFICE, order("c", PLUS, at=NOW - 2, userId="ca")),
        (SHOP, order("d", PLUS, at=NOW - 4, anonymousId="vb", userId="cb")),
    ],
    "persons": [
        (SHOP, item("a", "identify", at=NOW - 9, anonymousId="va", userId="ca")),
        (OFFICE, item("b", "identify", at=NOW - 5, anonymousId="va", userId="ca", **STATED)),
        (OFFICE, item("c", "identify", at=NOW - 7, anonymousId="va", userId="ca")),
        (OFFICE, order("d", BASIC, at=NOW - 5, userId="ca")),
    ],
}


@pytest.mark.parametrize("meeting", MEETING)
def test_every_order_of_events_that_meet_in_one_row_gives_the_same_facts(engine: Engine, meeting: str) -> None:
    seen = []
    for arrival in permutations(MEETING[meeting]):
        forget_everything(engine)
        for one in arrival:
            send_stream(engine, [one])
            project.run(engine, NOW)
        seen.append(facts(engine))
    assert len(seen) == 24
    assert all(one == seen[0] for one in seen)


people = st.sampled_from(
    [{"anonymousId": "va"}, {"anonymousId": "vb"}, {"userId": "ca"}, {"anonymousId": "va", "userId": "ca"}]
)
lines = st.lists(
    st.fixed_dictionaries(
        {"product_id": st.sampled_from(["tv-basic", "tv-plus", "nope"]), "quantity": st.integers(1, 2)},
        optional={"price": st.just("7.50"), "line_id": st.integers(0, 1)},
    ),
    min_size=1,
    max_size=2,
)
orders = st.fixed_dictionaries({"order_id": st.just("o-1"), "products": lines})
exposures = st.fixed_dictionaries(
    {"experiment_id": st.just("tv-entry"), "variation_id": st.sampled_from(["control", "personal", "no"])},
    optional={"reason": st.sampled_from(["SPLIT", "HOLDOUT", "FORCED"]), "phase": st.integers(1, 2)},
)
holdings = st.sampled_from([{}, {"holdings": ["tv-basic"]}, {"holdings": ["tv-plus"]}, {"holdings": ["nope"]}])
sales = st.tuples(st.just("Order Completed"), orders)
persons = st.tuples(st.just("identify"), holdings)
others = st.one_of(
    st.tuples(st.just("Order Refunded"), orders),
    st.tuples(st.just("Experiment Viewed"), exposures),
    st.tuples(st.sampled_from(["Clicked", "Seen"]), st.fixed_dictionaries({"value": st.integers(0, 3)})),
    st.tuples(st.just("page"), st.fixed_dictionaries({"path": st.sampled_from(["/tv", "/"])})),
)
#: Each topic is narrow, so that most of its events meet each other in one row.
TOPICS = {"sales": sales, "sales and persons": sales | persons, "persons": persons, "all": sales | persons | others}
sources = st.sampled_from([SHOP, OFFICE, STORES])


def _item(number: int, content: tuple[str, dict[str, Any]], ids: dict[str, str], at: int) -> dict[str, Any]:
    name, values = content
    message, when = f"m-{number}", NOW - DAY + at
    if name == "identify":
        return item(message, "identify", at=when, traits=values, **ids)
    if name == "page":
        return item(message, "page", at=when, properties=values, **ids)
    return item(message, at=when, event=name, properties=values, **ids)


def forget_facts(engine: Engine) -> None:
    with writing(engine) as session:
        for table in (*FACT_TABLES, QuarantineRow, CursorRow, NameRow):
            session.execute(delete(table))


def forget_everything(engine: Engine) -> None:
    forget_facts(engine)
    with writing(engine) as session:
        for table in (EventRow, EventKeyRow):
            session.execute(delete(table))


@pytest.mark.parametrize("topic", TOPICS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_late_reordered_and_repeated_events_give_the_same_facts(
    engine: Engine, topic: str, data: st.DataObject
) -> None:
    told = st.tuples(sources, TOPICS[topic], people, st.integers(0, 2))
    stream = data.draw(st.lists(told, min_size=4, max_size=10), label="stream")
    sent = [(source, _item(number, *rest)) for number, (source, *rest) in enumerate(stream)]
    forget_everything(engine)
    send_stream(engine, sent)
    project.run(engine, NOW)
    expected = facts(engine)

    forget_everything(engine)
    repeated = sent + data.draw(st.lists(st.sampled_from(sent), max_size=5), label="repeated")
    shuffled = data.draw(st.permutations(repeated), label="shuffled")
    pauses = data.draw(st.sets(st.integers(0, len(shuffled))), label="projected after")
    for place, one in enumerate(shuffled):
        send_stream(engine, [one])
        if place in pauses:
            project.run(engine, NOW)
    project.run(engine, NOW)
    assert facts(engine) == expected

    project.rebuild(engine, NOW)
    assert facts(engine) == expected
