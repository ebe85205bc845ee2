"""No raw id anywhere; a person can be handed over and forgotten, and does not come back with late messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, func, select
from sqlalchemy.engine import make_url

from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.ids import hash_id
from experiments.services import audit, privacy
from experiments.services.clock import DAY
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.write import import_units
from experiments.services.privacy import erase, export, finish_erasures
from experiments.services.project import rebuild, run_all
from experiments.store import erasures, people
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.people import Person
from experiments.store.tables import Base, ErasedRow, EventKeyRow, EventRow, TallyRow
from tests.scenes import APPROVER
from tests.shop_world import ADMIN, HOUR, ID_KEY, START, WEEK, Shop, identify, order, page, stamp, viewed

NOW = START + 2 * WEEK
#: What tells of a person in clear; none of it may be found anywhere.
SECRETS = ("kunde-ärger-4711", "device-aaaa-0001", "device-shared-02", "anna@example.org", "198.51.100.77", "order-A-1")


@pytest.fixture
def shop(engine: Engine) -> Shop:
    """On both databases."""
    return families(engine)


@pytest.fixture
def file_shop(sqlite_engine: Engine) -> Shop:
    """For what does not depend on the database."""
    return families(sqlite_engine)


def families(engine: Engine) -> Shop:
    """Anna has a device of her own and one she shares with Bert."""
    shop = Shop(engine)
    anna, own, shared = SECRETS[0], SECRETS[1], SECRETS[2]
    back_office = [
        identify(START, userId=anna, holdings=["mobile-1"]),
        identify(START + HOUR, userId=anna, anonymousId=own),
        identify(START + HOUR, userId=anna, anonymousId=shared),
        identify(START + HOUR, userId="bert-0815", anonymousId=shared),
        identify(START, userId="bert-0815", holdings=["tv-1"]),
    ]
    shop.send("shop", back_office, START + 2 * HOUR)
    clicks = [
        viewed("entry", START + DAY, anonymousId=own),
        viewed("entry", START + DAY, anonymousId=shared),
        viewed("control", START + DAY, anonymousId="stranger-1"),
        page("/tv?customer=kunde-ärger-4711", START + DAY, anonymousId=own),
        page("/tv", START + DAY, anonymousId=shared),
    ]
    clicks[3]["context"] = {"ip": "198.51.100.77", "page": {"url": "https://x/?u=anna@example.org"}}
    shop.send("web", clicks, START + DAY + HOUR)
    sold = order("order-A-1", "tv-1", START + 2 * DAY, userId=anna)
    sold["properties"] |= {"email": "anna@example.org", "note": f"for {anna}"}
    web_sale = order("order-A-1", "tv-1", START + 2 * DAY, anonymousId=own)
    shop.send("shop", [sold, order("order-B-1", "tv-2", START + 2 * DAY, userId="bert-0815")], START + 2 * DAY + HOUR)
    shop.send("web", [{**web_sale, "messageId": "web-order"}], START + 2 * DAY + HOUR)
    broken = {"type": "track", "event": anna, "properties": 7, "userId": anna, "timestamp": "then", "messageId": "b1"}
    unknown = order("order-A-2", "fax-1", START + 3 * DAY, userId=anna)
    shop.try_send("shop", [broken, unknown], START + 3 * DAY + HOUR)
    run_all(engine, NOW)
    return shop


def forget(shop: Shop, folder: Path, kind: privacy.Kind = "customer", raw: str = SECRETS[0]) -> privacy.Erased:
    return erase(shop.engine, ADMIN, NOW, kind, raw, id_key=ID_KEY, folder=folder)


def everything(engine: Engine, *, without: tuple[str, ...] = ()) -> str:
    """All rows of all tables as one text."""
    with reading(engine) as session:
        rows = [
            f"{table.name}: {tuple(row)}"
            for table in Base.metadata.sorted_tables
            if table.name not in without
            for row in session.execute(select(table))
        ]
    return "\n".join(rows)


def counts(engine: Engine) -> dict[str, int]:
    def count(session: object, table: Table) -> int:
        return int(session.scalar(select(func.count()).select_from(table)))  # type: ignore[attr-defined]

    with reading(engine) as session:
        return {table.name: count(session, table) for table in Base.metadata.sorted_tables}


def test_no_raw_id_is_stored(shop: Shop) -> None:
    text = everything(shop.engine)
    assert "quarantine: " in text
    assert [secret for secret in SECRETS if secret in text] == []
    assert "web-order" not in text, "message ids are hashed too"
    if is_sqlite(shop.engine):
        file = Path(str(make_url(str(shop.engine.url)).database))
        content = b"".join(path.read_bytes() for path in file.parent.glob("netlift.db*"))
        assert b"Experiment Viewed" in content
        assert [secret for secret in SECRETS if secret.encode() in content] == []


def test_no_raw_id_is_stored_in_the_name_of_an_event_or_a_page(shop: Shop) -> None:
    anna, own = SECRETS[0], SECRETS[1]
    told = {"userId": anna, "anonymousId": own, "timestamp": stamp(START + DAY), "properties": {"path": "/mail"}}
    named = [
        {**told, "type": "track", "event": f"Wrote to {anna}", "messageId": "n1"},
        {**told, "type": "page", "name": f"Letter of {own}", "messageId": "n2"},
    ]
    shop.send("shop", named, START + DAY + HOUR)
    run_all(shop.engine, NOW)
    text = everything(shop.engine)
    assert "'Wrote to (id)'" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_export_holds_every_table_and_no_raw_id(shop: Shop) -> None:
    found = export(shop.engine, ADMIN, NOW, "customer", SECRETS[0], id_key=ID_KEY)
    told = {"event", "exposure", "holding", "identity_link", "order_claim", "outcome", "page_view", "quarantine"}
    assert set(found["tables"]) == told
    assert (found["visitors"], found["shared_visitors"]) == (1, 1)
    assert len(found["tables"]["order_claim"]) == 2, "the web shop's word about the same order is Anna's too"
    assert [secret for secret in SECRETS if secret in str(found)] == []
    assert {row["customer"] for row in found["tables"]["holding"]} == {found["hash"]}


def test_erase_leaves_nothing_of_the_person_and_everything_of_others(shop: Shop, tmp_path: Path) -> None:
    before = export(shop.engine, ADMIN, NOW, "customer", "bert-0815", id_key=ID_KEY)["tables"]
    done = forget(shop, tmp_path)
    assert done.rows["event"] == 8
    assert (done.visitors, done.shared) == (1, 1)
    assert export(shop.engine, ADMIN, NOW, "customer", SECRETS[0], id_key=ID_KEY)["tables"] == {}
    after = export(shop.engine, ADMIN, NOW, "customer", "bert-0815", id_key=ID_KEY)["tables"]
    for name in ("outcome", "order_claim", "holding"):
        assert after[name] == before[name]
    assert len(after["event"]) == len(before["event"]) + 2, "the device they shared is Bert's alone by now"
    shared = export(shop.engine, ADMIN, NOW, "visitor", SECRETS[2], id_key=ID_KEY)["tables"]
    assert {"exposure", "page_view"} <= set(shared), "the shared device is Bert's too"
    hashes = [hash_id("customer", SECRETS[0], ID_KEY), hash_id("visitor", SECRETS[1], ID_KEY)]
    text = everything(shop.engine, without=("erased", "audit"))
    assert [hashed for hashed in hashes if str(hashed) in text] == []


def test_the_bytes_are_gone_from_the_file(sqlite_engine: Engine, tmp_path: Path) -> None:
    shop = Shop(sqlite_engine)
    item = page("/tv", START, anonymousId="device-9") | {"properties": {"path": "/tv", "mark": "a-telling-property"}}
    shop.send("web", [item], START + HOUR)
    file = Path(str(make_url(str(sqlite_engine.url)).database))

    def content() -> bytes:
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    assert b"a-telling-property" in content()
    forget(shop, tmp_path, "visitor", "device-9")
    assert b"a-telling-property" not in content()


def test_the_audit_knows_who_was_forgotten_without_an_id(file_shop: Shop, tmp_path: Path) -> None:
    forget(file_shop, tmp_path)
    with reading(file_shop.engine) as session:
        [entry] = audit.history(session, noun="privacy")
    assert entry.action == "erase"
    assert entry.key == f"customer:{hash_id('customer', SECRETS[0], ID_KEY)}"
    assert entry.after is not None
    assert entry.after["rows"]["event"] == 8
    assert [secret for secret in SECRETS if secret in str(entry)] == []


def test_late_messages_do_not_bring_the_person_back(shop: Shop, tmp_path: Path) -> None:
    forget(shop, tmp_path)
    sent_again = viewed("entry", START + DAY, anonymousId=SECRETS[1])
    assert shop.send("web", [sent_again], NOW + HOUR).duplicates == 1
    late = [
        order("order-A-3", "tv-1", START + 4 * DAY, userId=SECRETS[0]),
        identify(START + 4 * DAY, userId=SECRETS[0], anonymousId=SECRETS[1]),
    ]
    assert shop.send("phone", late, NOW + DAY).accepted == 2
    run_all(shop.engine, NOW + DAY)
    assert export(shop.engine, ADMIN, NOW, "customer", SECRETS[0], id_key=ID_KEY)["tables"] == {}
    with reading(shop.engine) as session:
        tally = dict(session.execute(select(TallyRow.reason, TallyRow.count)).all())
    assert tally["erased"] == 2
    assert rebuild(shop.engine, NOW + DAY).events > 0
    assert export(shop.engine, ADMIN, NOW, "customer", SECRETS[0], id_key=ID_KEY)["tables"] == {}


def test_who_comes_back_later_is_new(file_shop: Shop, tmp_path: Path) -> None:
    forget(file_shop, tmp_path)
    file_shop.send("phone", [order("order-A-9", "tv-1", NOW + DAY, userId=SECRETS[0])], NOW + 2 * DAY)
    run_all(file_shop.engine, NOW + 2 * DAY)
    found = export(file_shop.engine, ADMIN, NOW, "customer", SECRETS[0], id_key=ID_KEY)["tables"]
    assert len(found["outcome"]) == 1


def test_an_erasure_beside_the_projection_wins(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The projection has read the events and not yet written their facts when the person is marked."""
    from experiments.services import project

    shop = Shop(engine)
    shop.send("web", [viewed("entry", START, anonymousId="device-1")], START + HOUR)
    person = Person(visitors=frozenset({hash_id("visitor", "device-1", ID_KEY) or 0}))
    gather, marked = project.gather, []

    def late(*args: object) -> object:
        if not marked:
            with writing(engine) as session:
                erasures.mark(session.connection(), person, NOW)
                people.delete_rows(session.connection(), people.keys_of(session.connection(), person))
            marked.append(True)
        return gather(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(project, "gather", late)
    run_all(engine, NOW)
    assert marked
    assert counts(engine)["exposure"] == 0


def test_an_interrupted_erasure_is_finished_by_the_worker(file_shop: Shop, tmp_path: Path) -> None:
    person = Person(customers=frozenset({hash_id("customer", SECRETS[0], ID_KEY) or 0}))
    with writing(file_shop.engine) as session:
        erasures.mark(session.connection(), person, NOW)
    assert finish_erasures(file_shop.engine, NOW + HOUR, tmp_path) > 5
    assert finish_erasures(file_shop.engine, NOW + HOUR, tmp_path) == 0
    with reading(file_shop.engine) as session:
        assert session.scalars(select(ErasedRow.done_at)).all() == [NOW + HOUR]


def test_keys_of_messages_stay(file_shop: Shop, tmp_path: Path) -> None:
    before = counts(file_shop.engine)
    forget(file_shop, tmp_path)
    after = counts(file_shop.engine)
    assert after[EventKeyRow.__tablename__] == before[EventKeyRow.__tablename__]
    assert after[EventRow.__tablename__] == before[EventRow.__tablename__] - 8


def test_imported_units_are_forgotten_too(sqlite_engine: Engine, tmp_path: Path) -> None:
    spec = """
    experiment = { key = "trial", unit = "customer" }
    unit = { column = "id" }
    variant = { column = "arm", control = "a", weights = { a = 1, b = 1 } }
    metrics = [{ key = "spend", role = "goal", kind = "mean", column = "spend" }]
    """
    file = tmp_path / "trial.csv"
    file.write_text("id,arm,spend\nanna,a,1\nbert,a,3\ncarl,b,4\ndora,b,6\n")
    import_units(sqlite_engine, file, parse_spec(spec), id_key=ID_KEY, now=NOW, actor=ADMIN)
    before = counts(sqlite_engine)
    done = erase(sqlite_engine, ADMIN, NOW, "customer", "anna", id_key=ID_KEY, folder=tmp_path)
    assert done.rows == {"import_unit": 1, "import_value": 1}
    after = counts(sqlite_engine)
    assert (after["import_unit"], after["import_value"]) == (before["import_unit"] - 1, before["import_value"] - 1)


def test_every_column_of_a_person_has_a_name_that_erasing_knows() -> None:
    """A new table with a hash of a person under another name would be forgotten by nobody."""
    known = {table.name for table in people.person_tables()} | {"erased"}
    suspicious = ("visitor", "customer", "unit", "person", "user_hash", "device")
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if any(word in column.name for word in suspicious) and column.type.python_type is int:
                assert table.name in known, f"{table.name}.{column.name}"


@pytest.mark.parametrize("raw", ["", "   "])
def test_an_empty_id_is_refused(file_shop: Shop, tmp_path: Path, raw: str) -> None:
    with pytest.raises(DomainError, match="customer is empty"):
        forget(file_shop, tmp_path, raw=raw)


def test_only_administrators_may(file_shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError):
        erase(file_shop.engine, APPROVER, NOW, "customer", "x", id_key=ID_KEY, folder=tmp_path)
    with pytest.raises(ForbiddenError):
        export(file_shop.engine, APPROVER, NOW, "customer", "x", id_key=ID_KEY)
